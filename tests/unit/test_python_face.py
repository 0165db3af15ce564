# SPDX-License-Identifier: MIT
"""`predict` and its like give what the source's own methods give: types, shapes, values."""

from __future__ import annotations

import inspect
import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import sklearn.experimental.enable_halving_search_cv
import sklearn.linear_model
import sklearn.tree
from sklearn.base import RegressorMixin, is_classifier
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import accuracy_score, log_loss, r2_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC, LinearSVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import all_estimators

import thumbling
from thumbling.api.answering import Reference
from thumbling.errors import DataError, ModelError, OptionError
from thumbling.frontends.registry import supported
from thumbling.ir.answers import label_type, read_labels
from thumbling.ir.graph import _times
from thumbling.ir.serialize import graph_from_json, graph_to_json

X, CLASS = load_iris(return_X_y=True)
X = X.astype(np.float32)
NAMES = np.array(["setosa", "versicolor", "virginica"])
LABELS: dict[str, Any] = {
    "int64": CLASS,
    "uint8": (CLASS + 7).astype(np.uint8),
    "negative": CLASS - 5,
    "bool": CLASS > 0,
    "float64": CLASS + 0.0,
    "float32": CLASS.astype(np.float32),
    "text": NAMES[CLASS],
    "objects": NAMES.astype(object)[CLASS],
    "bytes": NAMES.astype("S")[CLASS],
    "digits as text": np.array(["1", "10", "2"])[CLASS],
    "two columns": np.stack([CLASS, CLASS > 1], axis=1),
    "a column": CLASS[:, None],
}
TARGETS = {"1-D": CLASS * 2.5, "column": CLASS[:, None] * 2.5, "two": np.stack([CLASS, -CLASS], 1)}


def same(ours: Any, theirs: Any, bound: float | None = None) -> None:
    assert isinstance(ours, np.ndarray)
    assert ours.shape == theirs.shape
    if bound is None:
        assert ours.dtype == theirs.dtype
        assert ours.tolist() == theirs.tolist()
    else:
        assert ours.dtype == np.float64
        assert np.abs(ours - theirs).max() <= bound + 1e-12


def bound_of(reference: Reference, field: str) -> float:
    """The proved bound; of a neural net, of whose numbers nothing is proved, a tenth of the range.

    Those are measured elsewhere; here it is shapes and types that count.
    """
    certificate = next(o for o in reference.graph.outputs if o.field == field).certificate
    if "layers" in certificate.reason and certificate.epsilon is None:
        return {"proba": 0.1, "value": 40.0}[field]
    assert certificate.epsilon is not None
    return certificate.epsilon


def fit(model: Any, y: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X, y)


@pytest.mark.parametrize("key", sorted(LABELS))
@pytest.mark.parametrize("reopened", [False, True])
def test_labels_come_in_the_type_of_the_source(key: str, reopened: bool) -> None:
    model = fit(RandomForestClassifier(n_estimators=3, random_state=0), LABELS[key])
    reference = thumbling.reference(model, output="all")
    if reopened:
        reference = Reference(graph=graph_from_json(graph_to_json(reference.graph)))
    same(reference.predict(X), model.predict(X))
    ours, theirs = reference.predict_proba(X), model.predict_proba(X)
    assert isinstance(ours, list) == isinstance(theirs, list)
    pairs = zip(ours, theirs, strict=True) if isinstance(theirs, list) else [(ours, theirs)]
    for one, other in pairs:
        same(one, other, bound_of(reference, "proba"))


def _models() -> list[Any]:
    # A pipeline's shapes are those of its last step, a frozen estimator's those of what it holds.
    apart = ("sklearn.Pipeline", "sklearn.FrozenEstimator")
    names = [name.partition(".")[2] for name in supported()[0] if name not in apart]
    known = dict(all_estimators())
    return [known[name] for name in names]


def _made(kind: Any) -> Any:
    """An estimator of a class; what it needs inside is a linear model, or two."""
    needed = inspect.signature(kind).parameters
    regressor = issubclass(kind, RegressorMixin)
    inner = sklearn.linear_model.Ridge() if regressor else sklearn.linear_model.LogisticRegression()
    given = {
        "estimator": inner,
        "estimators": [("one", inner), ("two", inner)],
        "param_grid": {},
        "param_distributions": {},
        "n_iter": 1,
        "n_candidates": 1,
    }
    required = {name for name, p in needed.items() if p.default is inspect.Parameter.empty}
    several = {"n_estimators": 3} if "n_estimators" in needed else {}
    search = {n: given[n] for n in ("n_iter", "n_candidates") if "param_distributions" in required}
    wanted = {name: given[name] for name in required}
    return kind(**wanted, **several, **{n: v for n, v in search.items() if n in needed})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", _models(), ids=lambda kind: str(kind.__name__))
