# SPDX-License-Identifier: MIT
"""What the linked image takes of flash and RAM, and what of that is the model's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from thumbling.boards import Board
from thumbling.elf import Elf
from thumbling.errors import BuildError

_MARKS = tuple(
    f"__thb_model_{part}_{end}" for part in ("text", "data", "bss") for end in ("start", "end")
)
_IN_RAM = (".data", ".bss")
_LISTED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A function or variable in the image: `part` is model or board, `memory` flash or RAM."""

    name: str
    part: str
    memory: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Bytes. `flash_bytes` and `ram_bytes` are the whole image, RAM without the stack; `*_total` is
    what the board has. `stack_bytes` is None when not measured.

    The model's share is its objects' code, literal pools, constants and variables, alignment
    between them, and the compiler's helper functions: our linker script puts these side by side,
    and the board's code is written to call no helper. `largest` are the largest symbols.
    """

    flash_bytes: int
    ram_bytes: int
    stack_bytes: int | None
    model_flash_bytes: int
    model_ram_bytes: int
    flash_total: int
    ram_total: int
    largest: tuple[Symbol, ...] = ()


def read_memory(elf: Path, board: Board, stack_bytes: int | None = None) -> Memory:
    """Reads an image linked with our script for `board`; `BuildError` for any other file."""
    try:
        return _read(Elf.read(elf), board, stack_bytes)
    except (OSError, ValueError, KeyError) as error:
        raise BuildError(
            f"{elf.name} is no firmware of ours: {error}", hint="build it again"
        ) from error


def _read(elf: Elf, board: Board, stack_bytes: int | None) -> Memory:
    ram = sum(s.size for s in elf.sections if s.loaded and s.writable and s.name in _IN_RAM)
    marks = elf.addresses()
    text, text_end, data, data_end, bss, bss_end = (marks[mark] for mark in _MARKS)
    return Memory(
        flash_bytes=sum(len(segment.data) for segment in elf.segments),
        ram_bytes=ram,
        stack_bytes=stack_bytes,
        model_flash_bytes=text_end - text + data_end - data,
        model_ram_bytes=data_end - data + bss_end - bss,
        flash_total=board.flash_bytes,
        ram_total=board.ram_bytes,
        largest=_largest(elf, marks),
    )


def _largest(elf: Elf, marks: dict[str, int]) -> tuple[Symbol, ...]:
    """The largest functions and variables, largest first; aliases of one address once."""
    flash_end = marks["__thb_data_load"]
    model = [range(marks[a], marks[b]) for a, b in zip(_MARKS[::2], _MARKS[1::2], strict=True)]
    found: dict[int, Symbol] = {}
    for symbol in elf.symbols:
        if symbol.kind not in ("function", "object") or symbol.size == 0:
            continue
        address = symbol.address & (~1 if symbol.kind == "function" else ~0)
        found[address] = Symbol(
            name=symbol.name,
            part="model" if any(address in part for part in model) else "board",
            memory="flash" if address < flash_end else "RAM",
            size=symbol.size,
        )
    return tuple(sorted(found.values(), key=lambda s: (-s.size, s.name))[:_LISTED])
