# SPDX-License-Identifier: MIT
"""The one reader of ELF files: segments, sections, symbols, and the source line of an address."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

_WRITE, _ALLOC, _EXEC = 0x1, 0x2, 0x4
_KINDS = {"STT_FUNC": "function", "STT_OBJECT": "object", "STT_NOTYPE": ""}


class NotAnElfError(ValueError):
    """The file is no ELF file, or a damaged one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section; `data` is empty where the file holds none of it, as for .bss.

    `loaded` is whether it takes memory of the chip.
    """

    name: str
    address: int
    size: int
    loaded: bool
    writable: bool
    executable: bool
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What a loader loads: `address` is where it runs, `load_address` where it is flashed."""

    address: int
    load_address: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElfSymbol:
    """A name with an address; `kind` is function, object, empty for none, or another's ELF name."""

    name: str
    address: int
    size: int
    kind: str
    defined: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Elf:
    """A file, read once. `segments` are those that hold bytes, in the file's order."""

    little_endian: bool
    entry: int
    sections: tuple[Section, ...]
    segments: tuple[Segment, ...]
    symbols: tuple[ElfSymbol, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises OSError where the file cannot be read, else `NotAnElfError`."""
        try:
            with path.open("rb") as file:
                elf = ELFFile(file)
                return cls(
                    little_endian=bool(elf.little_endian),
                    entry=int(elf["e_entry"]),
                    sections=tuple(_section(s) for s in elf.iter_sections()),
                    segments=tuple(
                        Segment(
                            address=int(s["p_vaddr"]),
                            load_address=int(s["p_paddr"]),
                            data=bytes(s.data()),
                        )
                        for s in elf.iter_segments()
                        if s["p_type"] == "PT_LOAD" and s["p_filesz"]
                    ),
                    symbols=_symbols(elf),
                )
        except (ELFError, ValueError, struct.error) as error:
            raise NotAnElfError(str(error)) from error

    def section(self, name: str) -> Section | None:
        """The first section of that name."""
        return next((s for s in self.sections if s.name == name), None)

    def symbol(self, name: str) -> ElfSymbol | None:
        """The first symbol of that name."""
        return next((s for s in self.symbols if s.name == name), None)

    def addresses(self) -> dict[str, int]:
        """The address of every symbol that has a name."""
        return {s.name: s.address for s in self.symbols if s.name}

    def bytes_at(self, address: int, size: int) -> bytes:
        """The bytes from an address on: fewer, or none, where the file holds no more."""
        for segment in self.segments:
            offset = address - segment.address
            if 0 <= offset < len(segment.data):
                return segment.data[offset : offset + size]
        return b""


def _section(section: Any) -> Section:
    flags, kind = section["sh_flags"], section["sh_type"]
    return Section(
        name=section.name,
        address=int(section["sh_addr"]),
        size=int(section["sh_size"]),
        loaded=bool(flags & _ALLOC),
        writable=bool(flags & _WRITE),
        executable=bool(flags & _EXEC),
        data=b"" if kind in ("SHT_NOBITS", "SHT_NULL") else bytes(section.data()),
    )


def _symbols(elf: ELFFile) -> tuple[ElfSymbol, ...]:
    table = elf.get_section_by_name(".symtab")
    if not isinstance(table, SymbolTableSection):
        return ()
    return tuple(
        ElfSymbol(
            name=symbol.name,
            address=int(symbol["st_value"]),
            size=int(symbol["st_size"]),
            kind=_KINDS.get(symbol["st_info"]["type"], str(symbol["st_info"]["type"])),
            defined=symbol["st_shndx"] != "SHN_UNDEF",
        )
        for symbol in table.iter_symbols()
    )


def source_line(path: Path, address: int) -> str:
    """File and line of an address, `main.c:30`, from DWARF; empty where there is none."""
    with path.open("rb") as file:
        elf = ELFFile(file)
        if not elf.has_dwarf_info():
            return ""
        dwarf = elf.get_dwarf_info()
        for unit in dwarf.iter_CUs():
            program = dwarf.line_program_for_CU(unit)
            if program is None:
                continue
            previous = None
            for entry in program.get_entries():
                state = entry.state
                if state is None:
                    continue
                if previous is not None and previous.address <= address < state.address:
                    return _file_and_line(program, previous)
                previous = None if state.end_sequence else state
    return ""


def _file_and_line(program: Any, state: Any) -> str:
    header = program.header
    files = header["file_entry"]
    # File numbers start at 1 up to DWARF 4 and at 0 from DWARF 5 on.
    number = state.file - (0 if header["version"] >= 5 else 1)
    if not 0 <= number < len(files):
        return ""
    return f"{files[number].name.decode('utf-8', 'replace')}:{state.line}"
