# SPDX-License-Identifier: MIT
"""Linear models: lowering, and how far the integers may be from scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from thumbling.errors import OptionError, UnsupportedModelError
from thumbling.frontends import lower
from thumbling.ir import DType, Graph, InputSpec, verify
from thumbling.ir.ops.clamp import Clamp
from thumbling.ir.ops.dense import Dense
from thumbling.ir.ops.quantize import Quantize
from thumbling.ir.source import Field
from thumbling.ir.source.linear import Linear
from thumbling.quantize.lowering import available_fields, quantize
from thumbling.reference.evaluate import evaluate

NO_SKLEARN = "scikit-learn is not installed: pip install 'thumbling[sklearn]'"
datasets = pytest.importorskip("sklearn.datasets", reason=NO_SKLEARN)
discriminant_analysis = pytest.importorskip("sklearn.discriminant_analysis", reason=NO_SKLEARN)
linear_model = pytest.importorskip("sklearn.linear_model", reason=NO_SKLEARN)
svm = pytest.importorskip("sklearn.svm", reason=NO_SKLEARN)
preprocessing = pytest.importorskip("sklearn.preprocessing", reason=NO_SKLEARN)
make_pipeline = pytest.importorskip("sklearn.pipeline", reason=NO_SKLEARN).make_pipeline

CLASSIFIERS = {
    "logistic": lambda: linear_model.LogisticRegression(max_iter=500),
    "linear svc": lambda: svm.LinearSVC(max_iter=5000),
    "discriminant": lambda: discriminant_analysis.LinearDiscriminantAnalysis(),
    "ridge": lambda: linear_model.RidgeClassifier(),
    "perceptron": lambda: linear_model.Perceptron(),
    "sgd hinge": lambda: linear_model.SGDClassifier(random_state=0),
    "sgd log": lambda: linear_model.SGDClassifier(loss="log_loss", random_state=0),
}
REGRESSORS = {
    "linear": lambda: linear_model.LinearRegression(),
    "no intercept": lambda: linear_model.LinearRegression(fit_intercept=False),
    "ridge": lambda: linear_model.Ridge(),
    "lasso": lambda: linear_model.Lasso(),
    "elastic net": lambda: linear_model.ElasticNet(),
    "sgd": lambda: linear_model.SGDRegressor(random_state=0),
    "linear svr": lambda: svm.LinearSVR(max_iter=5000),
    "ard": lambda: linear_model.ARDRegression(),
    "bayesian": lambda: linear_model.BayesianRidge(),
    "lars": lambda: linear_model.Lars(),
    "lasso lars": lambda: linear_model.LassoLars(alpha=0.1),
    "pursuit": lambda: linear_model.OrthogonalMatchingPursuit(),
    "quantile": lambda: linear_model.QuantileRegressor(alpha=0.01),
    "theil sen": lambda: linear_model.TheilSenRegressor(random_state=0, max_subpopulation=500),
}


def _spec(data: npt.NDArray[np.float64], dtype: str) -> InputSpec:
    n, kind = data.shape[1], DType(dtype)
    top = 1 if kind.is_float else kind.bounds[1]
    unit = np.ones(n) if kind.is_float else (np.abs(data).max(axis=0) + 1e-6) / top
    names = tuple(f"x{i}" for i in range(n))
    return InputSpec(dtype=kind, scale=tuple(unit.tolist()), offset=(0.0,) * n, names=names)


def _check_bounds(
    model: Any, graph: Graph, stored: npt.NDArray[np.generic], spec: InputSpec
) -> None:
    """Every value within its certificate, labels equal wherever the margin demands it."""
    verify(graph)
    outputs, _ = evaluate(graph, stored)
    real = spec.real(stored)
    for output in graph.outputs:
        bound = output.certificate.epsilon
        assert output.certificate.kind == "bounded"
        assert bound is not None
        if output.field == "label":
            _check_labels(model, outputs["label"][:, 0], real, bound)
            continue
        method = {"proba": "predict_proba", "score": "decision_function", "value": "predict"}
        exact = getattr(model, method[output.field])(real).reshape(len(stored), -1)
        ours = graph.real(output, outputs[output.field])
        assert np.abs(ours - exact).max() <= bound


def _check_labels(model: Any, labels: Any, real: Any, bound: float) -> None:
    score = model.decision_function(real)
    if score.ndim == 1:
        certain = np.abs(score) > bound
    else:
        best = np.sort(score, axis=1)
        certain = best[:, -1] - best[:, -2] > 2 * bound
    theirs = np.searchsorted(model.classes_, model.predict(real))
    assert (labels == theirs)[certain].all()
    assert certain.mean() > 0.9


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", ["float32", "int16", "int32"])
@pytest.mark.parametrize("data", ["iris", "breast_cancer"])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers_stay_within_their_bounds(name: str, data: str, dtype: str) -> None:
    x, y = getattr(datasets, f"load_{data}")(return_X_y=True)
    model = make_pipeline(preprocessing.StandardScaler(), CLASSIFIERS[name]()).fit(x, y)
    spec = _spec(x, dtype)
    stored = spec.store(x)
    source = lower(model)
    fields: tuple[Field, ...] = available_fields(source)
    graph = quantize(source, spec, fields, "m", data=stored)
    _check_bounds(model, graph, stored, spec)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", ["float32", "int16", "uint8"])
@pytest.mark.parametrize("name", REGRESSORS)
def test_regressors_stay_within_their_bounds(name: str, dtype: str) -> None:
    x, y = datasets.load_diabetes(return_X_y=True, scaled=False)
    model = make_pipeline(preprocessing.MinMaxScaler(), REGRESSORS[name]()).fit(x, y)
    spec = _spec(x, dtype)
    stored = spec.store(x)
    graph = quantize(lower(model), spec, ("value",), "m", data=stored)
    _check_bounds(model, graph, stored, spec)


@pytest.mark.parametrize("data_given", [True, False])
def test_clipping_scaler_becomes_a_clamp(data_given: bool) -> None:
    x, y = datasets.load_iris(return_X_y=True)
    model = make_pipeline(
        preprocessing.MinMaxScaler(clip=True), linear_model.LogisticRegression()
    ).fit(x[::3], y[::3])
    spec = _spec(3 * x, "int16")
    stored = spec.store(np.concatenate([x, 3 * x, -x]))
    graph = quantize(
        lower(model), spec, ("label", "proba"), "m", data=stored if data_given else None
    )
    assert any(isinstance(op, Clamp) for op in graph.ops)
    _check_bounds(model, graph, stored, spec)


@pytest.mark.parametrize("data_given", [True, False])
def test_int32_far_outside_the_data_keeps_its_label(data_given: bool) -> None:
    """Data in a small part of the type set how fine scores are; the others saturate, no input."""
    x, y = datasets.load_breast_cancer(return_X_y=True)
    model = make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression())
    model.fit(x, y)
    spec = InputSpec(
        dtype=DType.INT32,
        scale=(1e-3,) * 30,
        offset=(0.0,) * 30,
        names=tuple(f"x{i}" for i in range(30)),
    )
    stored = spec.store(x)
    graph = quantize(
        lower(model), spec, ("label", "proba"), "m", data=stored if data_given else None
    )
    _check_bounds(model, graph, stored, spec)
    dense = next(op for op in graph.ops if isinstance(op, Dense))
    assert dense.saturate
    assert "saturate beyond" in graph.outputs[0].certificate.reason
    rng = np.random.default_rng(0)
    far = rng.integers(-(2**31), 2**31, size=(2000, 30)).astype(np.int32)
    score = model.decision_function(spec.real(far))
    outputs, _ = evaluate(graph, far)
    scale = float(graph.tensors["score"].scales[0])
    assert (np.abs(score) > 2.0**31 * scale).mean() > 0.9
    assert (outputs["label"][:, 0] == (score > 0)).all()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("precision", ["auto", "int8", "int16"])
def test_digits_labels_equal_the_source(precision: str) -> None:
    x, y = datasets.load_digits(return_X_y=True)
    model = linear_model.LogisticRegression(max_iter=100).fit(x, y)
    spec = _spec(x, "uint8")
    stored = spec.store(x)
    graph = quantize(lower(model), spec, ("label",), "m", precision=precision, data=stored)
    agreement = (
        evaluate(graph, stored)[0]["label"][:, 0] == model.predict(spec.real(stored))
    ).mean()
    assert agreement >= (0.99 if precision == "int8" else 1.0)


def test_float_without_any_range_is_only_measured() -> None:
    x, y = datasets.load_iris(return_X_y=True)
    model = linear_model.LogisticRegression(max_iter=500).fit(x, y)
    spec = _spec(x, "float32")
    graph = quantize(lower(model), spec, ("label",), "m")
    assert graph.outputs[0].certificate.kind == "measured"
    assert any(isinstance(op, Quantize) and op.bits == 32 for op in graph.ops)
    labels = evaluate(graph, spec.store(x))[0]["label"][:, 0]
    assert (labels == model.predict(x.astype(np.float32))).all()


def test_probabilities_of_a_score_classifier_are_refused() -> None:
    x, y = datasets.load_iris(return_X_y=True)
    model = linear_model.RidgeClassifier().fit(x, y)
    with pytest.raises(OptionError) as caught:
        quantize(lower(model), _spec(x, "int16"), ("proba",), "m")
    assert "score" in caught.value.hint


def test_unfitted_and_diverged_models_are_refused() -> None:
    with pytest.raises(UnsupportedModelError, match="not been fitted"):
        lower(linear_model.Ridge())
    model = linear_model.Ridge().fit([[1.0], [2.0]], [1.0, 2.0])
    model.coef_ = np.array([np.inf])
    with pytest.raises(UnsupportedModelError, match="coef_"):
        lower(model)


def test_sparse_coefficients_are_dense_in_the_source_model() -> None:
    x, y = datasets.load_iris(return_X_y=True)
    model = linear_model.LogisticRegression(max_iter=500).fit(x, y)
    dense = lower(model).producers["score"]
    sparse = lower(model.sparsify()).producers["score"]
    assert isinstance(dense, Linear)
    assert isinstance(sparse, Linear)
    assert (dense.coef == sparse.coef).all()


def test_multilabel_ridge_is_refused() -> None:
    model = linear_model.RidgeClassifier().fit([[0.0], [1.0], [2.0]], [[0, 1], [1, 0], [1, 1]])
    with pytest.raises(UnsupportedModelError, match="multilabel"):
        lower(model)
