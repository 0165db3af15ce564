# SPDX-License-Identifier: MIT
"""Dense layers whose sums touch the ends of their accumulators: hosts, sanitizers, Arm cores."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from tests.differential.dense_cases import Case, cases

from thumbling.codegen.module import emit
from thumbling.reference.evaluate import evaluate, pack_outputs
from thumbling.resources import data_dir

CASES = cases()
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


def _write(optimize: str, folder: Path) -> str:
    """All models in `folder`; C that includes them, since one long unit compiles fastest."""
    includes = ""
    for case in CASES:
        for name, text in emit(case.graph, optimize).files.items():
            (folder / name).write_text(text, encoding="utf-8")
        includes += f'#include "{case.graph.name}.c"\n'
    return includes


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


def test_the_reference_is_exact() -> None:
    for case in CASES:
        outputs, _ = evaluate(case.graph, case.rows)
        assert pack_outputs(case.graph, outputs) == list(case.expected)


def test_some_results_saturate() -> None:
    """Both ends, and results that stay between them, of the same layers."""
    ends = {-(2**31), 2**31 - 1}
    for case in CASES:
        if case.graph.ops[0].saturate and len(case.graph.outputs) == 2:  # type: ignore[attr-defined]
            scores = evaluate(case.graph, case.rows)[0]["score"]
            assert ends & set(scores.ravel().tolist())
            assert not np.isin(scores, list(ends)).all()


def test_sums_reach_the_ends_of_the_accumulator() -> None:
    """The cases are as hard as they claim, for all kinds of input."""
    reached = set()
    for case in CASES:
        dense = case.graph.ops[0]
        weight, bias = dense.weight.astype(object), dense.bias.astype(object)  # type: ignore[attr-defined]
        sums = case.rows.astype(object) @ weight.T + bias
        bits = dense.accumulator_bits  # type: ignore[attr-defined]
        limit = 2**31 - 1 if bits == 32 else 2**62
        assert np.abs(sums).max() <= limit
        if np.abs(sums).max() > limit * 0.999:
            reached.add((case.graph.input.dtype, bits))
    assert len(reached) >= 4


@pytest.mark.parametrize("optimize", OPTIMIZE)
@pytest.mark.parametrize("host", HOSTS)
def test_hosts(host: str, optimize: str, tmp_path: Path) -> None:
    compiler, *flags = HOSTS[host]
    models = _write(optimize, tmp_path)
    calls = "".join(f"    {case.graph.name}_check();\n" for case in CASES)
    main = f"{models}#include <stdio.h>\n#include <string.h>\n" + "".join(map(_checker, CASES))
    main += f"int main(void)\n{{\n{calls}    return 0;\n}}\n"
    (tmp_path / "main.c").write_text(main, encoding="utf-8")
    _run(
        *(_tool(compiler), *WARNINGS, *flags, INCLUDE, f"-I{tmp_path}"),
        *(tmp_path / "main.c", "-o", tmp_path / "a.out"),
    )
    assert _run(tmp_path / "a.out") == ""


def _image(models: str, core: str, compiler: tuple[str, ...], folder: Path) -> Path:
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
        *("-T", folder / "link.ld", f"-Wl,-e,{CASES[0].graph.name}_predict"),
        *(folder / "all.o", "-o", elf),
    )
    return elf


def _check_in_unicorn(elf: Path, core: str) -> None:
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
    for case in CASES:
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


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("core", CORES)
def test_gcc_on_arm_cores(core: str, level: str, tmp_path: Path) -> None:
    models = _write({"-Os": "size", "-O3": "speed"}.get(level, "balanced"), tmp_path)
    elf = _image(models, core, ("arm-none-eabi-gcc", *LEVELS[level]), tmp_path)
    _check_in_unicorn(elf, core)


@pytest.mark.parametrize("level", ["-Os", "-O0"])
@pytest.mark.parametrize("core", CORES)
def test_clang_on_arm_cores(core: str, level: str, tmp_path: Path) -> None:
    clang = ("clang", "--target=arm-none-eabi", "-mfloat-abi=soft", "-ffreestanding", level)
    elf = _image(_write("speed", tmp_path), core, clang, tmp_path)
    _check_in_unicorn(elf, core)
