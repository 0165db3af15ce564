# SPDX-License-Identifier: MIT
"""C of linear models against the reference on the host: compilers, sanitizers, intrinsics off."""

from __future__ import annotations

import shutil
import struct
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from thumbling.codegen.module import emit
from thumbling.fixedpoint import EXP_ONE
from thumbling.frontends import lower
from thumbling.ir import DType, Graph, InputSpec
from thumbling.ir.source import Field
from thumbling.quantize.lowering import available_fields, quantize
from thumbling.reference.evaluate import evaluate, pack_outputs
from thumbling.resources import data_dir
from thumbling_hil.targets.host import run_host

NO_SKLEARN = "scikit-learn is not installed: pip install 'thumbling[sklearn]'"
datasets = pytest.importorskip("sklearn.datasets", reason=NO_SKLEARN)
linear_model = pytest.importorskip("sklearn.linear_model", reason=NO_SKLEARN)
pipeline = pytest.importorskip("sklearn.pipeline", reason=NO_SKLEARN)
preprocessing = pytest.importorskip("sklearn.preprocessing", reason=NO_SKLEARN)

# Weights are wanted here, not the best ones.
pytestmark = pytest.mark.filterwarnings("ignore:lbfgs failed to converge")

Rows = npt.NDArray[np.generic]
Fitted = tuple[Any, npt.NDArray[np.float64]]

WARNINGS = [
    "-std=c99",
    "-pedantic",
    "-Wall",
    "-Wextra",
    "-Wconversion",
    "-Wsign-conversion",
    "-Wshadow",
    "-Wdouble-promotion",
    "-Wundef",
    "-Werror",
]
COMPILERS = {
    "gcc-O0": ("gcc", "-O0"),
    "gcc-O2-portable": ("gcc", "-O2", "-DTHB_NO_INTRINSICS"),
    "clang-sanitized": (
        "clang",
        "-O1",
        "-fsanitize=address,undefined",
        "-fno-sanitize-recover=all",
    ),
}
EVERYTHING = ("label", "proba", "score")


