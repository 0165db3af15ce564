# SPDX-License-Identifier: MIT
"""What an ELF file says: segments, symbols, and the source line of an address."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from thumbling.errors import TargetError, VerificationError

_SHF_ALLOC = 0x2
_SHF_EXECINSTR = 0x4


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function of the symbol table; `address` is without the Thumb bit."""

    address: int
    size: int
    name: str


class Image:
    """A firmware image, read once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with path.open("rb") as file:
                self._read(ELFFile(file))
        except (OSError, ELFError) as error:
            raise TargetError(
                f"{path.name} cannot be read as an ELF file: {error}", hint="build it again"
            ) from error

    def _read(self, elf: ELFFile) -> None:
        self.segments: list[tuple[int, bytes]] = [
            (int(s["p_paddr"]), bytes(s.data()))
            for s in elf.iter_segments()
            if s["p_type"] == "PT_LOAD" and s["p_filesz"]
        ]
        self.sections: list[tuple[int, int]] = [
            (int(s["sh_addr"]), int(s["sh_addr"]) + int(s["sh_size"]))
            for s in elf.iter_sections()
            if s["sh_flags"] & _SHF_ALLOC and s["sh_size"]
        ]
        table = elf.get_section_by_name(".symtab")
        symbols = list(table.iter_symbols()) if isinstance(table, SymbolTableSection) else []
        self.symbols: dict[str, int] = {s.name: int(s["st_value"]) for s in symbols if s.name}
        # Arm's ELF marks where code ($t) and where data ($d) begins inside a section.
        self._marks: list[tuple[int, bool]] = sorted(
            (int(s["st_value"]) & ~1, s.name.startswith("$t"))
            for s in symbols
            if s.name.startswith(("$t", "$d")) and s["st_info"]["type"] == "STT_NOTYPE"
        )
        self._code: list[tuple[int, bytes]] = [
            (int(s["sh_addr"]), bytes(s.data()))
            for s in elf.iter_sections()
            if s["sh_flags"] & _SHF_EXECINSTR and s["sh_type"] == "SHT_PROGBITS"
        ]
        self.functions: list[Function] = sorted(
            (
                Function(address=s["st_value"] & ~1, size=s["st_size"], name=s.name)
                for s in symbols
                if s["st_info"]["type"] == "STT_FUNC"
            ),
            key=lambda f: (f.address, f.name),
        )

    def function_address(self, name: str) -> int:
        """Address of function `name`, without the Thumb bit."""
        if name not in self.symbols:
            raise VerificationError(
                f"{self._path.name} holds no symbol {name}",
                hint="the function may have been inlined or dropped by the linker",
            )
        return self.symbols[name] & ~1

    def code_regions(self) -> Iterator[tuple[int, bytes]]:
        """Address and bytes of every stretch of Thumb code, literal pools left out."""
        for start, data in self._code:
            end = start + len(data)
            marks = [m for m in self._marks if start <= m[0] < end]
            stops = [*(m[0] for m in marks[1:]), end][: len(marks)]
            for (at, is_code), stop in zip(marks, stops, strict=True):
                if is_code and stop > at:
                    yield at, data[at - start : stop - start]

    def where(self, address: int) -> str:
        """`main + 0x12 (main.c:30)`: as much of it as the file tells."""
        index = bisect_right(self.functions, address, key=lambda f: f.address) - 1
        text = f"0x{address:08X}"
        if index >= 0:
            function = self.functions[index]
            offset = address - function.address
            if offset < max(function.size, 2):
                text = f"{function.name} + 0x{offset:X}"
        line = self._line(address)
        return f"{text} ({line})" if line else text

    def _line(self, address: int) -> str:
        """File and line from DWARF, or nothing. Read only when a fault is reported."""
        with self._path.open("rb") as file:
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


def _file_and_line(program: object, state: object) -> str:
    header = program.header  # type: ignore[attr-defined]
    files = header["file_entry"]
    # File numbers start at 1 up to DWARF 4 and at 0 from DWARF 5 on.
    number = state.file - (0 if header["version"] >= 5 else 1)  # type: ignore[attr-defined]
    if not 0 <= number < len(files):
        return ""
    return f"{files[number].name.decode('utf-8', 'replace')}:{state.line}"  # type: ignore[attr-defined]
