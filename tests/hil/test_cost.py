# SPDX-License-Identifier: MIT
"""The cycle model on small known blocks, and measured costs against single-stepping."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from thumbling.boards import Board
from thumbling.errors import InternalError, UsageError, VerificationError
from thumbling_hil.cost import measure_cost

pytest.importorskip(
    "capstone", reason="Capstone is not installed: pip install 'thumbling[emulator]'"
)
unicorn: Any = pytest.importorskip(
    "unicorn", reason="Unicorn is not installed: pip install 'thumbling[emulator]'"
)

from thumbling_hil.cost_model import CycleModel  # noqa: E402
from thumbling_hil.symbols import Image  # noqa: E402
from thumbling_hil.unicorn_machine import Machine, MachineSpec  # noqa: E402

Vectors = tuple[npt.NDArray[np.int16], list[bytes]]

# Thumb code, core, cycles when the last branch is taken.
BLOCKS = [
    ("7047", "cortex-m0", 3),  # bx lr
    ("7047", "cortex-m0plus", 2),
    ("7047", "cortex-m4", 2),
    ("0168 7047", "cortex-m0", 2 + 3),  # ldr r1, [r0]; bx lr
    ("0168 4268 7047", "cortex-m4", 2 + 1 + 2),  # ldr r1, [r0]; ldr r2, [r0, #4]: overlap
    ("0168 4a68 7047", "cortex-m4", 2 + 2 + 2),  # ldr r1, [r0]; ldr r2, [r1, #4]: it waits
    ("0160 4268 7047", "cortex-m4", 1 + 3 + 2),  # str r1, [r0]; ldr r2, [r0, #4]
    ("8150 7047", "cortex-m4", 2 + 2),  # str r1, [r0, r2]
    ("0030 0168 7047", "cortex-m4", 1 + 3 + 2),  # adds r0, #0; ldr r1, [r0]: late address
    ("f8bd", "cortex-m0", 4 + 6),  # pop {r3-r7, pc}: 4 + N
    ("f8bd", "cortex-m0plus", 3 + 6),
    ("f8bd", "cortex-m4", 1 + 6 + 2),
    ("f8b5 7047", "cortex-m4", 1 + 6 + 2),  # push {r3-r7, lr}
    ("00fb0123 7047", "cortex-m4", 1 + 2),  # mla
    ("00fb0123 7047", "cortex-m3", 2 + 2),
    ("80fb0123 7047", "cortex-m3", 4 + 2),  # smull
    ("80fb0123 7047", "cortex-m4", 1 + 2),
    ("b0fbf1f0 7047", "cortex-m4", 7 + 2),  # udiv
    ("80ee207a 7047", "cortex-m4", 14 + 2),  # vdiv.f32 s14, s0, s1
    ("30ee207a 37ee207a 7047", "cortex-m4", 1 + 2 + 2),  # vadd s14; vadd uses it at once
]


@pytest.mark.parametrize(("code", "core", "cycles"), BLOCKS)
def test_blocks(code: str, core: str, cycles: int) -> None:
    model = CycleModel(core)
    block = model.block(bytes.fromhex(code), 0x08000000)
    assert block.cycles(None, 0, model.timing) == cycles


@pytest.mark.parametrize("code", ["fed0", "08b1"])  # beq, cbz r0
def test_conditional_branch_costs_by_edge(code: str) -> None:
    model = CycleModel("cortex-m4")
    block = model.block(bytes.fromhex(code), 0x08000000)
    assert block.cycles(None, 0x08000002, model.timing) == 1
    assert block.cycles(None, 0x08000100, model.timing) == 2


def test_branch_to_an_unaligned_wide_instruction() -> None:
    model = CycleModel("cortex-m4")
    block = model.block(bytes.fromhex("7ee0"), 0x08000000)  # b 0x08000100
    wide = model.block(bytes.fromhex("00fb0123"), 0x08000102)
    aligned = model.block(bytes.fromhex("00fb0123"), 0x08000100)
    assert block.cycles(wide, 0x08000102, model.timing) == 3
    assert block.cycles(aligned, 0x08000100, model.timing) == 2


def test_code_that_is_none() -> None:
    with pytest.raises(InternalError, match="cannot be decoded"):
        CycleModel("cortex-m4").block(b"\x00\x68\xff", 0x08000000)


def test_core_without_model() -> None:
    with pytest.raises(UsageError, match="no cycle model of cortex-m55"):
        CycleModel("cortex-m55")


def _single_steps(elf: Path, board: Board, x: bytes) -> int:
    """Instructions of one call, counted by a hook on each instruction.

    The hook stays silent on what an IT instruction skips, so what IT covers is counted at IT.
    """
    spec = MachineSpec(
        core=board.core,
        fpu=board.fpu,
        flash=(board.flash_origin, board.flash_bytes),
        ram=(board.ram_origin, board.ram_bytes),
        uart_kind=board.uart.kind,
        uart_base=board.uart.base,
    )
    machine = Machine(Image(elf), spec)
    machine.boot()
    scratch = machine.map_scratch(64)
    machine.uc.mem_write(scratch, x)
    steps: list[int] = []
    machine.uc.hook_add(unicorn.UC_HOOK_CODE, lambda uc, at, size, data: steps.append(at))
    machine.uc.ctl_flush_tb()
    machine.call(machine.image.function_address("model_predict"), scratch, scratch + 32)
    covered: set[int] = set()
    count = 0
    for at in steps:
        count += at not in covered
        below = _covered(machine, at)
        covered |= below
        count += len(below)
    return count


def _covered(machine: Machine, at: int) -> set[int]:
    """Addresses of the instructions below the IT at `at`; none where that is no IT."""
    code = int.from_bytes(machine.uc.mem_read(at, 2), "little")
    mask = code & 0xF
    if code & 0xFF00 != 0xBF00 or mask == 0:
        return set()
    covered = set()
    at += 2
    for _ in range(4 - (mask & -mask).bit_length() + 1):
        covered.add(at)
        first = int.from_bytes(machine.uc.mem_read(at, 2), "little")
        at += 4 if first >> 11 in (0x1D, 0x1E, 0x1F) else 2
    return covered


def test_measured_cost(chip: tuple[Path, Board], vectors: Vectors) -> None:
    elf, board = chip
    xs = [row.tobytes() for row in vectors[0][:20]]
    cost = measure_cost(elf, board, "model_predict", xs, 8)
    assert list(cost.outputs) == vectors[1][:20]
    assert set(cost.statuses) == {0}
    steps = [_single_steps(elf, board, x) for x in xs[:5]]
    assert cost.instructions.max >= max(steps)
    assert measure_cost(elf, board, "model_predict", xs[:5], 8).instructions.mean == (
        sum(steps) / len(steps)
    )
    assert cost.cycles.mean > cost.instructions.mean
    # The function keeps a result of 8 bytes and at least r4 and lr there.
    assert 16 <= cost.stack_bytes <= 128
    mean_us, max_us = cost.latency_us(board)
    assert mean_us == pytest.approx(cost.cycles.mean * board.flash_factor / board.f_cpu_hz * 1e6)
    assert max_us >= mean_us


def test_unknown_symbol(chip: tuple[Path, Board]) -> None:
    with pytest.raises(VerificationError, match="holds no symbol nothing"):
        measure_cost(*chip, "nothing", [bytes(8)], 8)
