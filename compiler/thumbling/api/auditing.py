# SPDX-License-Identifier: MIT
"""The same model by other tools, beside ours: size, cycles, rows of disagreement."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.api.compiling import make_options, read_model, read_rows
from thumbling.boards import load_board
from thumbling.errors import DataError, OptionError
from thumbling.fidelity import accepted, source_answers
from thumbling.firmware import toolchains
from thumbling.frontends import lower
from thumbling.frontends.as_trained import as_trained
from thumbling.peers.compare import COSTED_ROWS, PART_OF_RANGE, Contest, audit_tools
from thumbling.peers.registry import PACKAGES
from thumbling.peers.result import Audit, AuditRows
from thumbling.peers.ruler import compiler_options
from thumbling.peers.subject import Subject
from thumbling.pipeline import Compilation, Options, compile_model, store_data
from thumbling.vectors import make_vectors
from thumbling_hil.emulator.process import require_unicorn

_Rows = npt.NDArray[Any]


def audit(
    model: str | Path | Any,
    *,
    data: Any = None,
    board: str = "nucleo_f401re",
    input_type: str = "float32",
    input_scale: float | Sequence[float] | None = None,
    input_offset: float | Sequence[float] | None = None,
    output: str | None = None,
    precision: str = "auto",
    peers: Sequence[str] | None = None,
    samples: int | None = None,
    trust: bool = False,
    allow_pickle: bool | None = None,
    progress: Callable[[str], None] | None = None,
    warn: Callable[[str], None] | None = None,
) -> Audit:
    """Measure our `size` and `speed` code and that of `peers`, or of all, on the core of `board`.

    `model`, `data` and the options are those of `compile`; `output` is the label, or the value of
    a regressor. All `data`, or `samples` rows spread over them, are compared with what the model
    itself predicts; without data, rows are made. A peer that is missing or fails is an entry of
    the result. Raises what `compile` raises, `MissingToolError` without Unicorn or GCC.
    """
    tell = progress or _silent
    target = load_board(board)
    packages = _packages(peers)
    require_unicorn()
    compiler = toolchains.gcc(target)
    tell("reading the model")
    estimator, _, _ = read_model(model, trust, allow_pickle, warn or _warn)
    source = lower(estimator)
    options = make_options(
        input_type=input_type,
        input_scale=input_scale,
        input_offset=input_offset,
        output=_output(output),
        precision=precision,
        optimize="size",
    )
    if source.release is not None and source.release.note:
        (warn or _warn)(source.release.note)
    rows, _ = read_rows(data, source, input_type)
    tell("compiling the model")
    # scikit-learn tells us about feature names, and adds up rows to look for NaN.
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        compilation = compile_model(estimator, options, rows)
        stored, numbers, left_out = _rows(compilation, rows, samples)
        contest = _contest(estimator, compilation, target, stored, numbers)
        tools = tuple(audit_tools(contest, packages, tell))
    return Audit(
        model=_model_info(compilation, options),
        board=target.name,
        core=target.core,
        compiler=compiler.version,
        compiler_options=compiler_options(target),
        rows=AuditRows(
            origin="generated" if rows is None else "data",
            count=len(stored),
            left_out=left_out,
            costed=min(COSTED_ROWS, len(stored)),
        ),
        tolerance=contest.tolerance,
        part=PART_OF_RANGE if contest.subject.is_regression else None,
        tools=tools,
    )


def _packages(peers: Sequence[str] | None) -> Sequence[str]:
    for name in peers or ():
        if name not in PACKAGES:
            raise OptionError(f"no peer is called {name!r}", hint=f"one of {', '.join(PACKAGES)}")
    return PACKAGES if peers is None else peers


def _output(output: str | None) -> str | None:
    if output not in (None, "label", "value"):
        raise OptionError(
            f"output {output!r} cannot be compared with other tools",
            hint="label, or value for a regressor",
        )
    return output


def _rows(
    compilation: Compilation, rows: _Rows | None, samples: int | None
) -> tuple[_Rows, list[int], int]:
    """Stored rows that the source predicts on, their numbers, and how many it does not."""
    graph = compilation.graph
    if rows is None:
        stored = make_vectors(graph, None, limits=False)
    else:
        stored = store_data(graph.input, rows, nan=True)
    kept = np.flatnonzero(accepted(compilation.source, graph, stored))
    left_out = len(stored) - len(kept)
    if samples is not None and samples < len(kept):
        kept = kept[[i * len(kept) // samples for i in range(samples)]]
    if not len(kept):
        raise DataError(
            "no row of the data is finite, so there is nothing to compare tools on",
            hint="give rows without NaN and infinities",
        )
    return np.ascontiguousarray(stored[kept]), kept.tolist(), left_out


def _contest(
    estimator: Any, compilation: Compilation, board: Any, stored: _Rows, numbers: list[int]
) -> Contest:
    graph = compilation.graph
    real = graph.input.real(stored)
    asked = as_trained(estimator, compilation.source)
    return Contest(
        graph=graph,
        board=board,
        stored=stored,
        subject=Subject(
            model=estimator,
            rows=real,
            expected=source_answers(asked, graph.outputs[0].field, real),
            n_classes=len(graph.class_names[0]) if graph.class_names else 0,
        ),
        numbers=numbers,
    )


def _model_info(compilation: Compilation, options: Options) -> dict[str, Any]:
    graph = compilation.graph
    return {
        "source": graph.source,
        "n_features": graph.input.n_features,
        "n_outputs": sum(len(names) for names in graph.class_names) or graph.n_out,
        "input_type": options.input_type,
    }


def _silent(_: str) -> None:
    """Progress that nobody asked for."""


def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=4)
