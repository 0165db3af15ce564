# SPDX-License-Identifier: MIT
"""PlatformIO without its registry: what the user is told, and the switch that needs none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.firmware.building import needs_gcc, needs_platformio
from tests.firmware.tiny_model import make_model

from thumbling.boards import load_board
from thumbling.errors import BuildError, MissingToolError, OutputError
from thumbling.firmware import build_firmware, platformio, render_project
from thumbling.firmware.offline_platformio import (
    OFFLINE_VARIABLE,
    lay_offline_core,
    missing_offline,
)

BOARD = load_board("nucleo_f401re")


def fake_pio(folder: Path, text: str) -> list[str]:
    """A PlatformIO that says `text` and fails."""
    program = folder / "pio.py"
    program.write_text(f"import sys\nsys.exit({text!r})\n")
    return [sys.executable, str(program)]


@pytest.mark.parametrize(
    "text",
    [
        "HTTPClientError: ",
        "Error: HTTPClientError: timed out",
        "InternetConnectionError: You are not connected to the Internet.",
        "UnknownPackageError: Could not find the package with 'ststm32' requirements",
    ],
)
def test_no_registry_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.delenv(OFFLINE_VARIABLE, raising=False)
    monkeypatch.setattr(platformio, "_command", lambda: fake_pio(tmp_path, text))
    render_project(make_model(), BOARD, tmp_path / "out")
    with pytest.raises(MissingToolError, match="registry was not reached") as caught:
        build_firmware(tmp_path / "out", BOARD, "platformio")
    for way in ("online", "--builder gcc", f"{OFFLINE_VARIABLE}=1"):
        assert way in caught.value.hint


def test_another_failure_stays_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OFFLINE_VARIABLE, raising=False)
    text = "main.c:3: error: HTTPClientError is not declared"
    monkeypatch.setattr(platformio, "_command", lambda: fake_pio(tmp_path, text))
    render_project(make_model(), BOARD, tmp_path / "out")
    with pytest.raises(BuildError, match="not declared"):
        build_firmware(tmp_path / "out", BOARD, "platformio")


def test_what_the_switch_needs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OFFLINE_VARIABLE, "1")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "arm-none-eabi-gcc" in missing_offline()
    assert not platformio.is_ready(BOARD)
    render_project(make_model(), BOARD, tmp_path / "out")
    with pytest.raises(MissingToolError, match="offline") as caught:
        build_firmware(tmp_path / "out", BOARD, "platformio")
    assert f"unset {OFFLINE_VARIABLE}" in caught.value.hint


@needs_gcc
@needs_platformio
def test_a_core_folder_for_pio_run_by_hand(tmp_path: Path) -> None:
    """As platformio.ini says; a second run with the same folder works too."""
    render_project(make_model(), BOARD, tmp_path / "out")
    core, project = tmp_path / "core", tmp_path / "out" / "firmware"
    assert "doctor --platformio-core DIR" in (project / "platformio.ini").read_text()
    lay_offline_core(core)
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "platformio", "run"],
            cwd=project,
            env={**os.environ, "PLATFORMIO_CORE_DIR": str(core)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        shutil.rmtree(project / ".pio" / "build")
    with pytest.raises(OutputError, match="no empty folder"):
        lay_offline_core(core)
