# SPDX-License-Identifier: MIT
"""A generated model in the hil tests' image, run in Unicorn on every core."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from thumbling.boards import load_board
from thumbling.codegen import CModel
from thumbling.resources import data_dir
from thumbling_hil.cost import Cost, measure_cost

BOARD_OF_CORE = {
    "cortex-m0": "nucleo_f072rb",
    "cortex-m0plus": "nucleo_g071rb",
    "cortex-m3": "nucleo_f103rb",
    "cortex-m4": "nucleo_f401re",
}
_IMAGE = Path(__file__).parents[1] / "hil" / "image"
_OPTIONS = ("-Os", "-ffreestanding", "-fno-builtin", "-nostdlib", "-Wall", "-Werror")


def run_on_core(
    model: CModel, rows: npt.NDArray[np.generic], core: str, folder: Path, flags: tuple[str, ...]
) -> Cost:
    """Outputs, statuses and costs of stored rows, one call each."""
    compiler = shutil.which("arm-none-eabi-gcc")
    if compiler is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    board, runtime, elf = load_board(BOARD_OF_CORE[core]), data_dir("runtime_c"), folder / "a.elf"
    for name, text in model.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    own = [runtime / path for path in model.runtime_files if path.endswith(".c")]
    command: list[str | Path] = [compiler, f"-mcpu={core}", "-mthumb", *_OPTIONS, *flags]
    command += [f"-D{board.uart.kind.upper()}", "-I", runtime / "include"]
    command += ["-T", _IMAGE / "image.ld", "-o", elf]
    command += [_IMAGE / "image.c", folder / f"{model.name}.c", *own, "-lgcc"]
    subprocess.run(command, check=True, timeout=60)
    inputs = [row.tobytes() for row in np.ascontiguousarray(rows)]
    return measure_cost(elf, board, model.symbol, inputs, model.out_bytes)
