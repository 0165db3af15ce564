# SPDX-License-Identifier: MIT
"""The ruler on programs whose sizes, outputs and faults are known."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from thumbling.boards import load_board
from thumbling.peers.ruler import Contender, ToolError, build, measure_program
from thumbling.peers.subject import Generated, cast

for _package in ("unicorn", "capstone"):
    pytest.importorskip(_package, reason="needs the emulator: pip install 'thumbling[emulator]'")
if shutil.which("arm-none-eabi-gcc") is None:
    pytest.skip("arm-none-eabi-gcc is not installed", allow_module_level=True)

BOARDS = ("nucleo_f401re", "nucleo_g071rb")
TABLE = """
#include <stdint.h>
static const int32_t table[25] = {%s};
static int32_t scratch[10];
static int32_t offset[2] = {1000, 2000};
int32_t never_called(void) { return table[3] * 7; }
int32_t entry(const int16_t *x, int32_t *out)
{
    for (int i = 0; i < 10; i++) { ((volatile int32_t *)scratch)[i] = x[0]; }
    out[0] = table[x[0]] + ((volatile int32_t *)offset)[x[1]];
    out[1] = ((volatile int32_t *)scratch)[9];
    return 0;
}
"""


def _program(source: str, out_bytes: int = 8, **more: Any) -> Contender:
    return Contender(sources={"m.c": source}, entry="entry", out_bytes=out_bytes, **more)


@pytest.mark.parametrize("board", BOARDS)
def test_sizes_outputs_and_costs(board: str, tmp_path: Path) -> None:
    program = _program(TABLE % ", ".join(str(i * i) for i in range(25)))
    rows = np.array([[i % 25, i % 2] for i in range(600)], dtype=np.int16)
    figures = measure_program(program, load_board(board), rows, tmp_path, costed=7)
    said = Generated(program=program, rows=rows, dtype="<i4").answers(figures.outputs, 2)
    expected = [[(i % 25) ** 2 + 1000 * (i % 2 + 1), i % 25] for i in range(600)]
    assert said.tolist() == expected
    assert figures.ram == 40 + 8
    # Constants, initial values and some code; what nobody calls is gone.
    assert 100 + 8 + 20 < figures.flash < 100 + 8 + 100
    assert figures.costed == 7
    # Ten stores of at least two cycles are the least.
    assert figures.cycles.max >= figures.cycles.mean >= 20
    assert 0 <= figures.stack <= 32


def test_a_library_function_counts(tmp_path: Path) -> None:
    source = "#include <math.h>\nint entry(const double *x, double *out)\n{ *out = %s; return 0; }"
    board = load_board("nucleo_f401re")
    rows = np.array([[0.25], [1.0]])
    plain = measure_program(_program(source % "x[0] * 2"), board, rows, tmp_path / "a")
    exponential = measure_program(_program(source % "exp(x[0])"), board, rows, tmp_path / "b")
    said = Generated(program=_program(""), rows=rows, dtype="<f8", scale=(2.0,))
    # The C library's exp against NumPy's: neither is ours, nor exactly rounded.
    assert np.allclose(said.answers(exponential.outputs, 1)[:, 0], 2 * np.exp(rows[:, 0]))
    assert exponential.flash > plain.flash + 1000
    assert exponential.cycles.mean > plain.cycles.mean + 100


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return nothing;", "does not compile: .*nothing"),
        ("return missing();", "does not compile: "),
        ("*(volatile int *)0x90000000 = 1; return 0;", "does not run: .*0x90000000"),
        ("*(volatile char *)entry = 1; return 0;", "does not run: "),
        ("__builtin_trap(); return 0;", "does not run: "),
        ("volatile int deep[99]; deep[0] = 1; return entry(x, out) + deep[0];", "does not run: "),
        ("static int n; *(int *)out = n++; return 0;", "does not run: .*two answers"),
        ("return 1;", "an input was refused"),
    ],
)
def test_what_goes_wrong_is_said(body: str, reason: str, tmp_path: Path) -> None:
    program = _program(f"int entry(const void *x, void *out)\n{{ {body} }}\n")
    rows = np.zeros((2, 1), dtype=np.int32)
    with pytest.raises(ToolError, match=reason) as caught:
        measure_program(program, load_board("nucleo_g071rb"), rows, tmp_path)
    assert caught.value.status == "failed"
    assert "\n" not in caught.value.message


def test_the_link_has_one_root(tmp_path: Path) -> None:
    from thumbling_hil.emulator.symbols import Image

    elf = build(_program(TABLE % "0"), load_board("nucleo_f401re"), tmp_path)
    names = {function.name for function in Image(elf).functions}
    assert "entry" in names
    assert "never_called" not in names


def test_cast_is_that_of_c() -> None:
    rows = np.array([[2.9, -2.9, 40000.0, -1e9]])
    assert cast(rows, "int16").tolist() == [[2, -2, 32767, -32768]]
    assert cast(rows, "uint8").tolist() == [[2, 0, 255, 0]]
    assert cast(rows, "float32").tolist() == rows.astype(np.float32).tolist()
    assert cast(rows, "int16").dtype == np.int16
