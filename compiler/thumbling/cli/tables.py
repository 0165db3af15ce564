# SPDX-License-Identifier: MIT
"""Tables that commands print."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table
from rich.text import Text

from thumbling.boards import Board
from thumbling.ir.names import readable


def plain_table(first: str, *columns: str) -> Table:
    """A table without lines; numbers stand right where the caller says so."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column(Text(first, "bold not dim"))
    for column in columns:
        table.add_column(column)
    return table


def key_values(facts: Mapping[str, str]) -> Table:
    """A fact a line."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for key, value in facts.items():
        table.add_row(Text(key), Text(readable(value)))
    return table


def boards(items: tuple[Board, ...]) -> Table:
    """The supported boards."""
    table = plain_table("Board", "core", "clock", "flash", "RAM", "emulators")
    for board in items:
        table.add_row(
            board.name,
            board.core,
            f"{board.f_cpu_hz / 1e6:g} MHz",
            f"{board.flash_bytes // 1024} KiB",
            f"{board.ram_bytes // 1024} KiB",
            ", ".join(emulators(board)),
        )
    return table


def board_details(board: Board) -> Table:
    """One board for a reader; `--json` has every field."""
    ends = {
        "flash": (board.flash_origin, board.flash_bytes),
        "RAM": (board.ram_origin, board.ram_bytes),
    }
    uart, pio = board.uart, board.platformio
    return key_values(
        {
            "name": board.name,
            "title": board.title,
            "core": board.core + (" with FPU" if board.fpu else ""),
            "clock": f"{board.f_cpu_hz / 1e6:g} MHz",
            **{k: f"{size // 1024} KiB at 0x{at:08X}" for k, (at, size) in ends.items()},
            "serial port": f"{uart.name}, TX {uart.tx}, RX {uart.rx}, {uart.baud} baud",
            "PlatformIO": f"platform {pio.platform}, board {pio.board}",
            "emulators": ", ".join(emulators(board)) or "none",
        }
    )


def emulators(board: Board) -> list[str]:
    """What stands in for the board."""
    known = {
        "unicorn": board.emulators.unicorn,
        "qemu": board.emulators.qemu,
        "renode": board.emulators.renode,
    }
    return [name for name, value in known.items() if value]
