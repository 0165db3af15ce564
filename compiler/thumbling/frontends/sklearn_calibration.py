# SPDX-License-Identifier: MIT
"""scikit-learn's calibrated classifiers: sigmoids of scores, and the mean over the folds.

A fold has one sigmoid for two classes; for more it has one a class, over their sum, and all classes
alike where that is zero (sklearn/calibration.py, `_CalibratedClassifier.predict_proba`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import (
    attribute,
    class_names,
    fitted_classes,
    inconsistent,
    label_types,
    reals,
    refuse_overrides,
    setting,
)
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.members import members_of, require_classifier, response
from thumbling.frontends.registry import predictor, qualified_name
from thumbling.ir.source import Prediction, Value
from thumbling.ir.source.arrays import frozen
from thumbling.ir.source.link import Link
from thumbling.ir.source.mean import Mean
from thumbling.ir.source.platt import Platt
from thumbling.ir.source.winner import Winner

_FOLD = ("sklearn", "_CalibratedClassifier")
_SIGMOID = ("sklearn", "_SigmoidCalibration")


def _number(model: Any, calibrator: Any, name: str) -> float:
    if qualified_name(calibrator) != _SIGMOID:
        raise inconsistent(model, f"a calibrator is a {type(calibrator).__name__}")
    refuse_overrides(calibrator)
    value = reals(calibrator, name)
    if value.ndim:
        raise inconsistent(model, f"{name} of a calibrator is no number")
    return float(value)


def _calibrated(
    model: Any, fold: Any, names: tuple[str, ...], x: Value, build: SourceBuilder
) -> Value:
    """The probabilities of one fold."""
    if qualified_name(fold) != _FOLD:
        raise inconsistent(model, f"calibrated_classifiers_ holds a {type(fold).__name__}")
    refuse_overrides(fold)
    method = setting(fold, "method")
    if method != "sigmoid":
        raise UnsupportedModelError(
            f"CalibratedClassifierCV(method={method[:40]!r}) is not compiled, only sigmoids are",
            hint="fit it with method='sigmoid'",
        )
    member = attribute(fold, "estimator")
    said = build.predict(member, x)
    require_classifier(model, said)
    if said.class_names[0] != names:
        raise inconsistent(model, "a fold of it knows other classes: each must be in all folds")
    scores = response(model, member, said, ("decision_function", "predict_proba"), build)
    calibrators = members_of(fold, "calibrators")
    raw = build.add(
        Platt,
        "calibrated",
        scores,
        slope=frozen(np.array([_number(model, c, "a_") for c in calibrators])),
        intercept=frozen(np.array([_number(model, c, "b_") for c in calibrators])),
    )
    return build.add(Link, "proba", raw, kind="sigmoid" if raw.width == 1 else "ovr")


@predictor("sklearn", "CalibratedClassifierCV")
def lower_calibrated(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """The class is that of the greatest mean probability."""
    classes = fitted_classes(model)
    folds = members_of(model, "calibrated_classifiers_")
    names = class_names(model, classes, len(classes) if isinstance(classes, np.ndarray) else 0)
    values = [_calibrated(model, fold, names, x, build) for fold in folds]
    places, size = (np.arange(len(names)),) * len(values), len(names)
    proba = values[0]
    if len(values) > 1 or proba.width != size:
        proba = build.add(Mean, "proba", *values, how="zeros", places=places, size=size)
    return Prediction(
        fields={"label": build.add(Winner, "label", proba, groups=(size,)), "proba": proba},
        class_names=(names,),
        label_types=label_types(model),
    )
