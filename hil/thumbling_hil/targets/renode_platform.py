# SPDX-License-Identifier: MIT
"""The chip as Renode shall see it: a CPU file of Renode with the board's clock put in.

The file is made from the board's, so every clock stands in one place and a user's own board works
with any CPU file that Renode has.
"""

from __future__ import annotations

from pathlib import Path
from string import Template

from thumbling.boards import Board
from thumbling.errors import UsageError

FILES = Path(__file__).parents[1] / "renode"
_MIPS = 5


def platform(board: Board) -> str:
    """The text of a platform description (`.repl`) for the board.

    Raises `UsageError` where the board's file names no CPU file of Renode.
    """
    if not board.emulators.renode:
        raise UsageError(
            f"there is no Renode platform for {board.name}", hint="verify on unicorn or host"
        )
    text = (FILES / "chip.repl").read_text(encoding="utf-8")
    return Template(text).substitute(
        cpu_file=board.emulators.renode,
        uart=board.uart.name.lower(),
        uart_clock_hz=board.uart_clock_hz,
        mips=_MIPS,
    )


def uart_device(board: Board) -> str:
    """How Renode's monitor calls the board's serial port."""
    return f"sysbus.{board.uart.name.lower()}"
