# SPDX-License-Identifier: MIT
"""Multi-layer perceptrons: the source ops give the very bits of scikit-learn's own arithmetic."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from thumbling.errors import ModelError, OptionError, UnsupportedModelError
from thumbling.frontends import lower
from thumbling.ir.source import INPUT
from thumbling.ir.source.activation import Activation
from thumbling.pipeline import Options, compile_model
from thumbling.reference import evaluate

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
RNG = np.random.default_rng(2)
X = RNG.normal(size=(200, 6)) * 12
VALUES = np.column_stack([np.sin(X[:, 0] / 5), X[:, 1] - X[:, 2]])
FUNCTIONS = ("identity", "relu", "logistic", "tanh")


def regressor(function: str, fitted: Any) -> Any:
    model = MLPRegressor(
        hidden_layer_sizes=(9, 5), activation=function, max_iter=20, random_state=0
    )
    return model.fit(X.astype(fitted), VALUES)


def regressor_of(*sizes: int) -> Any:
    return MLPRegressor(hidden_layer_sizes=sizes, max_iter=600, random_state=0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.uint8, np.int16, np.int32])
@pytest.mark.parametrize("fitted", [np.float32, np.float64])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_values_equal_predict_bit_for_bit(function: str, fitted: Any, dtype: Any) -> None:
    model = regressor(function, fitted)
    x = np.clip(X * 3, 0, 120).astype(dtype)
    ours, theirs = lower(model).value("value", x), model.predict(x)
    assert ours.dtype == theirs.dtype
    assert ours.tobytes() == theirs.tobytes()


@pytest.mark.parametrize("classes", [["no", "yes"], ["ash", "elm", "oak"], [3, 5, 8, 13]])
def test_scores_and_labels_of_classifiers(classes: list[Any]) -> None:
    labels = np.array(classes)[np.arange(len(X)) % len(classes)]
    model = MLPClassifier((7,), max_iter=60, random_state=0).fit(X, labels)
    source = lower(model)
    plain = copy.deepcopy(model)
    plain.out_activation_ = "identity"
    scores = plain._forward_pass_fast(X)
    (score,) = source.producers["proba"].inputs
    assert source.value(score, X).tobytes() == scores.tobytes()
    index = source.value("label", X)[:, 0]
    assert (np.array(classes)[index] == model.predict(X)).all()
    assert set(source.prediction.fields) == {"label", "proba"}
    near = np.abs(source.value("proba", X) - model.predict_proba(X))
    assert near.max() < 1e-15


def test_no_activation_falls() -> None:
    x = np.sort(RNG.normal(size=500) * 20)[:, None]
    for function in FUNCTIONS:
        op = Activation(inputs=(INPUT,), output="y", function=function)  # type: ignore[arg-type]
        assert (np.diff(op.run(x)[:, 0]) >= 0).all()


def test_what_cannot_be_compiled_says_why() -> None:
    flags = (VALUES > 0).astype(int)
    with pytest.raises(UnsupportedModelError, match="multilabel targets") as caught:
        lower(MLPClassifier((3,), max_iter=5).fit(X, flags))
    assert "each label" in caught.value.hint
    with pytest.raises(UnsupportedModelError, match="an exponential"):
        lower(MLPRegressor(loss="poisson", hidden_layer_sizes=(3,), max_iter=5).fit(X, flags[:, 0]))
    with pytest.raises(UnsupportedModelError, match="has not been fitted"):
        lower(MLPRegressor())
    labelled = MLPClassifier((3,), max_iter=5).fit(X, flags[:, 0])
    with pytest.raises(OptionError, match="has no output 'score'"):
        compile_model(labelled, Options(name="m", output="score"), X)
    labelled._label_binarizer.pos_label = 2
    with pytest.raises(ModelError, match="label binarizer is for binary targets"):
        lower(labelled)


@pytest.mark.parametrize("data", [X, None])
def test_sums_without_end_are_refused(data: Any) -> None:
    model = regressor_of(3, 3, 3).fit(X, VALUES)
    model.coefs_ = [np.full_like(coef, 1e90) for coef in model.coefs_]
    with pytest.raises(UnsupportedModelError, match="may reach"):
        compile_model(model, Options(name="m", input_type="int8"), data)


def test_data_choose_the_bits() -> None:
    """A label alone is served by 8 bits; numbers that must be near, by 16."""
    x, y = (part[:600] for part in load_digits(return_X_y=True))
    model = MLPClassifier((8,), max_iter=40, random_state=0).fit(x, y)

    def hidden(**options: Any) -> str:
        made = compile_model(model, Options(name="m", input_type="uint8", **options), x)
        return made.graph.tensors["hidden"].dtype.value

    assert hidden(precision="int8", output="all") == "uint8"
    assert hidden(precision="int16") == "int16"
    assert hidden(output="proba") == "int16"


def test_features_of_different_size_are_brought_to_one() -> None:
    """A unit each: in one table of weights of 8 bits, most would be nothing."""
    sizes = np.array([1.0, 300.0, 4.0, 9000.0, 2.0, 70.0])
    rows = np.rint(RNG.normal(size=(300, 6)) * sizes)
    model = make_pipeline(StandardScaler(), regressor_of(4)).fit(rows, (rows / sizes).sum(axis=1))
    made = compile_model(model, Options(name="m", input_type="int16", precision="int8"), rows)
    assert [op.output for op in made.graph.ops] == ["level", "sums", "hidden", "value"]
    assert made.graph.tensors["level"].dtype.value == "int16"
    assert made.fidelity.max_abs_error < 0.3
    # Far outside of what was seen nothing wraps.
    far = np.array([[32767] * 6, [-32768] * 6, [-1] * 6], dtype=np.int16)
    evaluate(made.graph, far, check=True)


def test_without_data_ranges_are_those_that_intervals_prove() -> None:
    model = regressor("relu", np.float64)
    made = compile_model(model, Options(name="m", input_type="int8", output="value"))
    (output,) = made.graph.outputs
    assert made.graph.tensors["hidden"].dtype.value == "int16"
    assert output.certificate.kind == "bounded"
    assert made.fidelity.max_abs_error <= (output.certificate.epsilon or 0.0)
