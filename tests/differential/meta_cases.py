# SPDX-License-Identifier: MIT
"""Ensembles against scikit-learn: every field of the source graph, then a whole compilation."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from tests.differential.test_trees import check

from thumbling.frontends import lower
from thumbling.pipeline import Compilation, Options, compile_model

Rows = npt.NDArray[Any]
DIGITS, CANCER = load_digits(return_X_y=True), load_breast_cancer(return_X_y=True)
WINE, SUGAR = load_wine(return_X_y=True), load_diabetes(return_X_y=True)
NAMES = np.array(["merlot", 'pi"not', "syrah"])[WINE[1]]

INPUTS: dict[str, dict[str, Any]] = {
    "float32": {"input_type": "float32"},
    "int8": {"input_type": "int8", "input_scale": "auto"},
    "uint8": {"input_type": "uint8", "input_scale": "auto"},
    "int16": {"input_type": "int16", "input_scale": "auto"},
    "int32": {"input_type": "int32", "input_scale": 2.0**-12},
}
_METHODS = {"value": "predict", "score": "decision_function", "proba": "predict_proba"}
# Our exp and scikit-learn's may differ in the last bits; all else is the same operations.
_LAST_BITS = 2.0**-46


def same_as_source(model: Any, rows: Rows, *, exact: bool = True) -> None:
    """Every field of the source graph is what the model itself says, of float64 and float32.

    Where probabilities are inside, all is compared to the last bits only.
    """
    source = lower(model)
    for real in (rows.astype(np.float64), rows.astype(np.float32), rows.round().astype(np.int16)):
        for field, value in source.prediction.fields.items():
            got = source.value(value.name, real)
            if field == "label":
                assert (np.asarray(model.classes_)[got[:, 0]] == model.predict(real)).all()
                continue
            wanted = np.asarray(getattr(model, _METHODS[field])(real))
            wanted = wanted.reshape(len(real), -1)
            assert got.shape == wanted.shape, field
            if exact and field != "proba":
                assert (got == wanted).all(), field
                continue
            # Numbers of float32 end where theirs do.
            room = _LAST_BITS if wanted.dtype == np.float64 else 2.0**-18
            assert (np.abs(got - wanted) <= room * np.maximum(1, np.abs(wanted))).all(), field


def compiled(model: Any, rows: Rows, kind: str, **options: Any) -> Compilation:
    """A compilation of all fields; proofs are held against the rows in it."""
    given = {"output": "all", **INPUTS[kind], **options}
    with warnings.catch_warnings(action="ignore"):
        return compile_model(model, Options(name="m", **given), rows)


def same_in_c(made: Compilation, folder: Path, cc: str = "gcc", *flags: str) -> None:
    """The C says what the reference says."""
    check(made, folder, cc, *(flags or ("-O2",)))


def proved(made: Compilation) -> None:
    """Every output has a bound, labels differ where they are open at most."""
    fidelity = made.fidelity
    assert fidelity.certificate in ("exact", "bounded"), fidelity.outputs
    wrong = round((1 - fidelity.label_agreement) * fidelity.rows)
    assert wrong <= fidelity.rows_inside_bound
