# SPDX-License-Identifier: MIT
"""Ensembles in C: compilers of the host, sanitizers and the emulated chip say what the reference
does."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.differential.chip import run_on_core
from tests.differential.ensembles import MODELS
from tests.differential.meta_cases import compiled, same_in_c
from tests.differential.test_trees import SANITIZE

_KINDS = ("float32", "int8", "int16")


@pytest.mark.wide(3)
@pytest.mark.parametrize("turn", range(2))
@pytest.mark.parametrize("name", MODELS)
def test_gcc(name: str, turn: int, tmp_path: Path) -> None:
    """Each model with two of the input types in turn."""
    kind = _KINDS[(list(MODELS).index(name) + turn) % len(_KINDS)]
    same_in_c(compiled(*MODELS[name], kind), tmp_path)


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize(
    "name", ["soft", "hard", "rest", "calibrated classes", "stacked", "targets"]
)
def test_clang_with_sanitizers(name: str, optimize: str, tmp_path: Path) -> None:
    made = compiled(*MODELS[name], "float32", optimize=optimize)
    same_in_c(made, tmp_path, "clang", "-O0", *SANITIZE)


@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4"])
@pytest.mark.parametrize("name", ["soft", "hard trees", "calibrated", "stacked", "target"])
def test_on_the_chip(name: str, core: str, tmp_path: Path) -> None:
    made = compiled(*MODELS[name], "int16")
    cost = run_on_core(made.c, made.vectors[::9], core, tmp_path, ("-Os",))
    assert list(cost.outputs) == made.expected_bytes[::9]
