# SPDX-License-Identifier: MIT
"""One ruler for all tools: link a function alone, call it on every row, count.

Flash is what an ELF holds whose only root is the function: its code, its constants and the
library it pulls in, without startup. Cycles are of zero wait states.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt

from thumbling.boards import Board
from thumbling.elf import Elf
from thumbling.errors import ThumblingError, VerificationError
from thumbling.firmware.toolchains import GCC, target_flags
from thumbling.spread import Spread
from thumbling_hil.emulator.process import UnicornProcess

OPTIMIZATION: Final = "-Os"
# Large enough for any tool's code; whether it fits the board is another question.
_MEMORIES: Final = {"flash": [0x08000000, 8 << 20], "ram": [0x20000000, 1 << 20]}
_COMMON = (OPTIMIZATION, "-ffunction-sections", "-fdata-sections", "-fno-common", "-w")
_CXX = ("-std=gnu++17", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics")
_LINK = ("-nostartfiles", "--specs=nano.specs", "--specs=nosys.specs", "-Wl,--gc-sections")
# Initial values of variables lie in RAM at once, since no startup code copies them there.
_LAYOUT = f"""\
MEMORY {{
  FLASH (rx) : ORIGIN = {_MEMORIES["flash"][0]}, LENGTH = {_MEMORIES["flash"][1]}
  RAM (rwx) : ORIGIN = {_MEMORIES["ram"][0]}, LENGTH = {_MEMORIES["ram"][1] // 2}
}}
SECTIONS {{
  .text : {{ *(.text .text.* .glue_7*) }} > FLASH
  .rodata : {{ *(.rodata .rodata.*) }} > FLASH
  .ARM.extab : {{ *(.ARM.extab*) }} > FLASH
  .ARM.exidx : {{ *(.ARM.exidx*) }} > FLASH
  .data : {{ *(.data .data.*) }} > RAM
  .bss (NOLOAD) : {{ *(.bss .bss.* COMMON) }} > RAM
  end = .;
}}
"""
_BUILD_SECONDS = 300
_ROWS_AT_ONCE = 512
_SECONDS_AT_ONCE = 600.0


class ToolError(ThumblingError):
    """A tool does not support a model (`status` unsupported), or its code fails (failed)."""

    code: ClassVar[str] = "audited-tool"

    def __init__(self, message: str, *, status: str = "failed") -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """C or C++ to measure: `entry(const void *x, void *out)` gives 0 and writes `out_bytes`."""

    sources: Mapping[str, str]
    entry: str
    out_bytes: int
    include: tuple[Path, ...] = ()
    extra_sources: tuple[Path, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a program costs on one core; sizes in bytes, `ram` is static.

    `outputs` has one entry a row; instructions and cycles come from `costed` of them.
    """

    flash: int
    ram: int
    stack: int
    instructions: Spread
    cycles: Spread
    costed: int
    outputs: tuple[bytes, ...]


def compiler_options(board: Board) -> tuple[str, ...]:
    """What decides the figures of every tool on this board's core."""
    return (*target_flags(board), OPTIMIZATION, "-Wl,--gc-sections", "--specs=nano.specs")


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_BUILD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"does not compile: gave up after {_BUILD_SECONDS} s") from error
    except OSError as error:
        raise ToolError(f"does not compile: {command[0]} cannot be started") from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "error" in line] or ["no message"]
        raise ToolError("does not compile: " + lines[0].split("error:")[-1].strip())


def build(program: Contender, board: Board, folder: Path) -> Path:
    """Compile and link into `folder`; the ELF. Raises `ToolError`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in program.sources.items():
        (folder / name).write_text(text, encoding="utf-8")
    units = [folder / name for name in program.sources if name.endswith((".c", ".cpp"))]
    includes = [f"-I{path}" for path in (folder, *program.include)]
    objects = []
    for number, unit in enumerate((*units, *program.extra_sources)):
        cxx = unit.suffix == ".cpp"
        target = folder / f"{number}.o"
        compiler = GCC.replace("gcc", "g++") if cxx else GCC
        options = [*target_flags(board), *_COMMON, *(_CXX if cxx else ()), *program.flags]
        _run([compiler, *options, *includes, "-c", str(unit), "-o", str(target)])
        objects.append(str(target))
    script, elf = folder / "link.ld", folder / "program.elf"
    script.write_text(_LAYOUT, encoding="utf-8")
    layout = ["-T", str(script), f"-Wl,-e,{program.entry}"]
    _run([GCC, *target_flags(board), *_LINK, *layout, *objects, "-lm", "-o", str(elf)])
    return elf


def _sizes(elf: Path) -> tuple[int, int]:
    loaded = [section for section in Elf.read(elf).sections if section.loaded]
    ram = sum(s.size for s in loaded if s.address >= _MEMORIES["ram"][0])
    return sum(len(s.data) for s in loaded), ram


def measure_program(
    program: Contender,
    board: Board,
    rows: npt.NDArray[np.generic],
    folder: Path,
    *,
    costed: int | None = None,
) -> Figures:
    """Build `program` and call it on each of `rows` on the core of `board`.

    Cycles are counted on `costed` rows spread over all of them, or on all. Raises `ToolError`.
    """
    elf = build(program, board, folder)
    try:
        return _measure(elf, program, board, rows, min(costed or len(rows), len(rows)))
    except VerificationError as error:
        raise ToolError(f"does not run: {error.message}") from error


def _measure(
    elf: Path, program: Contender, board: Board, rows: npt.NDArray[np.generic], costed: int
) -> Figures:
    data = [np.ascontiguousarray(row).tobytes() for row in rows]
    sample = [data[i * len(data) // costed] for i in range(costed)]
    n = program.out_bytes
    request = {
        "do": "measure",
        "symbol": program.entry,
        "in_bytes": len(data[0]),
        "out_bytes": n,
        "limit_s": _SECONDS_AT_ONCE,
    }
    stack, outputs = 0, bytearray()
    with UnicornProcess(elf, board, memories=_MEMORIES) as process:
        process.prepare()
        counts = process.ask(request, b"".join(sample))[0]
        for start in range(0, len(data), _ROWS_AT_ONCE):
            part = data[start : start + _ROWS_AT_ONCE]
            header, body = process.ask({**request, "counted": 0}, b"".join(part))
            if any(header["statuses"]):
                raise ToolError("an input was refused")
            stack = max(stack, header["stack_bytes"])
            outputs += body
    flash, ram = _sizes(elf)
    return Figures(
        flash=flash,
        ram=ram,
        stack=stack,
        instructions=Spread.of(counts["instructions"]),
        cycles=Spread.of(counts["cycles"]),
        costed=costed,
        outputs=tuple(bytes(outputs[i : i + n]) for i in range(0, len(outputs), n)),
    )