def _write(graph: Graph, optimize: str, folder: Path) -> None:
    model = emit(graph, optimize)
    for name, text in model.files.items():
        (folder / name).write_text(text)
    for path in model.runtime_files:
        target = folder / path.removeprefix("include/").removeprefix("src/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(data_dir("runtime_c") / path, target)


def _check(graph: Graph, rows: Rows, optimize: str, compiler: str, folder: Path) -> None:
    cc, *flags = COMPILERS[compiler]
    if shutil.which(cc) is None:
        pytest.skip(f"{cc} is not installed: apt install {cc}")
    _write(graph, optimize, folder)
    answers = run_host(
        folder,
        graph.name,
        graph.input.n_bytes,
        graph.out_bytes,
        np.ascontiguousarray(rows, graph.input.dtype.numpy).tobytes(),
        cc=cc,
        flags=(*WARNINGS, *flags),
    )
    outputs, refused = evaluate(graph, rows)
    assert [a.status for a in answers] == [-1 if bad else 0 for bad in refused]
    expected = pack_outputs(graph, outputs)
    for answer, want, bad in zip(answers, expected, refused, strict=True):
        assert bad or answer.output == want


def _extremes(spec: InputSpec, rows: Rows) -> Rows:
    """Rows of the data, all least, all greatest, mixed ends, and noise over the whole type."""
    rng = np.random.default_rng(3)
    n, kind = spec.n_features, spec.dtype.numpy
    if spec.dtype.is_float:
        bits = rng.integers(0, 2**32, size=(200, n), dtype=np.uint32)
        wild = bits.view(np.float32)
        special = [0.0, -0.0, np.inf, -np.inf, 1e-45, -1e-45, 3.4e38, -3.4e38, 0.5, -0.5, np.nan]
        ends = rng.choice(np.array(special, dtype=np.float32), size=(100, n))
        no_nan = np.nan_to_num(ends, nan=1.5, posinf=np.inf, neginf=-np.inf)
        return np.concatenate([rows, wild, np.nan_to_num(wild), ends, no_nan]).astype(kind)
    low, high = spec.dtype.bounds
    far = rng.choice([low, high], size=(100, n))
    corners = np.array([[low] * n, [high] * n])
    noise = rng.integers(low, high + 1, size=(200, n))
    return np.concatenate([rows.astype(np.int64), corners, far, noise]).astype(kind)


def _models() -> dict[str, Fitted]:
    digits, cancer = datasets.load_digits(), datasets.load_breast_cancer()
    diabetes, iris = datasets.load_diabetes(scaled=False), datasets.load_iris()
    make = pipeline.make_pipeline
    scaler, clip = preprocessing.StandardScaler, partial(preprocessing.MinMaxScaler, clip=True)
    sgd = linear_model.SGDClassifier(loss="log_loss", random_state=0)
    two = np.stack([diabetes.target, -3.0 * diabetes.target], axis=1)
    # 19 classes: no number of sums at a time divides it.
    many = np.minimum(digits.target + 10 * (digits.data[:, 20] > 8), 18)
    perceptron = linear_model.Perceptron()
    return {
        "many": (perceptron.fit(digits.data, many), digits.data),
        "many, clipped": (
            make(clip(), linear_model.Perceptron()).fit(digits.data, many),
            digits.data,
        ),
        "digits": (
            linear_model.LogisticRegression(max_iter=60).fit(digits.data, digits.target),
            digits.data,
        ),
        "cancer": (
            make(scaler(), linear_model.LogisticRegression()).fit(cancer.data, cancer.target),
            cancer.data,
        ),
        "iris": (make(clip(), sgd).fit(iris.data[::2], iris.target[::2]), iris.data),
        "perceptron": (linear_model.Perceptron().fit(iris.data, iris.target == 0), iris.data),
        "ridge": (
            make(preprocessing.RobustScaler(), linear_model.Ridge()).fit(
                diabetes.data, diabetes.target
            ),
            diabetes.data,
        ),
        "two values": (linear_model.LinearRegression().fit(diabetes.data, two), diabetes.data),
    }


@pytest.fixture(scope="module")
def models() -> dict[str, Fitted]:
    """Fitted models with their data."""
    return _models()


def _graph(
    fitted: Fitted, dtype: str, precision: str = "auto", fields: tuple[Field, ...] | None = None
) -> tuple[Graph, Rows]:
    model, data = fitted
    source, n = lower(model), data.shape[1]
    unit = np.ones(n) if dtype == "float32" else np.abs(data).max(axis=0) / 100 + 1e-3
    spec = InputSpec(
        dtype=DType(dtype),
        scale=tuple(unit.tolist()),
        offset=(0.0,) * n,
        names=tuple(f"x{i}" for i in range(n)),
    )
    rows = spec.store(data)
    wanted = available_fields(source) if fields is None else fields
    return quantize(source, spec, wanted, "m", precision=precision, data=rows), rows


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("dtype", ["int16", "float32"])
@pytest.mark.parametrize("name", ["digits", "cancer", "iris", "perceptron", "ridge", "two values"])
def test_gcc_gives_the_reference_bits(
    models: Any, name: str, dtype: str, optimize: str, tmp_path: Path
) -> None:
    graph, rows = _graph(models[name], dtype)
    _check(graph, _extremes(graph.input, rows[:100]), optimize, "gcc-O2-portable", tmp_path)


@pytest.mark.parametrize("optimize", ["size", "balanced", "speed"])
@pytest.mark.parametrize("dtype", ["int8", "uint8", "uint16", "int32"])
def test_every_stored_type(models: Any, dtype: str, optimize: str, tmp_path: Path) -> None:
    for name, precision in (("iris", "auto"), ("ridge", "int8")):
        graph, rows = _graph(models[name], dtype, precision)
        folder = tmp_path / name
        folder.mkdir()
        _check(graph, _extremes(graph.input, rows[:50]), optimize, "gcc-O0", folder)


@pytest.mark.parametrize("dtype", ["int16", "int32", "float32"])
@pytest.mark.parametrize("name", ["digits", "cancer", "iris", "ridge"])
def test_clang_sanitizers_find_nothing(models: Any, name: str, dtype: str, tmp_path: Path) -> None:
    graph, rows = _graph(models[name], dtype)
    _check(graph, _extremes(graph.input, rows[:50]), "speed", "clang-sanitized", tmp_path)


def test_nan_is_refused(models: Any, tmp_path: Path) -> None:
    graph, rows = _graph(models["ridge"], "float32")
    bad = rows[:3].copy()
    bad[1, 4] = np.nan
    assert evaluate(graph, bad)[1].tolist() == [False, True, False]
    _check(graph, bad, "size", "gcc-O0", tmp_path)


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("name", ["many", "many, clipped"])
def test_label_of_many_classes(models: Any, name: str, optimize: str, tmp_path: Path) -> None:
    for dtype in ("float32", "int16"):
        graph, rows = _graph(models[name], dtype, fields=("label",))
        folder = tmp_path / dtype
        folder.mkdir()
        _check(graph, _extremes(graph.input, rows[:300]), optimize, "clang-sanitized", folder)


def test_packed_scores_are_little_endian_int32(models: Any) -> None:
    graph, rows = _graph(models["iris"], "int16")
    outputs, _ = evaluate(graph, rows[:1])
    packed = pack_outputs(graph, outputs)[0]
    label, *rest = struct.unpack("<7i", packed)
    assert label == outputs["label"][0, 0]
    assert abs(sum(rest[:3]) - EXP_ONE // 2) <= 3
