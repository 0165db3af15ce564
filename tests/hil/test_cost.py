# SPDX-License-Identifier: MIT
"""Measured costs against single-stepping."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from thumbling.boards import Board
from thumbling.errors import VerificationError
from thumbling_hil.cost import measure_cost

pytest.importorskip(
    "capstone", reason="Capstone is not installed: pip install 'thumbling[emulator]'"
)
unicorn: Any = pytest.importorskip(
    "unicorn", reason="Unicorn is not installed: pip install 'thumbling[emulator]'"
)

from thumbling_hil.emulator.machine import Machine, MachineSpec  # noqa: E402
from thumbling_hil.emulator.symbols import Image  # noqa: E402

Vectors = tuple[npt.NDArray[np.int16], list[bytes]]


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
    time = cost.latency_us(board)
    us_per_cycle = board.flash_factor / board.f_cpu_hz * 1e6
    assert time.mean == cost.cycles.mean * us_per_cycle
    assert time.max == cost.cycles.max * us_per_cycle
    assert time.max >= time.mean


def test_unknown_symbol(chip: tuple[Path, Board]) -> None:
    with pytest.raises(VerificationError, match="holds no symbol nothing"):
        measure_cost(*chip, "nothing", [bytes(8)], 8)
