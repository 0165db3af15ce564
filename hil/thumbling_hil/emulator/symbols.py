# SPDX-License-Identifier: MIT
"""What an ELF file says: segments, symbols, and the source line of an address."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from thumbling.elf import Elf, source_line
from thumbling.errors import TargetError, VerificationError


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
            self._read(Elf.read(path))
        except (OSError, ValueError) as error:
            raise TargetError(
                f"{path.name} cannot be read as an ELF file: {error}", hint="build it again"
            ) from error

    def _read(self, elf: Elf) -> None:
        self.segments: list[tuple[int, bytes]] = [(s.load_address, s.data) for s in elf.segments]
        self.sections: list[tuple[int, int]] = [
            (s.address, s.address + s.size) for s in elf.sections if s.loaded and s.size
        ]
        self.symbols: dict[str, int] = elf.addresses()
        # Arm's ELF marks where code ($t) and where data ($d) begins inside a section.
        self._marks: list[tuple[int, bool]] = sorted(
            (s.address & ~1, s.name.startswith("$t"))
            for s in elf.symbols
            if s.name.startswith(("$t", "$d")) and not s.kind
        )
        self._code: list[tuple[int, bytes]] = [
            (s.address, s.data) for s in elf.sections if s.executable and s.data
        ]
        self.functions: list[Function] = sorted(
            (
                Function(address=s.address & ~1, size=s.size, name=s.name)
                for s in elf.symbols
                if s.kind == "function"
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
        line = source_line(self._path, address)
        return f"{text} ({line})" if line else text
