# SPDX-License-Identifier: MIT
"""Columns side by side: scikit-learn, the reference, the host's C and the emulated chip agree."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from tests.differential.chip import run_on_core
from tests.differential.column_cases import ColumnCase, column_case
from tests.differential.test_trees import SANITIZE, check

from thumbling.errors import UnsupportedModelError
from thumbling.fidelity import Fidelity, ask, measure_fidelity
from thumbling.frontends.as_trained import as_trained
from thumbling.pipeline import Compilation, Options, compile_model
from thumbling.reference import evaluate

N_CASES = 60
_COMPILED: Counter[str] = Counter()


def _compile(case: ColumnCase, seed: int) -> Compilation:
    options = Options(
        name="m",
        input_type=case.input_type,
        optimize=("speed", "balanced", "size")[seed % 3],
        output="all" if hasattr(case.model, "classes_") else None,
    )
    return compile_model(case.model, options, case.data)


def _on_vectors(case: ColumnCase, compiled: Compilation) -> Fidelity:
    """All vectors, those beside codes and edges too, against scikit-learn, as certified."""
    source, graph = compiled.source, compiled.graph
    real = graph.input.real(compiled.vectors)
    names = [value.name for value in source.prediction.fields.values()]
    estimator = as_trained(case.model, source)
    asked = ask(estimator, real, hopeless=~source.accepts(real, *names))
    # Whatever our source graph says is answered, scikit-learn answers.
    assert (asked.kept == source.accepts(real, *names)).all()
    return measure_fidelity(estimator, source, graph, asked, compiled.vectors, made=True)


@pytest.mark.wide(3)
@pytest.mark.parametrize("seed", range(N_CASES))
def test_all_agree(seed: int, tmp_path: Path) -> None:
    case = column_case(seed)
    try:
        compiled = _compile(case, seed)
    except UnsupportedModelError as error:
        _COMPILED["refused"] += 1
        pytest.skip(error.message)
    _COMPILED["compiled"] += 1
    answers, refused = evaluate(compiled.graph, compiled.vectors, check=True)
    assert not refused.any()
    assert all((answers[field] == compiled.expected[field]).all() for field in answers)
    measured = _on_vectors(case, compiled)
    assert measured.rows > 100
    for output in compiled.graph.outputs:
        assert output.certificate.kind != "measured"
        if output.certificate.kind == "exact" and output.field == "label":
            assert measured.label_agreement == 1.0
    compiler = ("gcc", "clang")[seed % 2]
    check(compiled, tmp_path, compiler, "-O1", *(SANITIZE if compiler == "clang" else ()))


def test_few_cases_are_refused() -> None:
    """Else the others say nothing."""
    if sum(_COMPILED.values()) == N_CASES:
        assert _COMPILED["refused"] <= N_CASES // 10


@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4"])
@pytest.mark.parametrize("seed", [0, 10, 25, 3])
def test_the_chip_agrees(seed: int, core: str, tmp_path: Path) -> None:
    compiled = _compile(column_case(seed), seed)
    rows = compiled.vectors[::8]
    cost = run_on_core(compiled.c, rows, core, tmp_path, ())
    assert [bytes(answer) for answer in cost.outputs] == compiled.expected_bytes[::8]


@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4"])
@pytest.mark.parametrize("seed", [5, 10, 25, 40, 55])
def test_the_chip_refuses_a_nan_where_the_reference_does(
    seed: int, core: str, tmp_path: Path
) -> None:
    case = column_case(seed)
    compiled = _compile(case, seed)
    rows = np.repeat(np.nan_to_num(case.data[:8]).astype(np.float32), case.data.shape[1], axis=0)
    rows[np.arange(len(rows)), np.arange(len(rows)) % rows.shape[1]] = np.nan
    refused = evaluate(compiled.graph, rows)[1]
    cost = run_on_core(compiled.c, rows, core, tmp_path, ())
    assert [status != 0 for status in cost.statuses] == refused.tolist()
    # A row that the source answers is never refused.
    names = [value.name for value in compiled.source.prediction.fields.values()]
    assert not (refused & compiled.source.accepts(rows, *names)).any()
