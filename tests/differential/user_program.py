# SPDX-License-Identifier: MIT
"""A C program around generated models, which counts the rows that each answers wrongly."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from thumbling.pipeline import Compilation

WARNINGS = (
    *("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion"),
    *("-Wshadow", "-Wdouble-promotion", "-Wundef", "-Werror"),
)


def tool(name: str) -> str:
    """The path of a program; skips where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: apt install {name}")
    return found


def run(*command: str | Path) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _c_bytes(rows: bytes) -> str:
    return ",".join(map(str, rows))


def _vectors(compiled: Compilation) -> str:
    """C arrays: stored inputs and expected outputs, aligned as their types."""
    name, rows = compiled.c.name, len(compiled.vectors)
    assert rows >= 10
    return (
        f"static const union {{ uint8_t b[{rows * compiled.c.in_bytes}]; int64_t align; }}"
        f" {name}_in = {{{{{_c_bytes(compiled.vectors.tobytes())}}}}};\n"
        f"static const uint8_t {name}_expected[] ="
        f" {{{_c_bytes(b''.join(compiled.expected_bytes))}}};\n"
    )


def _checker(compiled: Compilation) -> str:
    """A C function that counts the rows whose answer is wrong."""
    model, name = compiled.c, compiled.c.name
    return (
        f"static int {name}_wrong(void)\n{{\n    int wrong = 0;\n"
        f"    for (unsigned i = 0; i < {len(compiled.vectors)}U; i++) {{\n"
        f"        {name}_output_t out;\n"
        f"        const {name.upper()}_INPUT_T *x = (const {name.upper()}_INPUT_T *)"
        f"(const void *)({name}_in.b + i * {model.in_bytes}U);\n"
        f"        wrong += {name}_predict(x, &out) != THB_OK\n"
        f"            || memcmp(&out, {name}_expected + i * {model.out_bytes}U, sizeof out) != 0;\n"
        "    }\n    return wrong;\n}\n"
    )


def program(compilations: Sequence[Compilation], main: str) -> str:
    """A file with `<name>_wrong()` for each model, then `main`."""
    headers = "".join(f'#include "{c.c.name}.h"\n' for c in compilations)
    parts = [_vectors(c) + _checker(c) for c in compilations]
    return f"#include <stdio.h>\n#include <string.h>\n{headers}" + "".join(parts) + main