def test_shapes_are_those_of_every_supported_model(kind: Any) -> None:
    cases = [CLASS, CLASS > 0] if is_classifier(_made(kind)) else list(TARGETS.values())
    # Of two classes it holds one classifier, and that is to be compiled instead.
    cases = cases[:1] if kind.__name__ == "OneVsRestClassifier" else cases
    fitted = 0
    for y in cases:
        try:
            model = fit(make_pipeline(StandardScaler(), _made(kind)), y)
        except ValueError:  # many a regressor takes one target only
            continue
        fitted += 1
        reference = thumbling.reference(model, data=X, output="all")
        ours, theirs = reference.predict(X), model.predict(X)
        if is_classifier(model):
            same(ours, theirs)
        else:
            same(ours, theirs, bound_of(reference, "value"))
        fields = {output.field for output in reference.graph.outputs}
        if "score" in fields:
            score = reference.decision_function(X)
            same(score, model.decision_function(X), bound_of(reference, "score"))
        if "proba" in fields:
            same(reference.predict_proba(X), model.predict_proba(X), bound_of(reference, "proba"))
    assert fitted


def test_outputs_are_the_stored_integers() -> None:
    model = fit(make_pipeline(StandardScaler(), sklearn.linear_model.LogisticRegression()), CLASS)
    reference = thumbling.reference(model, data=X, output="all")
    outputs = reference.outputs(X)
    assert {name: array.shape for name, array in outputs.items()} == {
        "label": (150,),
        "proba": (150, 3),
        "score": (150, 3),
    }
    assert all(array.dtype == np.int32 for array in outputs.values())
    for output in reference.graph.outputs[1:]:
        scale = reference.graph.scales(output)[0]
        real = [[float(int(v) * scale) for v in row] for row in outputs[output.field]]
        method = {"proba": "predict_proba", "score": "decision_function"}[output.field]
        assert getattr(reference, method)(X).tolist() == real


@pytest.mark.parametrize(
    "scale", [Fraction(1, 1 << 60), Fraction(1, 10), Fraction(1 << 40), Fraction(7, 3**40)]
)
def test_real_numbers_are_rounded_once(scale: Fraction) -> None:
    stored = np.array([0, 1, -1, 3, 2**31 - 1, -(2**31), 3], dtype=np.int32)
    assert _times(stored, scale).tolist() == [float(int(v) * scale) for v in stored]


def test_metrics_of_scikit_learn_take_the_answers() -> None:
    binary = fit(sklearn.linear_model.LogisticRegression(), NAMES[CLASS % 2])
    reference = thumbling.reference(binary, data=X, output="all")
    truth = NAMES[CLASS % 2]
    assert accuracy_score(truth, reference.predict(X)) == binary.score(X, truth)
    scores = reference.decision_function(X)
    assert roc_auc_score(truth, scores) == pytest.approx(
        roc_auc_score(truth, binary.decision_function(X)), abs=1e-3
    )
    assert log_loss(truth, reference.predict_proba(X), labels=binary.classes_) > 0
    x, y = load_diabetes(return_X_y=True)
    tree = RandomForestRegressor(n_estimators=3, random_state=0).fit(x, y)
    assert r2_score(y, thumbling.reference(tree).predict(x)) == pytest.approx(tree.score(x, y))


def test_a_reference_takes_files_and_warns_as_compile_does(tmp_path: Path) -> None:
    tree = fit(DecisionTreeClassifier(random_state=0), CLASS)
    joblib.dump(tree, tmp_path / "tree.joblib")
    np.savez(tmp_path / "rows.npz", X=X, y=CLASS)
    said: list[str] = []
    reference = thumbling.reference(
        tmp_path / "tree.joblib",
        data=tmp_path / "rows.npz",
        input_type="int8",
        trust=True,
        warn=said.append,
    )
    with pytest.warns(UserWarning, match="storing the data as int8 changes the label of"):
        same(reference.predict(X), thumbling.reference(tree, data=X, input_type="int8").predict(X))
    assert [sentence.partition(" of ")[0] for sentence in said] == [
        "storing the data as int8 changes the label"
    ]


