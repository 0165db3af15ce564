# SPDX-License-Identifier: MIT
"""`thumbling flash` with fake tools: which one is taken, its command line, and what is said."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from thumbling.api import OutputFolder
from thumbling.boards import load_board
from thumbling.cli import flashing
from thumbling.cli.flashing import choose_flasher
from thumbling.errors import BuildError, MissingToolError

TOOLS = ("openocd", "st-flash", "pyocd", "probe-rs", "pio")
posix = pytest.mark.skipif(sys.platform == "win32", reason="the fake tools are shell scripts")


def _tool(folder: Path, name: str, text: str = "") -> None:
    """A fake tool that writes down how it was called, one argument a line."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    log = folder / "calls"
    line = f'printf "%s\\n" "{name}" "$@" >> "{log}"; echo >> "{log}"'
    path.write_text(f"#!/bin/sh\n{line}\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def _calls(folder: Path) -> list[list[str]]:
    text = (folder / "calls").read_text(encoding="utf-8")
    return [call.splitlines() for call in text.split("\n\n") if call]


EXPECTED = {
    "openocd": [
        [
            *("openocd", "-f", "interface/stlink.cfg", "-f", "target/stm32f4x.cfg"),
            *("-c", "program {@.elf} verify reset exit"),
        ]
    ],
    "st-flash": [["st-flash", "--reset", "write", "@.bin", "0x8000000"]],
    "pyocd": [["pyocd", "flash", "--target", "stm32f401retx", "@.elf"]],
    "probe-rs": [
        ["probe-rs", "download", "--chip", "STM32F401RETx", "--verify", "@.elf"],
        ["probe-rs", "reset", "--chip", "STM32F401RETx"],
    ],
}


@posix
@pytest.mark.parametrize("name", EXPECTED)
def test_command_line_of_each_tool(run: Run, compiled: Path, tmp_path: Path, name: str) -> None:
    _tool(tmp_path / "bin", name)
    done = run("flash", compiled, "--json", env={"PATH": str(tmp_path / "bin")})
    assert done.code == 0, done.err
    assert done.document == {"flashed": "tree", "with": name}
    image = str(compiled.resolve() / "firmware")
    wanted = [[word.replace("@", image) for word in call] for call in EXPECTED[name]]
    assert _calls(tmp_path / "bin") == wanted


@posix
def test_the_first_tool_is_taken(run: Run, compiled: Path, tmp_path: Path) -> None:
    for name in TOOLS:
        _tool(tmp_path / "bin", name)
    done = run("flash", compiled, env={"PATH": str(tmp_path / "bin")})
    assert done.code == 0, done.err
    assert "flashed with openocd" in done.out
    assert len(_calls(tmp_path / "bin")) == 1


@posix
@pytest.mark.parametrize("installed", [True, False])
def test_platformio_uploads_its_project(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, installed: bool
) -> None:
    _tool(tmp_path / "bin", "pio")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(flashing, "find_spec", lambda name: object() if installed else None)
    start = [sys.executable, "-m", "platformio"] if installed else ["pio"]
    flasher = choose_flasher(load_board("nucleo_f103rb"), tmp_path / "firmware.elf", "/dev/ttyACM3")
    folder = str(tmp_path / "firmware")
    assert flasher.commands == (
        (*start, "run", "-d", folder, "-t", "upload", "--upload-port", "/dev/ttyACM3"),
    )


def test_no_tool_says_how_to_get_each(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(flashing, "find_spec", lambda name: None)
    with pytest.raises(MissingToolError) as caught:
        choose_flasher(load_board("nucleo_f401re"), tmp_path / "firmware.elf", None)
    assert caught.value.exit_code == 3
    for name in ("openocd", "stlink-tools", "pyocd", "probe-rs", "thumbling[platformio]"):
        assert name in caught.value.hint


@posix
def test_a_tool_that_fails_is_quoted(run: Run, compiled: Path, tmp_path: Path) -> None:
    _tool(tmp_path / "bin", "pyocd", "echo 'target stm32f401retx not recognized' >&2; exit 1")
    done = run("flash", compiled, "--json", env={"PATH": str(tmp_path / "bin")})
    body = done.error(1, "build")
    assert "pyocd could not flash the board: target stm32f401retx not recognized" in body["message"]
    assert "pyocd pack install stm32f401retx" in body["hint"]


@posix
def test_nothing_is_reset_after_a_failed_download(
    compiled: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _tool(tmp_path / "bin", "probe-rs", "exit 1")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(BuildError, match="probe-rs could not flash the board"):
        flashing.flash_folder(OutputFolder.open(compiled), None, lambda _: None)
    assert [call[1] for call in _calls(tmp_path / "bin")] == ["download"]


def test_a_folder_without_firmware(run: Run, compiled: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("model.json", "report.json"):
        (bare / name).write_text((compiled / name).read_text(encoding="utf-8"), encoding="utf-8")
    assert "no firmware.elf" in run("flash", bare, "--json").error(1, "output")["message"]
