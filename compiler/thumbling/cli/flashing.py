# SPDX-License-Identifier: MIT
"""Puts an image on a board with whichever tool is installed."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from thumbling.api import OutputFolder
from thumbling.boards import Board
from thumbling.errors import BuildError, MissingToolError

_TIMEOUT_S = 600


def flash_folder(output: OutputFolder, port: str | None, progress: Callable[[str], None]) -> str:
    """Flash the folder's firmware; the name of the tool that did it.

    Raises `MissingToolError` where no tool is found, `BuildError` where it fails.
    """
    name, command = _choose(output, port)
    progress(f"flashing with {name}")
    try:
        done = subprocess.run(
            command,
            cwd=output.path,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(f"{name} did not finish: {error}", hint="check the cable") from error
    if done.returncode != 0:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise BuildError(
            f"{name} could not flash the board: {'; '.join(lines[-2:]) or 'no message'}",
            hint="check the cable, the board's power, and that no other program uses the probe",
        )
    return name


def _choose(output: OutputFolder, port: str | None) -> tuple[str, list[str]]:
    board, elf = output.board, output.elf.resolve()
    if shutil.which("openocd"):
        return "openocd", _openocd(board, elf)
    if shutil.which("st-flash"):
        image = str(elf.with_suffix(".bin"))
        return "st-flash", ["st-flash", "--reset", "write", image, hex(board.flash_origin)]
    if shutil.which("pyocd"):
        return "pyocd", ["pyocd", "flash", "--target", _part(board), str(elf)]
    if importlib.util.find_spec("platformio") is not None:
        where = ["--upload-port", port] if port else []
        folder = str((output.path / "firmware").resolve())
        pio = [sys.executable, "-m", "platformio", "run", "-d", folder, "-t", "upload", *where]
        return "platformio", pio
    raise MissingToolError(
        "no tool that flashes a board is installed",
        hint="apt install openocd or stlink-tools, pip install pyocd,"
        ' or pip install "thumbling[platformio]"',
    )


def _openocd(board: Board, elf: Path) -> list[str]:
    config = ["-f", "interface/stlink.cfg", "-f", f"target/{board.mcu}x.cfg"]
    # Braces: OpenOCD's Tcl would split a path at spaces.
    return ["openocd", *config, "-c", f"program {{{elf.as_posix()}}} verify reset exit"]


def _part(board: Board) -> str:
    """`nucleo_f401re` carries an STM32F401RE: pyOCD calls it stm32f401re."""
    return "stm32" + board.name.partition("_")[2]
