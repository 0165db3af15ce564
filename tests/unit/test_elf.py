# SPDX-License-Identifier: MIT
"""The ELF reader against pyelftools' own view, on objects, images and damaged files."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from tests.differential.user_program import run, tool

from thumbling.elf import Elf, NotAnElfError, source_line

SOURCE = """\
#include <stdint.h>
const uint32_t table[3] = {1, 2, 3};
uint32_t zero[5], one[2] = {1, 1};
uint32_t entry(uint32_t x);
uint32_t entry(uint32_t x)
{
    return table[x] + zero[x] + one[x & 1];
}
"""
COMPILERS = {
    "host": ("gcc", "-g", "-nostdlib", "-Wl,-e,entry"),
    "chip": (
        *("arm-none-eabi-gcc", "-g", "-mcpu=cortex-m4", "-mthumb", "-nostdlib"),
        *("-Wl,-e,entry", "-Wl,-Ttext=0x8000000", "-Wl,-Tdata=0x20000000"),
    ),
}


@pytest.fixture(params=COMPILERS)
def image(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / "a.c").write_text(SOURCE, encoding="utf-8")
    cc, *flags = COMPILERS[request.param]
    run(tool(cc), *flags, tmp_path / "a.c", "-o", tmp_path / "a.elf")
    return tmp_path / "a.elf"


def test_it_says_what_is_there(image: Path) -> None:
    elf = Elf.read(image)
    with image.open("rb") as file:
        other = ELFFile(file)
        assert elf.entry == other["e_entry"]
        assert [s.name for s in elf.sections] == [s.name for s in other.iter_sections()]
        text = other.get_section_by_name(".text")
        assert text is not None
        found = elf.section(".text")
        assert found is not None
        assert (found.data, found.address) == (text.data(), text["sh_addr"])
    assert found.loaded
    assert found.executable
    assert not found.writable
    bss = elf.section(".bss")
    assert bss is not None
    assert (bss.size >= 20, bss.data, bss.writable) == (True, b"", True)
    table = elf.symbol("table")
    assert table is not None
    assert (table.size, table.kind, table.defined) == (12, "object", True)
    assert elf.bytes_at(table.address, 12) == b"".join(n.to_bytes(4, "little") for n in (1, 2, 3))
    assert elf.bytes_at(1 << 40, 4) == b""
    entry = elf.symbol("entry")
    assert entry is not None
    assert entry.kind == "function"
    assert elf.addresses()["entry"] == elf.entry
    assert source_line(image, entry.address & ~1).startswith("a.c:")
    assert elf.symbol("nobody") is None
    assert elf.section("nothing") is None


def test_without_symbols(image: Path, tmp_path: Path) -> None:
    stripped = tmp_path / "stripped"
    strip = "strip" if b"\x7fELF\x02" in image.read_bytes()[:5] else "arm-none-eabi-strip"
    subprocess.run([tool(strip), image, "-o", stripped], check=True)
    elf = Elf.read(stripped)
    assert elf.symbols == ()
    assert elf.bytes_at(elf.entry & ~1, 16) == Elf.read(image).bytes_at(elf.entry & ~1, 16) != b""
    assert source_line(stripped, elf.entry) == ""


@pytest.mark.parametrize("content", [b"", b"no ELF", b"\x7fELF", b"\x7fELF\x01\x01" + b"\xff" * 60])
def test_what_is_no_elf(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(NotAnElfError):
        Elf.read(tmp_path / "a")


def test_any_beginning_of_an_image_is_read_or_refused(image: Path, tmp_path: Path) -> None:
    whole = image.read_bytes()
    refused = 0
    for size in range(0, len(whole), max(1, len(whole) // 97)):
        (tmp_path / "cut").write_bytes(whole[:size])
        try:
            Elf.read(tmp_path / "cut")
        except NotAnElfError:
            refused += 1
    assert refused > 10