def test_what_was_not_compiled_names_the_option() -> None:
    logistic = fit(sklearn.linear_model.LogisticRegression(), CLASS)
    only_label = thumbling.reference(logistic, data=X)
    with pytest.raises(OptionError, match="--output proba"):
        only_label.predict_proba(X)
    with pytest.raises(OptionError, match="--output score"):
        only_label.decision_function(X)
    with pytest.raises(OptionError, match="--output label"):
        thumbling.reference(logistic, data=X, output="proba").predict(X)
    # It was compiled for all, so that is no advice.
    huber = sklearn.linear_model.SGDClassifier(loss="modified_huber", random_state=0)
    with pytest.raises(OptionError, match="has no predict_proba that is compiled"):
        thumbling.reference(fit(huber, CLASS), data=X, output="all").predict_proba(X)
    tree = thumbling.reference(fit(DecisionTreeClassifier(), CLASS))
    with pytest.raises(OptionError, match="no decision_function"):
        tree.decision_function(X)
    with pytest.raises(OptionError, match="is a regressor"):
        thumbling.reference(fit(DecisionTreeRegressor(), CLASS)).predict_proba(X)


def test_a_string_of_an_error_has_its_hint() -> None:
    reference = thumbling.reference(fit(DecisionTreeClassifier(), CLASS))
    with pytest.raises(DataError) as caught:
        reference.predict(X[0])
    assert caught.value.hint
    assert str(caught.value) == f"{caught.value.message}\nHint: {caught.value.hint}"
    assert str(DataError("no more to say")) == "no more to say"


def test_repr_is_one_line() -> None:
    model = fit(RandomForestClassifier(n_estimators=50, random_state=0), NAMES[CLASS])
    compiled = thumbling.compile(model, board="nucleo-f401", builder="none", verify=())
    for thing in (compiled, compiled.folder, thumbling.reference(model)):
        text = repr(thing)
        assert "\n" not in text
        assert "sklearn.RandomForestClassifier, 4 x float32 -> label" in text
        assert len(text) < 200
    assert repr(compiled).startswith("<thumbling.Compiled model: ")
    assert repr(compiled).endswith(" on nucleo_f401re, not verified>")
    same(compiled.predict(X), compiled.folder.predict(X))


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("1", "2.5"), "<i8"),
        (("300",), "|u1"),
        (("yes",), "|b1"),
        (("True", "False"), "|O:list"),
        (("a",), "<M8[s]"),
        (("a",), "no type"),
        (("abc",), "<U2"),
        (("__import__('os')",), "|S3"),
        (("01",), "<i8"),
    ],
)
def test_labels_that_do_not_print_as_the_class_names_are_refused(
    names: tuple[str, ...], kind: str
) -> None:
    with pytest.raises(ValueError, match="no labels of type"):
        read_labels(names, kind)
    model = fit(DecisionTreeClassifier(), NAMES[CLASS])
    text = graph_to_json(thumbling.reference(model).graph)
    assert '"label_types":["<U10"]' in text
    with pytest.raises(ModelError, match="damaged"):
        graph_from_json(text.replace('["<U10"]', '["<i8"]'))


def test_label_types() -> None:
    assert label_type(np.array([1, 2], dtype=object)) == "|O:int"
    assert label_type(np.array([np.int16(1)], dtype=object)) == "|O:int"
    with pytest.raises(TypeError):
        label_type(np.array([None]))


def test_no_rows_give_no_answers() -> None:
    tree = thumbling.reference(fit(DecisionTreeClassifier(), NAMES[CLASS]), output="all")
    assert tree.predict(X[:0]).shape == (0,)
    proba = tree.predict_proba(X[:0])
    assert isinstance(proba, np.ndarray)
    assert proba.shape == (0, 3)
    several = thumbling.reference(fit(DecisionTreeRegressor(), TARGETS["two"]))
    assert several.predict(X[:0]).shape == (0, 2)


def test_narrow_models_keep_their_shapes() -> None:
    svc, svr = fit(LinearSVC(), CLASS > 0), fit(LinearSVR(), CLASS)
    assert thumbling.reference(svc, data=X, output="all").decision_function(X[:1]).shape == (1,)
    assert thumbling.reference(svr, data=X).predict(X[:1]).shape == (1,)
