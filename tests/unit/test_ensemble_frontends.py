# SPDX-License-Identifier: MIT
"""Ensembles that cannot be compiled say why; edited ones are refused, never believed."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import LabelEncoder, PowerTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from tests.differential.ensembles import MODELS
from tests.differential.meta_cases import SUGAR, WINE, compiled

from thumbling.errors import ModelError, OptionError, UnsupportedModelError
from thumbling.frontends import lower

TREE = DecisionTreeClassifier(max_depth=2, random_state=0)
X, LABEL, VALUE = WINE[0], WINE[1], WINE[0][:, 0]


class _Empty:
    """An object without anything."""


def _edited(model: Any, name: str, value: Any) -> Any:
    twin = copy.copy(model)
    twin.__dict__ = {**model.__dict__, name: value}
    return twin


_FITTED_TREE = copy.deepcopy(TREE).fit(X, LABEL)
_LETTERS = LabelEncoder().fit(["a", "b", "c"])
_EDITS: list[tuple[str, str, Any]] = [
    ("soft", "estimators_", []),
    ("soft", "estimators_", 3),
    ("soft", "estimators_", [DecisionTreeRegressor().fit(X, VALUE)]),
    ("soft", "estimators_", [TREE]),
    ("soft", "estimators_", [StandardScaler().fit(X)]),
    ("soft", "estimators_", [copy.deepcopy(TREE).fit(X, LABEL > 0)]),
    ("soft", "estimators_", [copy.deepcopy(TREE).fit(X, LABEL - 1)]),
    ("soft", "estimators_", [copy.deepcopy(TREE).fit(X, LABEL * 7)]),
    ("bagged trees", "estimators_", [copy.deepcopy(TREE).fit(X[:, :4], LABEL)] * 6),
    ("soft", "voting", "medium"),
    ("soft", "voting", None),
    ("soft", "weights", [1, 2]),
    ("soft", "weights", [1, 2, "x"]),
    ("soft", "weights", [1, 2, float("nan")]),
    ("soft", "weights", [1, 2, -1]),
    ("soft", "weights", [0, 0, 0]),
    ("soft", "weights", {"a": 1}),
    ("soft digits", "estimators", None),
    ("soft digits", "estimators", [3, 4, 5, 6]),
    ("soft", "le_", _Empty()),
    ("soft", "le_", _LETTERS),
    ("hard", "weights", [1, -2, 1]),
    ("mean", "estimators_", [copy.deepcopy(TREE).fit(X[:, :10], LABEL)]),
    ("mean", "estimators_", [LinearRegression().fit(SUGAR[0], np.c_[SUGAR[1], SUGAR[1]])]),
    ("bagged trees", "estimators_features_", [np.arange(3)]),
    ("bagged trees", "estimators_features_", [np.arange(3)] * 6),
    ("bagged trees", "estimators_features_", [np.arange(6) + 99] * 6),
    ("bagged trees", "estimators_features_", [np.arange(6) - 1] * 6),
    ("bagged trees", "estimators_features_", [np.arange(6.0)] * 6),
    ("bagged trees", "estimators_features_", ["all"] * 6),
    ("bagged trees", "n_estimators", 7),
    ("bagged trees", "n_classes_", 2),
    ("bagged trees", "classes_", np.arange(2)),
    ("bagged values", "estimators_", [_FITTED_TREE] * 6),
    ("rest of forests", "label_binarizer_", _Empty()),
    ("rest of forests", "estimators_", [_FITTED_TREE] * 3),
    ("calibrated classes", "calibrated_classifiers_", [_FITTED_TREE]),
    ("calibrated classes", "calibrated_classifiers_", []),
    ("calibrated classes", "classes_", np.arange(3)),
    ("calibrated classes", "classes_", "abc"),
    ("stacked", "stack_method_", ["predict_proba"]),
    ("stacked", "stack_method_", ["fit", "fit"]),
    ("stacked", "final_estimator_", None),
    ("stacked", "final_estimator_", _FITTED_TREE),
    ("stacked", "passthrough", "yes"),
    ("stacked", "_label_encoder", _LETTERS),
    ("stacked values", "final_estimator_", Ridge().fit(np.ones((3, 5)), np.ones(3))),
    ("target", "transformer_", 3),
    ("target", "transformer_", StandardScaler()),
    ("target", "transformer_", StandardScaler().fit(np.c_[VALUE, VALUE])),
    ("target", "regressor_", copy.deepcopy(TREE).fit(X[:, :10], LABEL)),
    ("target", "_training_dim", 3),
    ("target", "_training_dim", "two"),
]


@pytest.mark.parametrize(("key", "name", "value"), _EDITS)
def test_an_edited_ensemble_is_refused(key: str, name: str, value: Any) -> None:
    model = MODELS[key][0]
    model = model[-1] if hasattr(model, "steps") else model
    with pytest.raises(ModelError) as caught:
        lower(_edited(model, name, value))
    assert "\n" not in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "value"), [("a_", np.ones(2)), ("b_", float("inf")), ("a_", None), ("b_", "x")]
)
def test_edited_calibrators_are_refused(name: str, value: Any) -> None:
    model = copy.deepcopy(MODELS["calibrated"][0])
    setattr(model.calibrated_classifiers_[1].calibrators[0], name, value)
    with pytest.raises(ModelError):
        lower(model)


def test_calibrators_of_another_number_are_refused() -> None:
    model = copy.deepcopy(MODELS["calibrated classes"][0])
    model.calibrated_classifiers_[0].calibrators.pop()
    with pytest.raises(ModelError, match="2 calibrators for 3 scores"):
        lower(model)


def test_an_ensemble_within_itself_ends() -> None:
    model = copy.copy(MODELS["soft"][0])
    model.estimators_ = [model]
    with pytest.raises(ModelError):
        lower(model)
    bagged = copy.copy(MODELS["bagged trees"][0])
    bagged.estimators_ = [bagged] * 6
    bagged.estimators_features_ = [np.arange(13)] * 6
    with pytest.raises(ModelError, match="nests more"):
        lower(bagged)


def _stack(model: Any, **options: Any) -> Any:
    return StackingClassifier([("a", model)], cv=2, **options).fit(X, LABEL)


def _refused() -> dict[str, tuple[Any, str, str]]:
    two = np.c_[LABEL == 0, LABEL == 1].astype(int)
    huber = SGDClassifier(loss="modified_huber", random_state=0)
    logs = TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1)
    powers = TransformedTargetRegressor(Ridge(), transformer=PowerTransformer())
    temperature = CalibratedClassifierCV(TREE, method="temperature", cv=2)
    return {
        "isotonic": (
            CalibratedClassifierCV(TREE, method="isotonic", cv=2).fit(X, LABEL),
            "only sigmoids",
            "method='sigmoid'",
        ),
        "temperature": (temperature.fit(X, LABEL), "only sigmoids", "method='sigmoid'"),
        "multilabel": (OneVsRestClassifier(TREE).fit(X, two), "multilabel", "one classifier"),
        "binary": (OneVsRestClassifier(TREE).fit(X, LABEL > 0), "two classes", "alone"),
        "labels": (
            _stack(TREE, stack_method="predict"),
            "reads labels",
            "stack_method='predict_proba'",
        ),
        "huber": (
            VotingClassifier([("a", huber)], voting="soft").fit(X, LABEL),
            "a predict_proba, whose formula",
            "loss='log_loss'",
        ),
        "huber in bags": (
            BaggingClassifier(huber, n_estimators=2).fit(X, LABEL),
            "a predict_proba, whose formula",
            "loss='log_loss'",
        ),
        "odds of trees": (
            _stack(OneVsRestClassifier(TREE)),
            "asks its members for predict_proba",
            "LogisticRegression",
        ),
        "function": (logs.fit(X, VALUE), "a function of Python", "apply inverse_func"),
        "powers": (powers.fit(X, VALUE), "PowerTransformer did", "StandardScaler"),
    }


with warnings.catch_warnings(action="ignore"):
    REFUSED = _refused()


@pytest.mark.parametrize("key", REFUSED)
def test_what_is_not_compiled_says_why(key: str) -> None:
    model, message, hint = REFUSED[key]
    with pytest.raises(UnsupportedModelError) as caught:
        lower(model)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_odds_of_trees_are_an_option_that_is_refused() -> None:
    model, rows = MODELS["rest of forests"]
    with pytest.raises(OptionError, match="without a sigmoid"):
        compiled(model, rows, "float32", output="proba")


def test_old_one_vs_rest_of_trees_chose_other_ties() -> None:
    model = copy.copy(MODELS["rest of forests"][0])
    model._sklearn_version = "1.7.2"
    with pytest.raises(UnsupportedModelError, match="the last of equal classes"):
        lower(model)
    linear = copy.copy(MODELS["rest of pipelines"][0])
    linear._sklearn_version = "1.7.2"
    assert lower(linear).prediction.fields.keys() == {"label", "score", "proba"}


def test_ties_go_to_the_first_class_of_a_one_vs_rest() -> None:
    rows = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]])
    labels = [0, 0, 1, 1, 2, 2]
    model = OneVsRestClassifier(DecisionTreeClassifier(max_depth=1)).fit(rows, labels)
    made = compiled(model, np.repeat(rows, 3, axis=0), "float32")
    assert made.fidelity.label_agreement == 1.0
    assert (made.expected["label"][:, 0] <= 2).all()


def test_names_say_what_is_inside() -> None:
    said = {key: lower(MODELS[key][0]).source for key in ("soft trees", "bagged votes", "rest")}
    assert said == {
        "soft trees": "sklearn.VotingClassifier(11 x DecisionTreeClassifier)",
        "bagged votes": "sklearn.BaggingClassifier(2 x VotingClassifier("
        "StandardScaler > LogisticRegression, RandomForestClassifier))",
        "rest": "sklearn.StandardScaler > OneVsRestClassifier(3 x LogisticRegression)",
    }


def test_nan_where_members_take_it() -> None:
    rows = X.copy()
    rows[::5, 3] = np.nan
    bagged = BaggingClassifier(random_state=0).fit(rows, LABEL)
    assert lower(bagged).takes_nan
    made = compiled(bagged, rows, "float32")
    assert made.fidelity.rows_dropped == 0
    assert np.isnan(made.vectors).any()
    assert made.fidelity.label_agreement == 1.0
    values = BaggingRegressor(random_state=0).fit(rows, VALUE)
    assert compiled(values, rows, "float32").fidelity.certificate in ("exact", "bounded")
    mixed = VotingClassifier([("a", TREE), ("b", LogisticRegression())], voting="soft")
    with warnings.catch_warnings(action="ignore"):
        assert not lower(mixed.fit(X, LABEL)).takes_nan


def test_shapes_of_values_are_the_sources() -> None:
    for key in ("target", "target of sizes", "targets", "bagged pairs", "mean"):
        model, rows = MODELS[key]
        assert lower(model).prediction.matrix == (np.ndim(model.predict(rows)) == 2), key


def test_a_stack_of_one_member_and_columns() -> None:
    model = StackingRegressor([("a", Ridge())], Ridge(), cv=2, passthrough=True).fit(*SUGAR)
    made = compiled(model, SUGAR[0], "float32")
    assert made.fidelity.certificate == "bounded"
