# SPDX-License-Identifier: MIT
"""Dense layers whose sums touch the ends of their accumulators: hosts, sanitizers, Arm cores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.differential.dense_cases import cases
from tests.differential.many_models import (
    CLANG,
    CORES,
    HOSTS,
    LEVELS,
    OPTIMIZE,
    check_on_core,
    check_on_host,
)

from thumbling.reference.evaluate import evaluate, pack_outputs

CASES = cases()


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


@pytest.mark.wide(2)
@pytest.mark.parametrize("optimize", OPTIMIZE)
@pytest.mark.parametrize("host", HOSTS)
def test_hosts(host: str, optimize: str, tmp_path: Path) -> None:
    check_on_host(CASES, host, optimize, tmp_path)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("core", CORES)
def test_gcc_on_arm_cores(core: str, level: str, tmp_path: Path) -> None:
    optimize = {"-Os": "size", "-O3": "speed"}.get(level, "balanced")
    check_on_core(CASES, optimize, core, ("arm-none-eabi-gcc", *LEVELS[level]), tmp_path)


@pytest.mark.parametrize("level", ["-Os", "-O0"])
@pytest.mark.parametrize("core", CORES)
def test_clang_on_arm_cores(core: str, level: str, tmp_path: Path) -> None:
    check_on_core(CASES, "speed", core, (*CLANG, level), tmp_path)
