# SPDX-License-Identifier: MIT
"""Fitted models through the whole compiler, as cases that hosts and cores are checked with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tests.differential.many_models import Case

from thumbling.codegen import CModel
from thumbling.pipeline import Compilation, Options, compile_model
from thumbling.reference import evaluate, pack_outputs
from thumbling.resources import data_dir

_ROWS = 24
_INCLUDED = re.compile(r'#include "([^"]+)"')


def compiled(model: Any, data: npt.NDArray[Any], name: str, **options: Any) -> Compilation:
    """With data; what is measured on them has been held against what is proved."""
    return compile_model(model, Options(name=name, **options), data=data)


def _require_runtime(model: CModel) -> None:
    """A user's project has the files that the model names: these must not include others."""
    named = {Path(path).name for path in model.runtime_files}
    for path in model.runtime_files:
        text = (data_dir("runtime_c") / path).read_text(encoding="utf-8")
        assert {Path(found).name for found in _INCLUDED.findall(text)} <= named, path


def case_of(made: Compilation) -> Case:
    """Some of the vectors, which lie at the edges of the ops, and the bytes C must answer."""
    some = np.linspace(0, len(made.vectors) - 1, _ROWS).astype(int)
    rows = np.ascontiguousarray(made.vectors[np.unique(some)])
    _require_runtime(made.c)
    expected, refused = evaluate(made.graph, rows, check=True)
    assert not refused.any()
    return Case(graph=made.graph, rows=rows, expected=tuple(pack_outputs(made.graph, expected)))
