# SPDX-License-Identifier: MIT
"""Where tensors lie: arrays that are needed at different times share the stack, as planned."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.differential.mlp_graphs import Kind, random_mlp
from tests.differential.random_trees import as_compilation
from tests.differential.test_trees import SANITIZE, check

from thumbling.codegen import emit
from thumbling.codegen.module import schedule
from thumbling.ir import DType, Graph
from thumbling.schedule import plan_of
from thumbling.schedule.places import Array, share
from thumbling.vectors import make_vectors

KIND = Kind(x=DType.UINT8, weight=np.int8, hidden=DType.INT8)
WIDE = Kind(x=DType.INT16, weight=np.int8, hidden=DType.INT16, function="tanh")


def _net(kind: Kind, *sizes: int) -> Graph:
    return random_mlp("net", kind, sizes, np.random.default_rng(0))


def test_arrays_share_where_they_never_meet() -> None:
    def array(name: str, n_bytes: int, first: int, last: int) -> Array:
        return Array(tensor=name, n_bytes=n_bytes, first=first, last=last)

    # a is read when b is written; c is written when b is read, and a is free by then.
    chain = (array("a", 8, 0, 1), array("b", 20, 1, 2), array("c", 9, 2, 3), array("d", 4, 3, 4))
    slots = share(chain)
    assert [slot.tensors for slot in slots] == [("c", "a"), ("b", "d")]
    assert [slot.n_bytes for slot in slots] == [9, 20]
    # One that lives all along shares with none.
    slots = share((*chain, array("long", 1, 0, 4)))
    assert ("long",) in [slot.tensors for slot in slots]


def test_arrays_in_one_slot_never_meet_and_none_is_forgotten() -> None:
    rng = np.random.default_rng(1)
    for _ in range(300):
        firsts = rng.integers(0, 12, rng.integers(1, 10))
        needed = [
            Array(
                tensor=f"t{i}",
                n_bytes=int(rng.integers(1, 99)),
                first=int(first),
                last=int(first + rng.integers(0, 6)),
            )
            for i, first in enumerate(firsts)
        ]
        slots = share(needed)
        assert sorted(a.tensor for s in slots for a in s.arrays) == sorted(a.tensor for a in needed)
        for slot in slots:
            assert slot.n_bytes == max(a.n_bytes for a in slot.arrays)
            ordered = sorted(slot.arrays, key=lambda a: a.first)
            assert all(a.last < b.first for a, b in pairwise(ordered))


def test_dead_activations_make_room() -> None:
    program = schedule(_net(KIND, 20, 60, 50, 40, 10, 3), "size")
    assert [slot.tensors for slot in program.slots] == [("h0", "h2"), ("h1", "h3")]
    assert program.stack == 60 + 50 + max(call.stack for call in program.calls)
    text = emit(program.graph, "size").files["net.c"]
    assert "    union {\n        int8_t h0[60];\n        int8_t h2[40];\n    } h0_shared;\n" in text
    assert "net_sum1_run(h0_shared.h0, h1_shared.h1);" in text
    assert "h0 and h2 share 60 B" in str(program)


def test_a_function_of_activations_lies_where_they_lay() -> None:
    program = schedule(_net(WIDE, 5, 40, 3), "balanced")
    assert program.places["h0"] == program.places["h0_f"]
    assert [slot.tensors for slot in program.slots] == [("h0_f",)]
    assert "int16_t h0_f[40];" in emit(program.graph, "balanced").files["net.c"]


def test_the_plan_names_every_tensor_and_kernel() -> None:
    program = schedule(_net(KIND, 20, 60, 50, 40, 3), "size")
    plan = plan_of(program)
    assert [t.name for t in plan.tensors] == ["x", *program.graph.tensors]
    at = {t.name: t for t in plan.tensors}
    assert (at["x"].place, at["x"].type, at["x"].n_bytes) == ("input", "uint8", 20)
    assert (at["sum0"].place, at["sum0"].at) == ("kernel", "dense_blocks")
    assert (at["h0"].place, at["h0"].type, at["h0"].n_bytes) == ("stack", "int8", 60)
    assert (at["h0"].shares, at["h2"].shares, at["h1"].shares) == (("h2",), ("h0",), ())
    assert (at["score"].place, at["label"].at) == ("output", "label")
    assert [k.computes for k in plan.kernels] == [
        *(("sum0", "h0"), ("sum1", "h1"), ("sum2", "h2"), ("score",), ("label",))
    ]
    assert plan.stack_bytes == program.stack
    assert plan.stack_goal == 128


@pytest.mark.parametrize("kind", [KIND, WIDE], ids=["int8", "int16"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_shared_memory_holds_what_is_needed(compiler: str, kind: Kind, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    graph = _net(kind, 9, 30, 31, 29, 32, 7, 4)
    rows = make_vectors(graph, None, count=100)
    check(as_compilation(graph, rows, "balanced"), tmp_path, compiler, "-O2", *SANITIZE)
