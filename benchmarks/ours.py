# SPDX-License-Identifier: MIT
"""Our own output as a program to measure: its predict function is called as it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from models import Case
from peers import Generated
from ruler import BenchError, Program

from thumbling.errors import ThumblingError
from thumbling.pipeline import Options, compile_model
from thumbling.resources import data_dir


def _decoder(case: Case, scale: float) -> Callable[[bytes], float]:
    def decode(raw: bytes) -> float:
        stored = int.from_bytes(raw[:4], "little", signed=True)
        return stored * scale if case.regression else float(case.model.classes_[stored])

    return decode


def _first_scale(compiled: Any) -> float:
    tensor = compiled.graph.tensors[compiled.graph.outputs[0].tensor]
    return float(np.ravel(np.asarray(tensor.scale, dtype=np.float64))[0])


def thumbling_program(case: Case, optimize: str) -> Generated:
    """Compile `case` for `optimize` (`size` or `speed`). Raises BenchError."""
    options = Options(name="bench", input_type=case.input_type, optimize=optimize)
    try:
        compiled = compile_model(case.model, options, case.train_rows)
    except ThumblingError as error:
        raise BenchError(re.sub(r"\s+", " ", str(error))) from error
    c = compiled.c
    runtime = data_dir("runtime_c")
    program = Program(
        sources=dict(c.files),
        entry=c.symbol,
        out_bytes=c.out_bytes,
        include=(runtime / "include",),
        extra_sources=tuple(runtime / path for path in c.runtime_files if path.endswith(".c")),
    )
    return Generated(
        program=program,
        rows=compiled.graph.input.store(case.rows),
        decode=_decoder(case, _first_scale(compiled) if case.regression else 1.0),
    )
