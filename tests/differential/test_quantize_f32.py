# SPDX-License-Identifier: MIT
"""float to fixed point where it is decided: C on hosts and cores against the reference."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.differential.chip import BOARD_OF_CORE, run_on_core
from tests.differential.edges import SHIFTS, edge_rows, quantize_graph

from thumbling.codegen import emit
from thumbling.reference.evaluate import evaluate, pack_outputs
from thumbling.resources import data_dir
from thumbling.vectors import make_vectors
from thumbling_hil.targets.host import run_host

HOSTS = {
    "gcc-O0": ("gcc", "-O0"),
    "gcc-O2-portable": ("gcc", "-O2", "-DTHB_NO_INTRINSICS"),
    "gcc-O2-sanitized": ("gcc", "-O2", "-fsanitize=address,undefined", "-fno-sanitize-recover"),
    "clang-O0-sanitized": ("clang", "-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover"),
    "clang-O2": ("clang", "-O2"),
}


def _expected(bits: int) -> tuple[list[int], list[bytes]]:
    graph, rows = quantize_graph(bits), edge_rows(bits)
    outputs, refused = evaluate(graph, rows)
    return [-1 if bad else 0 for bad in refused], pack_outputs(graph, outputs)


def test_edges_meet_every_case() -> None:
    """The rows saturate, round both ways, vanish and fail, in every feature where it can be."""
    for bits in (16, 32):
        limit = (1 << (bits - 1)) - 1
        outputs, refused = evaluate(quantize_graph(bits), edge_rows(bits))
        fixed = outputs["score"][~refused]
        assert refused.sum() == 6 * len(SHIFTS)
        assert (fixed.min(axis=0) == -limit).all()
        assert (fixed.max(axis=0) == limit).all()
        assert (np.abs(fixed) <= 1).any(axis=0).all()


@pytest.mark.parametrize("bits", [16, 32])
def test_made_vectors_sit_on_rounding_points_and_beside_them(bits: int) -> None:
    graph = quantize_graph(bits)
    rows = make_vectors(graph, None).astype(np.float32)
    with np.errstate(invalid="ignore"):
        scaled = np.ldexp(np.abs(rows.astype(np.float64)), np.array(SHIFTS))
    on = np.mod(scaled, 1, where=np.isfinite(scaled), out=np.zeros_like(scaled)) == 0.5
    for feature in range(len(SHIFTS)):
        values = set(rows[:, feature].tolist())
        halves = np.unique(rows[on[:, feature], feature])
        above = np.nextafter(halves, np.float32(np.inf)).tolist()
        below = np.nextafter(halves, np.float32(-np.inf)).tolist()
        # A half made by chance has no neighbours.
        assert sum(a in values and b in values for a, b in zip(above, below, strict=True)) >= 2
    assert np.isinf(rows).any()


@pytest.mark.parametrize("bits", [16, 32])
@pytest.mark.parametrize("host", HOSTS)
def test_host(host: str, bits: int, tmp_path: Path) -> None:
    cc, *flags = HOSTS[host]
    if shutil.which(cc) is None:
        pytest.skip(f"{cc} is not installed")
    graph, rows = quantize_graph(bits), edge_rows(bits)
    for name, text in emit(graph, "size").files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    include = f"-I{data_dir('runtime_c') / 'include'}"
    answers = run_host(
        tmp_path,
        graph.name,
        graph.input.n_bytes,
        graph.out_bytes,
        rows.tobytes(),
        cc=cc,
        flags=("-Wall", "-Wextra", "-Wconversion", "-Werror", *flags, include),
    )
    statuses, outputs = _expected(bits)
    assert [a.status for a in answers] == statuses
    good = [i for i, status in enumerate(statuses) if status == 0]
    assert [answers[i].output for i in good] == [outputs[i] for i in good]


@pytest.mark.parametrize("flags", [(), ("-DTHB_NO_INTRINSICS",)], ids=["intrinsics", "portable"])
@pytest.mark.parametrize("bits", [16, 32])
@pytest.mark.parametrize("core", BOARD_OF_CORE)
def test_core(core: str, bits: int, flags: tuple[str, ...], tmp_path: Path) -> None:
    pytest.importorskip("unicorn", reason="needs the emulator extra: thumbling[emulator]")
    model = emit(quantize_graph(bits), "size")
    cost = run_on_core(model, edge_rows(bits), core, tmp_path, flags)
    statuses, outputs = _expected(bits)
    assert list(cost.statuses) == statuses
    good = [i for i, status in enumerate(statuses) if status == 0]
    assert [cost.outputs[i] for i in good] == [outputs[i] for i in good]
