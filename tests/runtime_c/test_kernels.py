# SPDX-License-Identifier: MIT
"""The runtime's kernels alone: on the host, beside the reference and NumPy, on many numbers."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from thumbling.fixedpoint import (
    exp_q16,
    float_key,
    key_float,
    rescale,
    rounding_shift_right,
    saturate,
)
from thumbling.ir.ops.interpolate import Interpolate
from thumbling.ir.ops.quantize import Quantize
from thumbling.ir.ops.softmax import Softmax
from thumbling.reference.interpolate import evaluate_interpolate
from thumbling.reference.meaning import Evaluation
from thumbling.reference.quantize import evaluate_quantize
from thumbling.reference.softmax import evaluate_softmax
from thumbling.resources import data_dir

WARNINGS = (
    *("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion"),
    *("-Wshadow", "-Wdouble-promotion", "-Wundef", "-Werror"),
)
EDGES = np.array([0, 1, -1, 2**31 - 1, -(2**31), 2**30, -(2**30), 255, -256], dtype=np.int32)
MODES = ("softmax", "ovr", "sigmoid")


@pytest.fixture(scope="module", params=["gcc -O0", "gcc -O2", "clang -O2"])
def kernels(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The shared library of `kernels.c`."""
    compiler, level = str(request.param).split()
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed: apt install {compiler}")
    target = tmp_path_factory.mktemp("kernels") / "kernels.so"
    include = data_dir("runtime_c") / "include"
    command = [compiler, level, *WARNINGS, "-shared", "-fPIC", f"-I{include}", "-o", str(target)]
    subprocess.run([*command, str(Path(__file__).with_name("kernels.c"))], check=True)
    return ctypes.CDLL(str(target))


def _at(array: npt.NDArray[Any]) -> ctypes.c_void_p:
    assert array.flags.c_contiguous
    return ctypes.c_void_p(array.ctypes.data)


def _scores(n: int) -> npt.NDArray[np.int32]:
    """Rows of n: over the whole type, close together, and all pairs of edges."""
    rng = np.random.default_rng(n)
    whole = rng.integers(-(2**31), 2**31, (2000, n), dtype=np.int32)
    close = rng.integers(-(2**17), 2**17, (2000, n), dtype=np.int32)
    pairs = np.stack(np.meshgrid(EDGES, EDGES), axis=-1).reshape(-1, 2)
    return np.concatenate([whole, close, np.resize(pairs, (200, n))])


@pytest.mark.parametrize("fraction_bits", [0, 1, 15, 22, 27, 31, 40])
def test_exp(kernels: Any, fraction_bits: int) -> None:
    rng = np.random.default_rng(fraction_bits)
    near = np.arange(1 << 16, dtype=np.uint32)
    distance = np.concatenate([near, ~near, rng.integers(0, 2**32, 100_000, dtype=np.uint32)])
    power = np.empty_like(distance)
    kernels.each_exp(_at(distance), len(distance), fraction_bits, _at(power))
    assert np.array_equal(power, exp_q16(distance.astype(np.int64), fraction_bits))


@pytest.mark.parametrize("fraction_bits", [0, 9, 15, 27, 40])
@pytest.mark.parametrize("n", [1, 2, 3, 17])
@pytest.mark.parametrize("mode", MODES)
def test_probabilities(kernels: Any, mode: str, n: int, fraction_bits: int) -> None:
    n = 1 if mode == "sigmoid" else n
    score = _scores(n)
    op = Softmax(inputs=("s",), output="p", mode=mode, fraction_bits=fraction_bits)
    proba = np.empty((len(score), 2 if mode == "sigmoid" else n), dtype=np.int32)
    arguments = (_at(score), _at(proba), len(score), n, fraction_bits)
    kernels.each_row(MODES.index(mode), *arguments)
    assert np.array_equal(proba, evaluate_softmax(op, Evaluation(n_rows=len(score)), score))


def test_scores_become_probabilities_in_place(kernels: Any) -> None:
    score = _scores(5)
    for mode in (0, 1):
        there, here = np.empty_like(score), score.copy()
        kernels.each_row(mode, _at(score), _at(there), len(score), 5, 15)
        kernels.each_row(mode, _at(here), _at(here), len(score), 5, 15)
        assert np.array_equal(there, here)


