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
from thumbling.firmware import toolchains
from thumbling.resources import data_dir
from thumbling_hil.cost import Cost, measure_cost

BOARD_OF_CORE = {
    "cortex-m0": "nucleo_f072rb",
    "cortex-m0plus": "nucleo_g071rb",
    "cortex-m3": "nucleo_f103rb",
    "cortex-m4": "nucleo_f401re",
}
IMAGE = Path(__file__).parents[1] / "hil" / "image"
_OPTIONS = ("-Os", "-ffreestanding", "-fno-builtin", "-nostdlib", "-Wall", "-Werror")


def _zig_objects(
    sources: list[Path], core: str, folder: Path, flags: tuple[str, ...]
) -> list[str | Path]:
    """Sources compiled as the firmware's are where zig builds it; for cores without an FPU."""
    pytest.importorskip("ziglang", reason="needs the zig extra: thumbling[zig]")
    command = [*toolchains.zig(load_board(BOARD_OF_CORE[core])).compile, *flags]
    objects = [folder / f"{source.stem}.o" for source in sources]
    for source, target in zip(sources, objects, strict=True):
        include = ("-I", data_dir("runtime_c") / "include")
        subprocess.run([*command, *include, "-c", source, "-o", target], check=True, timeout=120)
    return list(objects)


def run_on_core(
    model: CModel,
    rows: npt.NDArray[np.generic],
    core: str,
    folder: Path,
    flags: tuple[str, ...],
    *,
    zig: bool = False,
) -> Cost:
    """Outputs, statuses and costs of stored rows, one call each; with `zig` Clang compiles."""
    compiler = shutil.which("arm-none-eabi-gcc")
    if compiler is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    board, runtime, elf = load_board(BOARD_OF_CORE[core]), data_dir("runtime_c"), folder / "a.elf"
    for name, text in model.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    own = [folder / name for name in sorted(model.files) if name.endswith(".c")]
    own += [runtime / path for path in model.runtime_files if path.endswith(".c")]
    sources: list[str | Path] = [*own]
    if zig:
        sources = _zig_objects(own, core, folder, flags)
    command: list[str | Path] = [compiler, f"-mcpu={core}", "-mthumb", *_OPTIONS, *flags]
    command += [f"-D{board.uart.kind.upper()}", "-I", runtime / "include"]
    command += ["-T", IMAGE / "image.ld", "-o", elf]
    command += [IMAGE / "image.c", *sources, "-lgcc"]
    subprocess.run(command, check=True, timeout=60)
    inputs = [row.tobytes() for row in np.ascontiguousarray(rows)]
    return measure_cost(
        elf,
        board,
        model.symbol,
        inputs,
        model.out_bytes,
        offsets=model.offsets,
        state_bytes=model.state_bytes,
        reset=model.reset,
    )
