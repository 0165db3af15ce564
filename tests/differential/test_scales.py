# SPDX-License-Identifier: MIT
"""Regressors with several outputs: each value has a scale and a bound of its own."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

from thumbling.errors import UnsupportedModelError
from thumbling.ir.ops.dense import Dense
from thumbling.ir.serialize import graph_from_json, graph_to_json
from thumbling.pipeline import Compilation, Options, compile_model
from thumbling.resources import data_dir

Rows = npt.NDArray[np.float64]
X, Y = load_diabetes(return_X_y=True, scaled=False)
NOISE = np.random.default_rng(0).normal(size=(3, len(X)))
# The sizes of the fault that was seen: the second value was one constant for all rows.
SIZES = (5000.0, 0.001, 1000.0)
TARGET = np.stack([(X[:, k] + NOISE[k]) * SIZES[k] / np.ptp(X[:, k]) for k in range(3)], axis=1)
MODELS: dict[str, Any] = {
    "linear": lambda: LinearRegression(),
    "scaled": lambda: make_pipeline(StandardScaler(), Ridge()),
    "tree": lambda: DecisionTreeRegressor(max_depth=6, random_state=0),
    "forest": lambda: RandomForestRegressor(7, max_depth=6, random_state=0),
}


def _compiled(name: str, **options: Any) -> tuple[Any, Compilation]:
    model = MODELS[name]().fit(X, TARGET)
    return model, compile_model(model, Options(name="m", **options), X)


@pytest.mark.parametrize("input_type", ["float32", "int16", "int32"])
@pytest.mark.parametrize("name", MODELS)
def test_every_value_keeps_its_range(name: str, input_type: str) -> None:
    model, compiled = _compiled(name, input_type=input_type)
    graph = compiled.graph
    (output,) = graph.outputs
    real = graph.real(output, compiled.expected["value"][: len(X)])
    theirs = model.predict(graph.input.real(compiled.vectors[: len(X)]))
    bounds = output.certificate.epsilons
    for k, size in enumerate(SIZES):
        assert bounds[k] < size / 40
        assert np.abs(real[:, k] - theirs[:, k]).max() <= bounds[k]
        assert len(np.unique(real[:, k])) > 20
    assert len(set(graph.scales(output))) > 1
    assert output.certificate.epsilon == max(bounds)


def test_one_shift_serves_all_rows() -> None:
    graph = _compiled("linear", input_type="int32")[1].graph
    dense = next(op for op in graph.ops if isinstance(op, Dense))
    assert isinstance(dense.shift, int)
    # Every row fills its weights: none is small beside another.
    assert (
        np.abs(dense.weight.astype(np.int64)).max(axis=1) > np.iinfo(dense.weight.dtype).max // 2
    ).all()


@pytest.mark.parametrize("name", ["linear", "forest"])
def test_scales_survive_the_model_file(name: str) -> None:
    graph = _compiled(name)[1].graph
    again = graph_from_json(graph_to_json(graph))
    assert again.tensors == graph.tensors
    assert again.outputs == graph.outputs
    assert again.domain == graph.domain


def test_values_of_one_size_keep_a_single_scale() -> None:
    target = np.stack([Y, Y[::-1]], axis=1)
    compiled = compile_model(MODELS["forest"]().fit(X, target), Options(name="m"), X)
    assert isinstance(compiled.graph.scale_text(compiled.graph.outputs[0]), str)
    assert "#define M_VALUE_SCALE (" in re.sub(" +", " ", compiled.c.files["m.h"])


_PROGRAM = """\
#include <stdio.h>
#include "m.h"
static const double scale[M_N_VALUE] = M_VALUE_SCALE;
static const double over[M_N_VALUE] = M_VALUE_SCALE_NUM;
static const double under[M_N_VALUE] = M_VALUE_SCALE_DEN;
static const double by_name[3] = {M_VALUE_SCALE_0, M_VALUE_SCALE_1, M_VALUE_SCALE_2};
int main(void)
{
    for (int k = 0; k < 3; k++) {
        printf("%.17g %.17g %.17g\\n", scale[k], over[k] / under[k], by_name[k]);
    }
    return 0;
}
"""
_STRICT = ("-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror")


@pytest.mark.parametrize(
    ("compiler", "suffix", "flags"),
    [
        ("gcc", "c", ("-std=c99",)),
        ("clang", "c", ("-std=c99",)),
        ("g++", "cpp", ("-std=c++11",)),
    ],
)
@pytest.mark.parametrize("name", ["linear", "forest"])
def test_the_header_has_every_scale(
    name: str, compiler: str, suffix: str, flags: tuple[str, ...], tmp_path: Path
) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    graph, c = (compiled := _compiled(name)[1]).graph, compiled.c
    (tmp_path / "m.h").write_text(c.files["m.h"])
    source, program = tmp_path / f"main.{suffix}", tmp_path / "main"
    source.write_text(_PROGRAM)
    include = data_dir("runtime_c") / "include"
    command = [compiler, *flags, *_STRICT, f"-I{include}", f"-I{tmp_path}", str(source)]
    subprocess.run([*command, "-o", str(program)], check=True)
    said = subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout
    for line, scale in zip(said.splitlines(), graph.scales(graph.outputs[0]), strict=True):
        assert [float(word) for word in line.split()] == [float(scale)] * 3


def test_a_value_that_loses_its_range_is_refused() -> None:
    """A constant that leaves no bits for what moves: alone, and beside a value that keeps its."""
    lost = TARGET.copy()
    lost[:, 1] = 1e12 + NOISE[1]
    for name in ("linear", "forest"):
        model = MODELS[name]().fit(X, lost)
        with pytest.raises(UnsupportedModelError, match="value 1 would lose its range") as caught:
            compile_model(model, Options(name="m"), X)
        assert caught.value.exit_code == 1
        assert "less its mean" in caught.value.hint


@pytest.mark.parametrize("constant", [0.0, 1e-9, 0.1, 7e6])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_value_is_no_loss(constant: float, dtype: Any) -> None:
    """Training leaves a little rounding in it, which is no range."""
    x, target = X.astype(dtype), np.stack([Y, np.full(len(Y), constant)], axis=1).astype(dtype)
    flat = LinearRegression().fit(x, target)
    flat.coef_[1], flat.intercept_[1] = 0.0, constant
    for model in (MODELS["tree"]().fit(x, target), MODELS["linear"]().fit(x, target), flat):
        graph = compile_model(model, Options(name="m", input_type="int32"), X).graph
        bounds = graph.outputs[0].certificate.bounds(2)
        assert bounds[1] <= constant * (1e-4 if dtype is np.float32 else 1e-6)