@pytest.mark.parametrize("n", [1, 2, 3, 17])
def test_argmax(kernels: Any, n: int) -> None:
    values = np.concatenate([_scores(n), _scores(n) // 2**29])  # these have many ties
    label = np.empty((len(values), 2), dtype=np.int32)
    kernels.each_argmax(_at(values), _at(label), len(values), n)
    assert np.array_equal(label, np.repeat(values.argmax(axis=1)[:, None], 2, axis=1))


def _floats() -> npt.NDArray[np.float32]:
    """Every exponent and sign with a few fractions, NaNs of either sign, and random bits."""
    fractions = np.array([0, 1, 0x400000, 0x7FFFFF], dtype=np.uint32)
    heads = np.arange(512, dtype=np.uint32) << 23
    bits = (heads[:, None] | fractions).ravel()
    rng = np.random.default_rng(1)
    return np.concatenate([bits, rng.integers(0, 2**32, 5000, dtype=np.uint32)]).view(np.float32)


def test_comparisons_of_float_bits(kernels: Any) -> None:
    x = _floats()
    nan = np.isnan(x)
    thresholds = x[~nan][:: len(x) // 300]
    for key, threshold in zip(float_key(thresholds).tolist(), thresholds, strict=True):
        assert key_float(np.array([key]))[0] == threshold
        said = np.empty((len(x), 3), dtype=np.int32)
        kernels.each_comparison(_at(x), len(x), key, _at(said))
        # -0.0 lies below +0.0 in the order of bits: keys of thresholds are made for that.
        left = ~nan & (float_key(x) <= key)
        assert np.array_equal(said[:, 0] != 0, left)
        assert np.array_equal(said[:, 1] != 0, left | nan)
        assert np.array_equal(said[~nan, 2] != 0, left[~nan])


@pytest.mark.parametrize("bits", [8, 16, 31, 32])
@pytest.mark.parametrize("shift", [-97, -20, 0, 1, 7, 23, 60, 125])
def test_quantize(kernels: Any, shift: int, bits: int) -> None:
    halves = (np.arange(-600, 600) + 0.5) * 2.0**-shift
    x = np.concatenate([_floats(), halves.astype(np.float32)])
    op = Quantize(inputs=("x",), output="q", shift=np.array([shift], dtype=np.int32), bits=bits)
    at = Evaluation(n_rows=len(x))
    expected, refused = evaluate_quantize(op, at, x[:, None]), at.refused
    said = np.empty(len(x), dtype=np.int32)
    kernels.each_quantized(_at(x), _at(said), len(x), 158 - shift, bits)
    assert np.array_equal(said == -(2**31), refused)
    assert np.array_equal(said[~refused], expected[~refused, 0])


@pytest.mark.parametrize("shift", [0, 1, 7, 15, 30])
def test_rounding_of_sums(kernels: Any, shift: int) -> None:
    rng = np.random.default_rng(shift)
    acc = rng.integers(-(2**62), 2**62, 20_000)
    acc[:1000] = (np.arange(1000) - 500) * (1 << shift) // 2
    said = np.empty((len(acc), 3), dtype=np.int32)
    kernels.each_rounded(_at(acc), _at(said), len(acc), shift)
    assert np.array_equal(said[:, 0], rounding_shift_right(acc >> 32, shift))
    assert np.array_equal(said[:, 1], saturate(rounding_shift_right(acc, shift), 32))
    assert np.array_equal(said[:, 2], rounding_shift_right(acc >> 34, shift))


def _most_rescaled(bits: int, multiplier: int, shift: int) -> int:
    """The greatest value whose product, and whose result, fit their types."""
    if bits == 32:
        return (2**31 - 1 - (1 << shift) // 2) // multiplier if shift < 31 else 0
    return min(2**31 - 1, ((2**31 - 1) << shift) // multiplier)


RESCALINGS = [
    (bits, multiplier, shift)
    for bits, multiplier, shift in product(
        (32, 64), (1, 3, 19661, 2**30 + 1, 2**31 - 1), (0, 1, 7, 15, 30, 31, 46, 62)
    )
    if _most_rescaled(bits, multiplier, shift) > 0
]


@pytest.mark.parametrize(("bits", "multiplier", "shift"), RESCALINGS)
def test_rescaling(kernels: Any, bits: int, multiplier: int, shift: int) -> None:
    most = _most_rescaled(bits, multiplier, shift)
    rng = np.random.default_rng(shift)
    value = np.concatenate([[most, -most, 0, 1, -1], rng.integers(-most, most + 1, 5000)])
    value = value.astype(np.int32)
    expected = rescale(value.astype(np.int64), *np.array([[multiplier], [shift]], dtype=np.int32))
    inside = np.abs(expected) < 2**31
    said = np.empty((len(value), 2), dtype=np.int32)
    kernels.each_rescaled(bits, _at(value), _at(said), len(value), multiplier, shift)
    assert inside[1:].all()
    assert np.array_equal(said[inside, 0], expected[inside])
    assert np.array_equal(said[inside, 1], np.clip(expected[inside], -100, 1000))


@pytest.mark.parametrize("b", [1, 2, 8, 12])
def test_interpolation_of_every_input(kernels: Any, b: int) -> None:
    rng = np.random.default_rng(b)
    table = rng.choice([-32768, 32767, -32767, 0, 1, 500], (1 << b) + 1).astype(np.int16)
    x = np.arange(-32768, 32768).astype(np.int16)
    op = Interpolate(inputs=("x",), output="y", table=table)
    expected = evaluate_interpolate(op, Evaluation(n_rows=len(x)), x[:, None])[:, 0]
    said = np.empty(len(x), dtype=np.int32)
    kernels.each_interpolated(_at(table), _at(x), _at(said), len(x), op.fraction_bits)
    assert np.array_equal(said, expected)
