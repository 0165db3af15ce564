# SPDX-License-Identifier: MIT
"""What the linked image takes of flash and RAM, and what of that is the model's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from thumbling.errors import BuildError

_SHF_WRITE = 0x1
_SHF_ALLOC = 0x2
_MARKS = tuple(
    f"__thb_model_{part}_{end}" for part in ("text", "data", "bss") for end in ("start", "end")
)


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
    """Bytes. `ram_bytes` is .data and .bss, without the stack.

    The model's share is its objects' code, literal pools, constants and variables, alignment
    between them, and the compiler's helper functions: our linker script puts these side by side,
    and the board's code is written to call no helper. `largest` are the largest symbols.
    """

    flash_bytes: int
    ram_bytes: int
    model_flash_bytes: int
    model_ram_bytes: int
    largest: tuple[Symbol, ...] = ()


def read_memory(elf: Path) -> Memory:
    """Reads an image linked with our script; `BuildError` for any other file."""
    try:
        with elf.open("rb") as file:
            return _read(ELFFile(file))
    except (OSError, ELFError, KeyError) as error:
        raise BuildError(
            f"{elf.name} is no firmware of ours: {error}", hint="build it again"
        ) from error


def _read(elf: ELFFile) -> Memory:
    flash = sum(int(s["p_filesz"]) for s in elf.iter_segments() if s["p_type"] == "PT_LOAD")
    ram = sum(
        int(s["sh_size"])
        for s in elf.iter_sections()
        if s["sh_flags"] & _SHF_ALLOC and s["sh_flags"] & _SHF_WRITE and s.name in (".data", ".bss")
    )
    table = elf.get_section_by_name(".symtab")
    if not isinstance(table, SymbolTableSection):
        raise KeyError(".symtab")
    symbols = {s.name: int(s["st_value"]) for s in table.iter_symbols()}
    text, text_end, data, data_end, bss, bss_end = (symbols[mark] for mark in _MARKS)
    return Memory(
        flash_bytes=flash,
        ram_bytes=ram,
        model_flash_bytes=text_end - text + data_end - data,
        model_ram_bytes=data_end - data + bss_end - bss,
        largest=_largest(table, symbols),
    )


def _largest(table: SymbolTableSection, marks: dict[str, int]) -> tuple[Symbol, ...]:
    """The largest functions and variables, largest first; aliases of one address once."""
    flash_end = marks["__thb_data_load"]
    model = [range(marks[a], marks[b]) for a, b in zip(_MARKS[::2], _MARKS[1::2], strict=True)]
    found: dict[int, Symbol] = {}
    for symbol in table.iter_symbols():
        kind, size = symbol["st_info"]["type"], int(symbol["st_size"])
        address = int(symbol["st_value"]) & (~1 if kind == "STT_FUNC" else ~0)
        if kind not in ("STT_FUNC", "STT_OBJECT") or size == 0:
            continue
        found[address] = Symbol(
            name=symbol.name,
            part="model" if any(address in part for part in model) else "board",
            memory="flash" if address < flash_end else "RAM",
            size=size,
        )
    return tuple(sorted(found.values(), key=lambda s: (-s.size, s.name))[:_LISTED])
