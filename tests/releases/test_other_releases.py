# SPDX-License-Identifier: MIT
"""Models of seven releases of scikit-learn answer as the release that trained them did.

`make_models.py` wrote the files in an environment of each release, with its own answers.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn
from tests.releases.stored import MODELS, answers, load, rows, stored

from thumbling.errors import ModelError
from thumbling.fidelity import source_answers
from thumbling.frontends import lower
from thumbling.frontends.as_trained import as_trained
from thumbling.frontends.release import minor
from thumbling.ir.graph import Certificate
from thumbling.pipeline import Compilation, Options, compile_model
from thumbling.reference import evaluate

HERE = sklearn.__version__
FIELDS = {
    "label": "predict",
    "value": "predict",
    "proba": "predict_proba",
    "score": "decision_function",
}


def refusable(path: Path) -> bool:
    """Whether the file may be one that cannot be loaded or compiled here."""
    # Their loss is an object of a compiled module that other releases do not have.
    sgd = path.stem in {"sgd_two", "sgd_three"} and path.parent.name != HERE
    newer = minor(path.parent.name) > minor(HERE)
    return sgd or newer or path.stem.startswith("refused_")


def refusal(path: Path) -> ModelError | None:
    """Why the model is refused, if it is."""
    try:
        lower(load(path)[0])
    except ModelError as error:
        return error
    return None


def named(path: Path) -> str:
    """How a test of the file is called."""
    return f"{path.parent.name}-{path.stem}"


def check_numbers(
    certificate: Certificate, ours: Any, scales: tuple[Fraction, ...], theirs: Any
) -> None:
    """By exact fractions: equal, or within the bound of its value."""
    assert certificate.kind in ("exact", "bounded")
    bounds = certificate.bounds(len(scales))
    for mine, other, scale, bound in zip(ours.T, theirs.T, scales, bounds, strict=True):
        for stored_value, said in zip(mine.tolist(), other.tolist(), strict=True):
            if certificate.kind == "exact":
                assert float(stored_value * scale) == said
            else:
                assert abs(stored_value * scale - Fraction(said)) <= Fraction(bound)


def check_labels(done: Compilation, ours: Any, said: dict[str, Any]) -> None:
    """Equal, but where the certificate is a bound and the release's own margin is below it."""
    certificate = next(o.certificate for o in done.graph.outputs if o.field == "label")
    theirs = said["predict"].astype(np.int64)
    if certificate.kind == "exact":
        assert (ours == theirs).all()
        return
    assert certificate.epsilon is not None
    scores = said.get("decision_function", said.get("predict_proba"))
    assert scores is not None
    for row in np.flatnonzero((ours != theirs).any(axis=1)):
        top = np.sort(np.append(scores[row], 0.0) if scores.shape[1] == 1 else scores[row])
        assert len(done.graph.class_names) == 1
        assert top[-1] - top[-2] <= 2 * certificate.epsilon


def check_compilation(done: Compilation, kind: str, said: dict[str, Any], release: str) -> None:
    """The outputs for the rows of `kind` against what the release said of them."""
    outputs, refused = evaluate(done.graph, rows(release, kind))
    assert not refused.any()
    for output in done.graph.outputs:
        ours = outputs[output.field]
        if output.field == "label":
            check_labels(done, ours, said)
        else:
            scales, theirs = done.graph.scales(output), said[FIELDS[output.field]]
            check_numbers(output.certificate, ours, scales, theirs)
    # What the report measures is the distance from the same answers.
    bounds = [o.certificate.epsilon or 0.0 for o in done.graph.outputs]
    assert done.fidelity.max_abs_error <= max(bounds) + 2.0**-50


@pytest.mark.parametrize("path", [p for p in MODELS if not refusable(p)], ids=named)
def test_the_release_that_trained_it_is_the_measure(path: Path) -> None:
    release = path.parent.name
    estimator, _ = load(path)
    for kind, said in answers(release, path.stem).items():
        given = rows(release, kind)
        options = Options(output="all", input_type=given.dtype.name)
        done = compile_model(estimator, options, given)
        check_compilation(done, kind, said, release)
        asked = as_trained(estimator, done.source)
        for output in done.graph.outputs:
            theirs = source_answers(asked, output.field, given)
            assert np.allclose(theirs, said[FIELDS[output.field]], rtol=1e-12, atol=0)
        if release != HERE:
            assert done.source.release is not None
            assert (done.source.release.trained, done.source.release.installed) == (release, HERE)


@pytest.mark.parametrize("path", [p for p in MODELS if refusable(p)], ids=named)
def test_a_refusal_names_both_releases(path: Path) -> None:
    error = refusal(path)
    if error is None:
        assert not path.stem.startswith("refused_")
        return
    if path.parent.name != HERE:
        assert path.parent.name in error.message
        assert HERE in error.message
    assert "\n" not in error.message
    assert error.hint
    for wrong in ("has not been fitted", "damaged", "is not installed"):
        assert wrong not in error.message


LINKS = ["logistic_ovr", "logistic_liblinear"]


@pytest.mark.skipif(minor(HERE) < (1, 8), reason="the installed release knows multi_class")
@pytest.mark.parametrize("name", LINKS)
@pytest.mark.parametrize("release", ["1.3.2", "1.5.2", "1.7.2"])
def test_one_against_the_rest_is_said(release: str, name: str) -> None:
    done = compile_model(load(stored(release, name))[0], Options(output="proba"))
    assert done.source.release is not None
    note = done.source.release.note
    assert note.startswith(f"compiled as scikit-learn {release} means it")
    assert HERE in note
    assert "softmax" in note
