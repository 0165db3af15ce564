# SPDX-License-Identifier: MIT
"""Integer graphs compiled to folders: several inputs and state on the host and on chips."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.property.random_graphs import random_graph
from tests.unit.test_state import graph_of_two_inputs, rows_of_two_inputs

import thumbling
from thumbling.api import Compiled, OutputFolder
from thumbling.errors import DataError, ModelError
from thumbling.ir.ports import pack_rows
from thumbling.reference import evaluate, run
from thumbling_hil.targets.by_name import open_target

pytestmark = pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None, reason="arm-none-eabi-gcc is not installed"
)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """A graph of two inputs and a mean, built for a chip that QEMU has too."""
    return thumbling.compile_graph(
        graph_of_two_inputs(),
        board="nucleo-f401",
        rows=rows_of_two_inputs(),
        builder="gcc",
        verify=("host", "unicorn"),
        out=tmp_path_factory.mktemp("graph") / "m",
    )


def test_the_vectors_are_answered_in_order(compiled: Compiled) -> None:
    results = {item.on: item for item in compiled.report.verification}
    assert set(results) == {"host", "unicorn"}
    assert all(item.mismatches == 0 and item.vectors > 100 for item in results.values())
    stored = compiled.folder.vectors()
    given = pack_rows(compiled.graph.inputs, rows_of_two_inputs())
    kept = given[~evaluate(compiled.graph, given)[1]]
    assert np.array_equal(stored[: len(kept)], kept)
    outputs = evaluate(compiled.graph, stored)[0]["score"]
    again = evaluate(compiled.graph, stored[::-1])[0]["score"][::-1]
    assert not np.array_equal(outputs, again)  # the order counts


def test_a_second_verification_begins_anew(compiled: Compiled) -> None:
    folder = OutputFolder.open(compiled.path)
    for _ in range(2):
        assert folder.verify("unicorn", folder.vectors()).mismatches == 0


@pytest.mark.skipif(shutil.which("qemu-system-arm") is None, reason="QEMU is not installed")
def test_qemu_says_the_same(compiled: Compiled) -> None:
    assert compiled.verify("qemu").mismatches == 0


def test_one_link_can_begin_anew(compiled: Compiled) -> None:
    """Asking who it is resets the state; rows without that go on from where it is."""
    rows = [row.tobytes() for row in compiled.folder.vectors()[:20]]
    with open_target("unicorn", compiled.folder.elf, compiled.folder.board, None) as target:
        target.identify()
        first, goes_on = target.predict_many(rows), target.predict_many(rows)
        target.identify()
        again = target.predict_many(rows)
    assert [a.output for a in again] == [a.output for a in first]
    assert [a.output for a in goes_on] != [a.output for a in first]


def test_a_wrong_answer_is_found(compiled: Compiled) -> None:
    """A reference that begins otherwise differs from the first row on."""
    graph = compiled.graph
    state = replace(graph.state[0], initial=graph.state[0].initial + np.int32(5))
    other = replace(compiled.folder, graph=replace(graph, state=(state,)))
    result = other.verify("host", compiled.folder.vectors())
    assert result.mismatches > 0
    assert "first at vector 0: score[0]" in result.detail
    assert [value.name for value in result.failing_input] == [
        *("left.x0", "left.x1", "right.x0", "right.x1")
    ]


def test_real_rows_have_the_columns_of_all_inputs(compiled: Compiled) -> None:
    rows = rows_of_two_inputs()
    fine = ~np.isnan(rows["right"]).any(axis=1)
    real = np.concatenate([rows["left"], rows["right"]], axis=1)[fine]
    wanted = run(compiled.graph, {name: part[fine] for name, part in rows.items()})
    assert np.array_equal(compiled.outputs(real)["value"], wanted.outputs["value"])


def test_the_report_says_what_it_is(compiled: Compiled) -> None:
    report = compiled.report
    assert report.model.n_features == 4
    assert report.model.input_type == "int8, float32"
    assert report.fidelity.rows == 0
    assert report.options["optimize"] == "balanced"
    assert "its own source" in (compiled.path / "report.html").read_text(encoding="utf-8")
    assert OutputFolder.open(compiled.path).report == report
    assert OutputFolder.open(compiled.path).changed_files() == []
    assert report.inference is not None
    assert report.inference.cycles.mean > 20


def test_the_same_graph_gives_the_same_files(compiled: Compiled, tmp_path: Path) -> None:
    again = thumbling.compile_graph(
        graph_of_two_inputs(),
        board="nucleo-f401",
        rows=rows_of_two_inputs(),
        builder="gcc",
        out=tmp_path / "m",
    )
    assert again.folder.manifest == compiled.folder.manifest


@pytest.mark.parametrize("seed", range(3))
def test_random_graphs_go_through_the_firmware(seed: int) -> None:
    graph = random_graph(seed)
    done = thumbling.compile_graph(graph, board="nucleo-g071", builder="gcc", optimize="size")
    assert [item.mismatches for item in done.report.verification] == [0, 0]


def _compile(**changes: Any) -> Compiled:
    arguments = {"board": "nucleo-f401", "builder": "none", "verify": (), **changes}
    return thumbling.compile_graph(arguments.pop("graph", graph_of_two_inputs()), **arguments)


def test_what_is_no_graph_is_refused() -> None:
    graph = graph_of_two_inputs()
    with pytest.raises(ModelError, match="no output"):
        _compile(graph=replace(graph, outputs=()))


def test_rows_of_another_graph_are_refused() -> None:
    rows = rows_of_two_inputs()
    with pytest.raises(DataError, match="stored rows are not those of m"):
        _compile(rows={"left": rows["left"]})
    with pytest.raises(DataError, match="stored rows are not those of m"):
        _compile(rows=rows["left"])


def test_a_state_that_c_keeps_wrong_is_a_mismatch(compiled: Compiled, tmp_path: Path) -> None:
    """The comparison sees the state: a model whose reset does nothing is found."""
    source = compiled.path / "src"
    shutil.copytree(source, tmp_path / "src")
    text = (tmp_path / "src" / "m.c").read_text(encoding="utf-8")
    broken = text.replace("state->mean[j] = m_mean_0[j];", "state->mean[j] = 0;")
    assert broken != text
    (tmp_path / "src" / "m.c").write_text(broken, encoding="utf-8")
    folder = replace(compiled.folder, path=tmp_path)
    assert folder.verify("host", compiled.folder.vectors()).mismatches > 0
