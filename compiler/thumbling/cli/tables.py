# SPDX-License-Identifier: MIT
"""Tables that commands print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Group
from rich.table import Table
from rich.text import Text

from thumbling.boards import Board
from thumbling.ir import Graph
from thumbling.ir.names import readable
from thumbling.report.words import number

_SHOWN_ROWS = 50


def plain_table(first: str, *columns: str) -> Table:
    """A table without lines; numbers stand right where the caller says so."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column(Text(first, "bold not dim"))
    for column in columns:
        table.add_column(column)
    return table


def predictions(graph: Graph, outputs: Mapping[str, npt.NDArray[np.int32]]) -> Group:
    """Integer outputs with class names for labels and real values for the rest."""
    table = plain_table("Row")
    for field in outputs:
        table.add_column(field, justify="right")
    rows = len(next(iter(outputs.values())))
    for row in range(min(rows, _SHOWN_ROWS)):
        cells = [_cell(graph, field, outputs[field][row]) for field in outputs]
        # As text, not as markup: a class may be called `[/red]`.
        table.add_row(str(row + 1), *(Text(readable(cell)) for cell in cells))
    more = f"{number(rows - _SHOWN_ROWS)} more rows; --json gives all"
    return Group(table, *([Text(more, "dim")] if rows > _SHOWN_ROWS else []))


def _cell(graph: Graph, field: str, values: npt.NDArray[np.int32]) -> str:
    if field == "label":
        names = graph.class_names
        return " ".join(
            names[k][v] if k < len(names) and v < len(names[k]) else str(v)
            for k, v in enumerate(values.tolist())
        )
    output = next(o for o in graph.outputs if o.field == field)
    return " ".join(f"{float(v * graph.scale(output)):.6g}" for v in values.tolist())


def key_values(document: Mapping[str, Any]) -> Table:
    """A document, nested keys joined by dots."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for key, value in _flat(document, ""):
        table.add_row(Text(key), Text(readable(str(value))))
    return table


def _flat(document: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for key, value in document.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{prefix}{key}.")
        else:
            rows.append((prefix + key, value))
    return rows


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
