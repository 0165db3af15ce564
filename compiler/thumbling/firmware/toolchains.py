# SPDX-License-Identifier: MIT
"""The two compilers we drive ourselves: arm-none-eabi-gcc and the Clang in the ziglang wheel."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from thumbling.boards import Board
from thumbling.errors import MissingToolError
from thumbling.firmware.zig_cache import zig_environment

GCC: Final = "arm-none-eabi-gcc"
_ANSWER_S: Final = 120.0  # the first start of zig unpacks itself
_COMMON: Final = (
    "-std=c99",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-merge-constants",
    "-fno-common",
    "-ffreestanding",
    "-ffp-contract=off",
    "-fno-unwind-tables",
    "-fno-asynchronous-unwind-tables",
    "-g",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """Command prefixes of one compiler for one board, and what it calls itself.

    `environment` is what its processes get; None is ours.
    """

    name: str
    version: str
    compile: tuple[str, ...]
    link: tuple[str, ...]
    environment: Mapping[str, str] | None = None


def gcc_found() -> bool:
    """Whether arm-none-eabi-gcc is on PATH."""
    return shutil.which(GCC) is not None


def zig_found() -> bool:
    """Whether the ziglang wheel is installed for this interpreter."""
    return importlib.util.find_spec("ziglang") is not None


def target_flags(board: Board) -> tuple[str, ...]:
    """What tells GCC the board's core and how floats are passed."""
    fpu = board.target.fpu_flags if board.fpu else ()
    return (f"-mcpu={board.core}", "-mthumb", *fpu)


def gcc(board: Board) -> Toolchain:
    """GCC from PATH; `MissingToolError` without one."""
    path = shutil.which(GCC)
    if path is None:
        raise MissingToolError(
            f"{GCC} is not on PATH",
            hint="install the Arm GNU toolchain (Debian, Ubuntu: apt install gcc-arm-none-eabi);"
            " `compile` can do with --builder zig instead"
            + ("" if zig_found() else ": pip install ziglang"),
        )
    target = target_flags(board)
    headers = str(Path(_first_line([path, "-print-file-name=include"])).parent)
    return Toolchain(
        name="gcc",
        version=_first_line([path, "--version"]),
        compile=(path, *target, *_COMMON, f"-ffile-prefix-map={headers}=gcc"),
        link=(path, *target, "-nostartfiles", "--specs=nano.specs", "--specs=nosys.specs"),
    )


def zig(board: Board) -> Toolchain:
    """Clang from the ziglang wheel; `MissingToolError` without it."""
    wheel = importlib.util.find_spec("ziglang")
    if wheel is None or wheel.origin is None:
        raise MissingToolError("the ziglang package is missing", hint="pip install ziglang")
    command = (sys.executable, "-m", "ziglang")
    cpu = board.target.zig_cpu + (board.target.zig_fpu if board.fpu else "")
    abi = "eabihf" if board.fpu else "eabi"
    target = ("cc", "-target", f"thumb-freestanding-{abi}", f"-mcpu={cpu}")
    return Toolchain(
        name="zig",
        version=f"zig {_first_line([*command, 'version'])}",
        # zig's defaults are sanitizer traps and frame pointers, which GCC would not have.
        compile=(
            *command,
            *target,
            *_COMMON,
            "-fno-sanitize=undefined",
            "-fomit-frame-pointer",
            # Else it loads constants early and keeps them on the stack.
            *("-mllvm", "-disable-constant-hoisting"),
            f"-ffile-prefix-map={Path(wheel.origin).parent}=zig",
        ),
        link=(*command, *target, "-Wl,-e,Reset_Handler"),
        environment=zig_environment(),
    )


def _first_line(command: Sequence[str | Path]) -> str:
    """What a compiler says about itself. Raises `MissingToolError` where it says nothing."""
    why = "it says nothing"
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ANSWER_S,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        lines = [
            line.strip() for line in (done.stdout, done.stderr)[done.returncode != 0].splitlines()
        ]
        if done.returncode == 0 and lines:
            return lines[0]
        why = next(filter(None, lines), why)
    except (OSError, subprocess.TimeoutExpired) as error:
        why = str(error)
    raise MissingToolError(
        f"the compiler {Path(command[0]).name} does not work: {why}",
        hint="install it again, or choose another with --builder",
    )
