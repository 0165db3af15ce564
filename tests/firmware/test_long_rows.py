# SPDX-License-Identifier: MIT
"""Rows and outputs around and beyond 64 KiB, on the emulated chip with the most RAM."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier
from tests.firmware.building import GCC, ZIG, build, needs_gcc
from tests.firmware.tiny_model import make_model

from thumbling.boards import load_board
from thumbling.cli.inspecting import inspect_path
from thumbling.codegen.cmodel import CModel
from thumbling.errors import DoesNotFitError, UnsupportedModelError
from thumbling.pipeline import Options, compile_model
from thumbling_hil.targets.unicorn import UnicornTarget

HEADER = """\
#ifndef TINY_H
#define TINY_H
#include "thumbling/thumbling.h"
#define TINY_N_FEATURES {n}
#define TINY_INPUT_T uint8_t
typedef struct {{
    int32_t value[{outputs}];
}} tiny_output_t;
thb_status_t tiny_predict(const uint8_t x[TINY_N_FEATURES], tiny_output_t *out);
#endif
"""
SOURCE = """\
#include "tiny.h"
thb_status_t tiny_predict(const uint8_t x[TINY_N_FEATURES], tiny_output_t *out)
{{
    int32_t sum = 0;
    for (int32_t i = 0; i < {n}; ++i) {{
        sum += x[i] * (i & 31);
    }}
    for (int32_t k = 0; k < {outputs}; ++k) {{
        out->value[k] = sum + k;
    }}
    return THB_OK;
}}
"""
BOARD = load_board("nucleo_f401re")


def _model(n: int, outputs: int) -> CModel:
    header, source = (text.format(n=n, outputs=outputs) for text in (HEADER, SOURCE))
    return replace(make_model(source, header), in_bytes=n, out_bytes=4 * outputs)


def _expected(x: bytes, outputs: int) -> bytes:
    total = sum(value * (i & 31) for i, value in enumerate(x))
    return b"".join((total + k).to_bytes(4, "little") for k in range(outputs))


@pytest.mark.parametrize("builder", [GCC, ZIG])
@pytest.mark.parametrize(
    ("n", "outputs"), [(65535, 1), (65536, 1), (80000, 1), (3, 16383), (3, 16384), (9, 20000)]
)
def test_a_row_or_an_output_of_any_length_that_fits(
    tmp_path: Path, builder: str, n: int, outputs: int
) -> None:
    elf = build(_model(n, outputs), BOARD, tmp_path, builder)
    about = inspect_path(elf)
    assert (about["in_bytes"], about["out_bytes"]) == (n, 4 * outputs)
    xs = [bytes(n), random.Random(n).randbytes(n)]
    with UnicornTarget(elf, BOARD) as target:
        identity = target.identify()
        answers = target.predict_many(xs)
    assert (identity.in_bytes, identity.out_bytes) == (n, 4 * outputs)
    assert [a.output for a in answers] == [_expected(x, outputs) for x in xs]


@needs_gcc
def test_a_row_larger_than_the_ram_is_named(tmp_path: Path) -> None:
    with pytest.raises(DoesNotFitError, match=r"bytes of RAM .* are needed, .* has 98304"):
        build(_model(98304, 1), BOARD, tmp_path, "gcc")


@needs_gcc
def test_twenty_thousand_float32_features(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(40, 20000)).astype(np.float32)
    tree = DecisionTreeClassifier(random_state=0).fit(rows, rows[:, 19999] > 0)
    model = compile_model(tree, Options(name="wide"), rows)
    elf = build(model.c, BOARD, tmp_path, "gcc")
    wanted = [0, 1, len(model.vectors) - 1]
    with UnicornTarget(elf, BOARD) as target:
        assert target.identify().in_bytes == 80000
        answers = target.predict_many([model.vectors[i].tobytes() for i in wanted])
    assert [a.output for a in answers] == [model.expected_bytes[i] for i in wanted]
    assert {a.output for a in answers} == {bytes(4), b"\1\0\0\0"}


def test_more_features_than_are_supported() -> None:
    tree = DecisionTreeClassifier().fit(np.eye(2, 65536, dtype=np.float32), [0, 1])
    with pytest.raises(UnsupportedModelError, match="is 65536, at most 65535 are supported"):
        compile_model(tree, Options(name="wide"))
