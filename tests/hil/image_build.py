# SPDX-License-Identifier: MIT
"""Builds the test image for one board, and says what it must answer."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from thumbling.boards import Board

HERE = Path(__file__).parent / "image"


def build_image(board: Board, folder: Path) -> Path:
    """The ELF of `image.c` for `board`; skips the test where the cross compiler is missing."""
    compiler = shutil.which("arm-none-eabi-gcc")
    if compiler is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    elf = folder / f"{board.name}.elf"
    family = [f"-D{board.uart.kind.upper()}"]
    options = ["-Os", "-g", "-ffreestanding", "-fno-builtin", "-nostdlib", "-Wall", "-Werror"]
    subprocess.run(
        [compiler, f"-mcpu={board.core}", "-mthumb", *options, *family]
        + ["-T", str(HERE / "image.ld"), "-o", str(elf), str(HERE / "image.c"), "-lgcc"],
        check=True,
        timeout=60,
    )
    return elf


def expected_output(x: bytes) -> bytes:
    """What the test image's model answers to four int16."""
    values = struct.unpack("<4h", x)
    total = sum(v * v for v in values) & 0xFFFFFFFF
    return struct.pack("<Ii", total, values.index(max(values)))
