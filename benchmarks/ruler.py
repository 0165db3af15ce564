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

import numpy as np
import numpy.typing as npt
from elftools.elf.elffile import ELFFile
from unicorn import arm_const

from thumbling.errors import ThumblingError
from thumbling_hil.cost import measure
from thumbling_hil.symbols import Image
from thumbling_hil.unicorn_machine import Machine, MachineSpec

CORES: Mapping[str, tuple[str, ...]] = {
    "m4": ("-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"),
    "m0plus": ("-mcpu=cortex-m0plus", "-mthumb", "-mfloat-abi=soft"),
}
COMPILER = "arm-none-eabi-gcc"
_FLASH, _RAM = (0x08000000, 8 << 20), (0x20000000, 1 << 20)
_COMMON = ("-Os", "-ffunction-sections", "-fdata-sections", "-fno-common", "-w")
_CXX = ("-std=gnu++17", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics")
_LINK = ("-nostartfiles", "--specs=nano.specs", "--specs=nosys.specs", "-Wl,--gc-sections")
_LAYOUT = f"""\
MEMORY {{
  FLASH (rx) : ORIGIN = {_FLASH[0]}, LENGTH = {_FLASH[1]}
  RAM (rwx) : ORIGIN = {_RAM[0]}, LENGTH = {_RAM[1] // 2}
}}
SECTIONS {{
  .text : {{ *(.text .text.* .glue_7*) }} > FLASH
  .rodata : {{ *(.rodata .rodata.*) }} > FLASH
  .ARM.extab : {{ *(.ARM.extab*) }} > FLASH
  .ARM.exidx : {{ *(.ARM.exidx*) }} > FLASH
  .data : {{ *(.data .data.*) }} > RAM AT > FLASH
  .bss (NOLOAD) : {{ *(.bss .bss.* COMMON) }} > RAM
  end = .;
}}
"""
_BUILD_SECONDS = 300


class BenchError(Exception):
    """A tool's C does not compile, does not run, or does not support the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """C or C++ to measure: `entry(const void *x, void *out)` writes `out_bytes`."""

    sources: Mapping[str, str]
    entry: str
    out_bytes: int
    include: tuple[Path, ...] = ()
    extra_sources: tuple[Path, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a program costs on one core; sizes in bytes."""

    flash: int
    ram: int
    stack: int
    cycles: float
    instructions: float
    outputs: tuple[bytes, ...]


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_BUILD_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"the compiler ran past {_BUILD_SECONDS} s") from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "error" in line] or ["no message"]
        raise BenchError("does not compile: " + lines[0].split("error:")[-1].strip())


def build(program: Program, core: str, folder: Path) -> Path:
    """Compile and link into `folder`; the ELF. Raises BenchError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in program.sources.items():
        (folder / name).write_text(text, encoding="utf-8")
    units = [folder / name for name in program.sources if name.endswith((".c", ".cpp"))]
    includes = [f"-I{path}" for path in (folder, *program.include)]
    objects = []
    for number, unit in enumerate((*units, *program.extra_sources)):
        cxx = unit.suffix == ".cpp"
        target = folder / f"{number}.o"
        compiler = COMPILER.replace("gcc", "g++") if cxx else COMPILER
        options = [*CORES[core], *_COMMON, *(_CXX if cxx else ()), *program.flags, *includes]
        _run([compiler, *options, "-c", str(unit), "-o", str(target)])
        objects.append(str(target))
    (folder / "link.ld").write_text(_LAYOUT, encoding="utf-8")
    elf = folder / "program.elf"
    layout = ["-T", str(folder / "link.ld"), f"-Wl,-e,{program.entry}"]
    _run([COMPILER, *CORES[core], *_LINK, *layout, *objects, "-lm", "-o", str(elf)])
    return elf


def _sizes(elf: Path) -> tuple[int, int]:
    flash = ram = 0
    with elf.open("rb") as file:
        for section in ELFFile(file).iter_sections():
            if not section["sh_flags"] & 2:
                continue
            in_ram = section["sh_addr"] >= _RAM[0]
            ram += section["sh_size"] if in_ram else 0
            flash += 0 if section["sh_type"] == "SHT_NOBITS" else section["sh_size"]
    return flash, ram


def _machine(elf: Path, core: str) -> Machine:
    spec = MachineSpec(
        core={"m4": "cortex-m4", "m0plus": "cortex-m0plus"}[core],
        fpu=core == "m4",
        flash=_FLASH,
        ram=_RAM,
        uart_kind="usart_v1",
        uart_base=0x40004400,
    )
    machine = Machine(Image(elf), spec)
    # No startup code copies initial values to RAM here.
    with elf.open("rb") as file:
        for section in ELFFile(file).iter_sections():
            if section["sh_flags"] & 2 and section["sh_type"] != "SHT_NOBITS":
                machine.uc.mem_write(section["sh_addr"], section.data())
    machine.uc.reg_write(arm_const.UC_ARM_REG_SP, _RAM[0] + _RAM[1])
    return machine


def measure_program(
    program: Program, core: str, rows: npt.NDArray[np.generic], folder: Path
) -> Figures:
    """Build `program` and call it on each of `rows` on `core`. Raises BenchError."""
    elf = build(program, core, folder)
    flash, ram = _sizes(elf)
    data = [np.ascontiguousarray(row).tobytes() for row in rows]
    try:
        machine = _machine(elf, core)
        counts, body = measure(
            machine, program.entry, b"".join(data), len(data[0]), program.out_bytes
        )
    except ThumblingError as error:
        raise BenchError(str(error)) from error
    if any(counts["statuses"]):
        raise BenchError("an input was refused")
    n = program.out_bytes
    return Figures(
        flash=flash,
        ram=ram,
        stack=counts["stack_bytes"],
        cycles=float(np.mean(counts["cycles"])),
        instructions=float(np.mean(counts["instructions"])),
        outputs=tuple(body[i * n : (i + 1) * n] for i in range(len(data))),
    )
