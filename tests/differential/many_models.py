# SPDX-License-Identifier: MIT
"""Many small models in one C file, since one long unit compiles fastest: hosts and Arm cores."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from thumbling.codegen.module import emit
from thumbling.ir import Graph
from thumbling.resources import data_dir


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A graph, stored rows and the bytes the C must answer."""

    graph: Graph
    rows: npt.NDArray[np.generic]
    expected: tuple[bytes, ...]


OPTIMIZE = ("size", "balanced", "speed")
WARNINGS = (
    *("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wsign-conversion"),
    *("-Wshadow", "-Wdouble-promotion", "-Wundef", "-Werror"),
)
INCLUDE = f"-I{data_dir('runtime_c') / 'include'}"
SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
HOSTS = {
    "gcc -O0": ("gcc", "-O0"),
    "gcc -O3": ("gcc", "-O3"),
    "gcc -O1, sanitizers": ("gcc", "-O1", *SANITIZE),
    "clang -O2, sanitizers": ("clang", "-O2", *SANITIZE),
    "clang -O0, portable": ("clang", "-O0", "-DTHB_NO_INTRINSICS"),
}
CORES = {
    "cortex-m0plus": ("-mcpu=cortex-m0plus",),
    "cortex-m3": ("-mcpu=cortex-m3",),
    "cortex-m4": ("-mcpu=cortex-m4",),
}
LEVELS = {
    "-Os": ("-Os",),
    "-O0": ("-O0",),
    "-O3": ("-O3",),
    "-Os, portable": ("-Os", "-DTHB_NO_INTRINSICS"),
}
CLANG = ("clang", "--target=arm-none-eabi", "-mfloat-abi=soft", "-ffreestanding")
LAYOUT = """\
SECTIONS {
  .text 0x08000000 : { *(.text .text.* .rodata .rodata.*) }
  .data 0x20000000 : { *(.data .data.* .bss .bss.* COMMON) }
}
"""


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: apt install {name}")
    return found


def _run(*command: str | Path) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def _write(cases: Sequence[Case], optimize: str, folder: Path) -> str:
    """All models in `folder`; C that includes them, and what they need of the runtime."""
    includes, runtime = "", set[str]()
    for case in cases:
        model = emit(case.graph, optimize)
        for name, text in model.files.items():
            (folder / name).write_text(text, encoding="utf-8")
        includes += f'#include "{case.graph.name}.c"\n'
        runtime |= {path for path in model.runtime_files if path.endswith(".c")}
    shared = "".join(f'#include "{data_dir("runtime_c") / path}"\n' for path in sorted(runtime))
    return shared + includes


def _bytes(data: bytes) -> str:
    return ",".join(map(str, data))


def _checker(case: Case) -> str:
    """C that prints how many rows of a case are wrong."""
    name, graph = case.graph.name, case.graph
    return (
        f"static const union {{ uint8_t b[{case.rows.nbytes}]; int64_t align; }} {name}_in"
        f" = {{{{{_bytes(case.rows.tobytes())}}}}};\n"
        f"static const uint8_t {name}_out[] = {{{_bytes(b''.join(case.expected))}}};\n"
        f"static void {name}_check(void)\n{{\n"
        f"    for (unsigned i = 0; i < {len(case.rows)}U; i++) {{\n"
        f"        {name}_output_t out;\n"
        f"        const void *x = {name}_in.b + i * {graph.input.n_bytes}U;\n"
        f"        if ({name}_predict(x, &out) != THB_OK\n"
        f"            || memcmp(&out, {name}_out + i * sizeof out, sizeof out) != 0) {{\n"
        f'            printf("{name} row %u\\n", i);\n'
        "        }\n    }\n}\n"
    )


def check_on_host(cases: Sequence[Case], host: str, optimize: str, folder: Path) -> None:
    """Every row of every case by a compiler of `HOSTS`."""
    compiler, *flags = HOSTS[host]
    models = _write(cases, optimize, folder)
    calls = "".join(f"    {case.graph.name}_check();\n" for case in cases)
    main = f"{models}#include <stdio.h>\n#include <string.h>\n" + "".join(map(_checker, cases))
    main += f"int main(void)\n{{\n{calls}    return 0;\n}}\n"
    (folder / "main.c").write_text(main, encoding="utf-8")
    _run(
        *(_tool(compiler), *WARNINGS, *flags, INCLUDE, f"-I{folder}"),
        *(folder / "main.c", "-o", folder / "a.out"),
    )
    assert _run(folder / "a.out") == ""


def check_on_core(
    cases: Sequence[Case], optimize: str, core: str, compiler: tuple[str, ...], folder: Path
) -> None:
    """Every row of every case, compiled for a core of `CORES` and run in Unicorn."""
    elf = _image(cases, _write(cases, optimize, folder), core, compiler, folder)
    _check_in_unicorn(cases, elf, core)


def _image(
    cases: Sequence[Case], models: str, core: str, compiler: tuple[str, ...], folder: Path
) -> Path:
    """An image that holds all models and what they need of libgcc; it has no startup."""
    (folder / "all.c").write_text(models, encoding="utf-8")
    (folder / "link.ld").write_text(LAYOUT, encoding="utf-8")
    _run(
        *(_tool(compiler[0]), *compiler[1:], *CORES[core], "-mthumb", *WARNINGS),
        *(INCLUDE, f"-I{folder}", "-c", folder / "all.c", "-o", folder / "all.o"),
    )
    elf = folder / "image.elf"
    _run(
        *(_tool("arm-none-eabi-gcc"), *CORES[core], "-mthumb", "-nostartfiles"),
        *("-T", folder / "link.ld", f"-Wl,-e,{cases[0].graph.name}_predict"),
        *(folder / "all.o", "-o", elf),
    )
    return elf


def _check_in_unicorn(cases: Sequence[Case], elf: Path, core: str) -> None:
    arm_const = pytest.importorskip(
        "unicorn.arm_const", reason="Unicorn is not installed: pip install 'thumbling[emulator]'"
    )
    from thumbling_hil.emulator.machine import Machine, MachineSpec
    from thumbling_hil.emulator.symbols import Image

    spec = MachineSpec(
        core=core,
        fpu=False,
        flash=(0x08000000, 1 << 20),
        ram=(0x20000000, 1 << 16),
        uart_kind="usart_v1",
        uart_base=0x40004400,
    )
    machine = Machine(Image(elf), spec)
    top = 0x20000000 + (1 << 16)
    scratch = machine.map_scratch(8192)
    for case in cases:
        address = machine.image.function_address(f"{case.graph.name}_predict")
        for row, expected in zip(case.rows, case.expected, strict=True):
            # Rows are aligned as their type asks and no better.
            x = scratch + row.dtype.itemsize
            machine.uc.mem_write(x, row.tobytes())
            machine.uc.reg_write(arm_const.UC_ARM_REG_SP, top)
            saved = _callee_saved(machine, arm_const)
            assert machine.call(address, x, scratch + 4096) == 0
            assert bytes(machine.uc.mem_read(scratch + 4096, len(expected))) == expected
            assert _callee_saved(machine, arm_const) == saved


def _callee_saved(machine: object, const: object) -> list[int]:
    """r4..r11 and sp: what a function must leave as it was."""
    names = [f"UC_ARM_REG_R{n}" for n in range(4, 12)] + ["UC_ARM_REG_SP"]
    read = machine.uc.reg_read  # type: ignore[attr-defined]
    return [read(getattr(const, name)) for name in names]
