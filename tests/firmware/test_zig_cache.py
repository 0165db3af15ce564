# SPDX-License-Identifier: MIT
"""zig always gets a cache folder that can be written: it prints a stack trace or hangs without."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.firmware.building import ZIG
from tests.firmware.tiny_model import make_model

from thumbling.boards import load_board
from thumbling.firmware import build_firmware, render_project
from thumbling.firmware.zig_cache import zig_environment

pytestmark = pytest.mark.skipif(os.name != "posix", reason="HOME rules on POSIX only")


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No variable names a folder, and nothing is remembered before or after."""
    for name in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    zig_environment.cache_clear()
    yield
    zig_environment.cache_clear()


def test_zigs_own_folder_stays_where_it_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert zig_environment() == dict(os.environ)
    zig_environment.cache_clear()
    monkeypatch.setenv("ZIG_GLOBAL_CACHE_DIR", str(tmp_path / "mine"))
    assert zig_environment()["ZIG_GLOBAL_CACHE_DIR"] == str(tmp_path / "mine")


def _given() -> Path:
    folder = Path(zig_environment()["ZIG_GLOBAL_CACHE_DIR"])
    (folder / "probe").write_text("")
    (folder / "probe").unlink()
    return folder


@pytest.mark.parametrize("variable", ["HOME", "XDG_CACHE_HOME", "ZIG_GLOBAL_CACHE_DIR"])
def test_a_folder_that_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """A file in its place refuses root too, whom permissions do not stop."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(variable, str(tmp_path / "file"))
    assert not _given().is_relative_to(tmp_path / "file")


def test_without_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert _given() == tmp_path / ".cache" / "thumbling" / "zig"


@pytest.mark.parametrize("builder", [ZIG])
def test_a_build_where_home_is_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, builder: str
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    board = load_board("nucleo_f401re")
    render_project(make_model(), board, tmp_path / "out")
    assert build_firmware(tmp_path / "out", board, builder).elf.is_file()
