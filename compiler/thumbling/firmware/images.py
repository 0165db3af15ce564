# SPDX-License-Identifier: MIT
"""Raw and Intel HEX images from an ELF file, so that no builder needs an objcopy."""

from __future__ import annotations

from pathlib import Path

from thumbling.elf import Elf

_RECORD_BYTES = 16
_FILL = b"\xff"  # what erased flash reads


def write_images(elf: Path, hex_file: Path, bin_file: Path) -> None:
    """Writes what a flasher loads; gaps between segments are 0xFF in the raw image only."""
    image = Elf.read(elf)
    segments = sorted((s.load_address, s.data) for s in image.segments)
    hex_file.write_text(intel_hex(segments, image.entry), encoding="ascii", newline="\n")
    bin_file.write_bytes(raw_image(segments))


def raw_image(segments: list[tuple[int, bytes]]) -> bytes:
    """The bytes from the lowest address on; segments are sorted and do not overlap."""
    image = bytearray()
    origin = segments[0][0]
    for address, data in segments:
        image += _FILL * (address - origin - len(image))
        image += data
    return bytes(image)


def intel_hex(segments: list[tuple[int, bytes]], entry: int) -> str:
    """Intel HEX with extended linear addresses (types 00, 01, 04, 05)."""
    lines: list[str] = []
    upper = -1
    for start, data in segments:
        at = 0
        while at < len(data):
            address = start + at
            if address >> 16 != upper:
                upper = address >> 16
                lines.append(_record(0, 4, upper.to_bytes(2, "big")))
            # A record must not run past a 64 KiB boundary.
            count = min(_RECORD_BYTES, len(data) - at, 0x10000 - (address & 0xFFFF))
            lines.append(_record(address & 0xFFFF, 0, data[at : at + count]))
            at += count
    lines.append(_record(0, 5, entry.to_bytes(4, "big")))
    lines.append(_record(0, 1, b""))
    return "".join(line + "\n" for line in lines)


def _record(address: int, kind: int, data: bytes) -> str:
    body = bytes((len(data), address >> 8, address & 0xFF, kind)) + data
    return f":{(body + bytes((-sum(body) & 0xFF,))).hex().upper()}"
