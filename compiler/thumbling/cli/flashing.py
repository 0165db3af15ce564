# SPDX-License-Identifier: MIT
"""Puts an image on a board with whichever tool is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from thumbling.api import OutputFolder
from thumbling.boards import Board
from thumbling.errors import BuildError, MissingToolError
from thumbling.firmware.platformio import registry_is_away

_TIMEOUT_S = 600
_CHECK = "check the cable, the board's power, and that no other program uses the probe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flasher:
    """A tool and what to run, one command after the other."""

    name: str
    commands: tuple[tuple[str, ...], ...]
    hint: str = _CHECK


def flash_folder(output: OutputFolder, port: str | None, progress: Callable[[str], None]) -> str:
    """Flash the folder's firmware; the name of the tool that did it.

    Raises `MissingToolError` where no tool is found, `BuildError` where it fails.
    """
    flasher = choose_flasher(output.board, output.elf.resolve(), port)
    progress(f"flashing with {flasher.name}")
    for command in flasher.commands:
        _run(flasher, command, output.path)
    return flasher.name


def _run(flasher: Flasher, command: tuple[str, ...], folder: Path) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(
            f"{flasher.name} did not finish: {error}", hint="check the cable"
        ) from error
    if done.returncode != 0:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        if registry_is_away(done.stdout + done.stderr):
            raise MissingToolError(
                "PlatformIO has no flashing tool for this board yet and cannot download it",
                hint="go online once, install openocd or stlink-tools, or copy firmware.bin to the"
                " drive the board shows on this computer",
            )
        raise BuildError(
            f"{flasher.name} could not flash the board: {'; '.join(lines[-2:]) or 'no message'}",
            hint=flasher.hint,
        )


def choose_flasher(board: Board, elf: Path, port: str | None) -> Flasher:
    """The first tool that is found; `port` is for PlatformIO alone, all others find the probe."""
    for name, prepare in (
        ("openocd", _openocd),
        ("st-flash", _st_flash),
        ("pyocd", _pyocd),
        ("probe-rs", _probe_rs),
    ):
        if shutil.which(name):
            return prepare(board, elf)
    pio = [sys.executable, "-m", "platformio"] if find_spec("platformio") else []
    if pio or shutil.which("pio"):
        command = [*(pio or ["pio"]), "run", "-d", str(elf.parent / "firmware"), "-t", "upload"]
        where = ["--upload-port", port] if port else []
        return Flasher(name="platformio", commands=((*command, *where),))
    raise MissingToolError(
        "no tool that flashes a board is installed",
        hint="one of: apt install openocd; apt install stlink-tools; pip install pyocd;"
        " probe-rs from probe.rs; pip install 'thumbling[platformio]'",
    )


def _openocd(board: Board, elf: Path) -> Flasher:
    config = ("-f", "interface/stlink.cfg", "-f", f"target/{board.mcu}x.cfg")
    # Braces: OpenOCD's Tcl would split a path at spaces.
    program = f"program {{{elf.as_posix()}}} verify reset exit"
    return Flasher(name="openocd", commands=(("openocd", *config, "-c", program),))


def _st_flash(board: Board, elf: Path) -> Flasher:
    image, where = str(elf.with_suffix(".bin")), hex(board.flash_origin)
    return Flasher(name="st-flash", commands=(("st-flash", "--reset", "write", image, where),))


def _pyocd(board: Board, elf: Path) -> Flasher:
    part = board.part.lower()
    return Flasher(
        name="pyocd",
        commands=(("pyocd", "flash", "--target", part, str(elf)),),
        hint=f"where it does not know the chip: pyocd pack install {part}; else {_CHECK}",
    )


def _probe_rs(board: Board, elf: Path) -> Flasher:
    chip = ("--chip", board.part)
    return Flasher(
        name="probe-rs",
        # `download` leaves the core halted.
        commands=(
            ("probe-rs", "download", *chip, "--verify", str(elf)),
            ("probe-rs", "reset", *chip),
        ),
    )
