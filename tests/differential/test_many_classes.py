# SPDX-License-Identifier: MIT
"""Labels of few and many sums: every layout of the sums, on trees that no training would give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from tests.differential.random_trees import (
    as_compilation,
    integer_graph,
    random_inputs,
    random_tree,
    with_labels,
)
from tests.differential.test_trees import SANITIZE, check

from thumbling.codegen import emit
from thumbling.ir import DType, Graph

_KEYS = (-1000, 1000)
_GROUPS = {
    "two": (2,),
    "a few": (7,),
    "sixteen": (16,),
    "seventeen": (17,),
    "one full pass of halves": (32,),
    "two passes": (33,),
    "uneven passes": (101,),
    "groups": (3, 2, 5),
    "groups in one pass": (9, 1, 12),
    "groups across passes": (20, 1, 2, 30, 16),
}


def _leaves(rng: np.random.Generator, form: str, width: int) -> npt.NDArray[np.int32]:
    """Rows of leaves; small numbers make ties, which the first class must win."""
    rows = 40
    if form == "pure":
        return np.asarray(2 * np.eye(width, dtype=np.int32))
    if form == "halves":
        return rng.integers(0, 4, size=(rows, width)).astype(np.int32)
    if form == "words":
        return (2**20 * rng.integers(0, 4, size=(rows, width))).astype(np.int32)
    if form == "signed":
        return rng.integers(-3, 3, size=(rows, width)).astype(np.int32)
    sparse = rng.integers(0, 4, size=(rows, width)).astype(np.int32)
    sparse[rng.random(sparse.shape) < 1 - 2 / width] = 0
    return sparse


def _graph(groups: tuple[int, ...], form: str, n_trees: int, *, alone: bool) -> Graph:
    rng = np.random.default_rng(3)
    leaf = _leaves(rng, form, sum(groups))
    trees = [random_tree(rng, 12, 6, _KEYS, len(leaf)) for _ in range(n_trees)]
    return with_labels(integer_graph(DType.INT16, 6, trees, leaf), groups, alone=alone)


@pytest.mark.parametrize("alone", [True, False], ids=["label", "all"])
@pytest.mark.parametrize("form", ["pure", "halves", "words", "signed", "sparse"])
@pytest.mark.parametrize("name", _GROUPS)
def test_labels(name: str, form: str, alone: bool, tmp_path: Path) -> None:
    graph = _graph(_GROUPS[name], form, 9, alone=alone)
    x = random_inputs(np.random.default_rng(4), graph, _KEYS)
    for optimize, cc in (("size", "gcc"), ("speed", "clang")):
        folder = tmp_path / optimize
        folder.mkdir()
        check(as_compilation(graph, x, optimize), folder, cc, "-O1", *SANITIZE)


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("name", ["a few", "uneven passes", "groups across passes"])
def test_one_tree(name: str, optimize: str, tmp_path: Path) -> None:
    graph = _graph(_GROUPS[name], "signed", 1, alone=True)
    x = random_inputs(np.random.default_rng(4), graph, _KEYS)
    check(as_compilation(graph, x, optimize), tmp_path, "gcc", "-O2")


def test_the_cases_reach_every_layout() -> None:
    """A pass and several, halves and words, straight code with labels, with joins and in a loop."""

    def source(name: str, form: str, optimize: str) -> str:
        return emit(_graph(_GROUPS[name], form, 9, alone=True), optimize).files["m.c"]

    assert "uint16_t votes[32];" in source("one full pass of halves", "halves", "size")
    assert "uint16_t votes[17];" in source("two passes", "pure", "size")
    assert "int32_t votes[15];" in source("uneven passes", "words", "size")
    assert "m_end[group]" in source("groups across passes", "sparse", "size")
    assert "tree1_row" in source("seventeen", "pure", "speed")
    assert "row = m_leaf + m_tree1(x);" in source("seventeen", "halves", "speed")
    assert "switch (i) {" in source("uneven passes", "halves", "speed")
