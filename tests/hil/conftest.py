# SPDX-License-Identifier: MIT
"""A test image of our own, so that targets are tested without the compiler.

Its model takes four int16 and answers two int32: the sum of squares, and the index of the largest.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from thumbling.boards import Board, load_board

IMAGE = Path(__file__).parent / "image"
BOARDS = ("nucleo_f072rb", "nucleo_f103rb", "nucleo_f401re", "nucleo_g071rb")


def _build(board: Board, folder: Path) -> Path:
    compiler = shutil.which("arm-none-eabi-gcc")
    if compiler is None:
        pytest.skip("arm-none-eabi-gcc is not installed: apt install gcc-arm-none-eabi")
    elf = folder / f"{board.name}.elf"
    family = f"-D{board.uart.kind.upper()}"
    options = ["-Os", "-g", "-ffreestanding", "-fno-builtin", "-nostdlib", "-Wall", "-Werror"]
    subprocess.run(
        [
            *(compiler, f"-mcpu={board.core}", "-mthumb", *options, family),
            *("-T", str(IMAGE / "image.ld"), "-o", str(elf), str(IMAGE / "image.c"), "-lgcc"),
        ],
        check=True,
        timeout=60,
    )
    return elf


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Board]]:
    """Give the name of a board, get the test image's ELF for it and the board."""
    folder = tmp_path_factory.mktemp("images")
    built: dict[str, tuple[Path, Board]] = {}

    def get(name: str) -> tuple[Path, Board]:
        if name not in built:
            board = load_board(name)
            built[name] = (_build(board, folder), board)
        return built[name]

    return get


@pytest.fixture(params=BOARDS)
def chip(
    request: pytest.FixtureRequest, image: Callable[[str], tuple[Path, Board]]
) -> tuple[Path, Board]:
    """Each board in turn with its image."""
    return image(request.param)


@pytest.fixture(scope="session")
def vectors() -> tuple[npt.NDArray[np.int16], list[bytes]]:
    """Inputs of the test image and what it must answer."""
    x = np.random.default_rng(7).integers(-20000, 20000, (300, 4), dtype=np.int16)
    return x, [_expected(row.tobytes()) for row in x]


def _expected(x: bytes) -> bytes:
    values = struct.unpack("<4h", x)
    return struct.pack("<Ii", sum(v * v for v in values) & 0xFFFFFFFF, values.index(max(values)))
