# SPDX-License-Identifier: MIT
"""Building in tests: every builder as a parameter that says why it is skipped."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from unittest.mock import patch

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from thumbling.boards import Board
from thumbling.codegen.cmodel import CModel
from thumbling.firmware import build_firmware, render_project
from thumbling.firmware.offline_platformio import OFFLINE_VARIABLE

needs_gcc = pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None,
    reason="arm-none-eabi-gcc is not installed: apt install gcc-arm-none-eabi",
)
needs_zig = pytest.mark.skipif(
    importlib.util.find_spec("ziglang") is None,
    reason="zig is not installed: pip install 'thumbling[zig]'",
)
needs_platformio = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("platformio", "SCons")),
    reason="PlatformIO is not installed: pip install 'thumbling[platformio]'",
)
GCC = pytest.param("gcc", marks=needs_gcc)
ZIG = pytest.param("zig", marks=needs_zig)
PLATFORMIO = pytest.param("platformio", marks=(needs_gcc, needs_platformio))
BUILDERS = (GCC, ZIG, PLATFORMIO)


def build(
    model: CModel, board: Board, folder: Path, builder: str, own: Mapping[str, str] | None = None
) -> Path:
    """Render the project, add the user's `own` files to its `src`, build; the ELF."""
    render_project(model, board, folder)
    for name, text in (own or {}).items():
        (folder / "firmware" / "src" / name).write_text(text, encoding="utf-8")
    with patch.dict(os.environ, {OFFLINE_VARIABLE: "1"}):
        return build_firmware(folder, board, builder).elf


def symbols(elf: Path) -> dict[str, tuple[int, int]]:
    """Name -> (address, size)."""
    with elf.open("rb") as file:
        table = ELFFile(file).get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        return {s.name: (s["st_value"], s["st_size"]) for s in table.iter_symbols()}
