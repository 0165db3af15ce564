# SPDX-License-Identifier: MIT
"""The same model by other tools, beside ours: size, cycles, rows of disagreement."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.api.compiling import make_options, read_model
from thumbling.api.user_data import read_user_data
from thumbling.boards import load_board
from thumbling.errors import OptionError
from thumbling.fidelity import ask, source_answers
from thumbling.firmware import toolchains
from thumbling.frontends import lower
from thumbling.frontends.as_trained import as_trained
from thumbling.peers.compare import COSTED_ROWS, PART_OF_RANGE, Contest, audit_tools
from thumbling.peers.registry import PACKAGES
from thumbling.peers.result import Audit, AuditRows
from thumbling.peers.ruler import compiler_options
from thumbling.peers.subject import Subject
from thumbling.pipeline import Compilation, Options, compile_model, store_data
from thumbling.quantize.known_codes import known_codes
from thumbling.vectors import make_vectors
from thumbling_hil.emulator.process import require_unicorn

_Rows = npt.NDArray[Any]


def audit(
    model: str | Path | Any,
    *,
    data: Any = None,
    board: str = "nucleo_f401re",
    input_type: str = "float32",
    input_scale: float | Sequence[float] | str | None = None,
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
    itself predicts on them as they are; ours also with what it predicts on the stored ones. Without
    data, rows are made. A peer that is missing or fails is an entry of
    the result. Raises what `compile` raises, `MissingToolError` without Unicorn or GCC.
    """
    tell = progress or _silent
    target = load_board(board)
    packages = _packages(peers)
    require_unicorn()
    compiler = toolchains.gcc(target)
    tell("reading the model")
    estimator, _, _ = read_model(model, trust, allow_pickle, warn or _warn)
    options = make_options(
        input_type=input_type,
        input_scale=input_scale,
        input_offset=input_offset,
        output=_output(output),
        precision=precision,
        optimize="size",
    )
    source = lower(estimator)
    if source.release is not None and source.release.note:
        (warn or _warn)(source.release.note)
    rows = read_user_data(
        data,
        None,
        estimator=estimator,
        source=source,
        input_type=input_type,
        warn=_silent,
    ).rows
    tell("compiling the model")
    # scikit-learn tells us about feature names, and adds up rows to look for NaN.
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        compilation = compile_model(estimator, options, rows)
        contest, left_out = _contest(estimator, compilation, target, rows, samples)
        tools = tuple(audit_tools(contest, packages, tell))
    return Audit(
        model=_model_info(compilation, options),
        board=target.name,
        core=target.core,
        compiler=compiler.version,
        compiler_options=compiler_options(target),
        rows=AuditRows(
            origin="generated" if rows is None else "data",
            count=len(contest.stored),
            left_out=left_out,
            costed=min(COSTED_ROWS, len(contest.stored)),
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


def _contest(
    estimator: Any, compilation: Compilation, board: Any, rows: _Rows | None, samples: int | None
) -> tuple[Contest, int]:
    """The rows that the source predicts on, as they are and stored, and how many it refuses."""
    graph = compilation.graph
    if rows is None:
        codes = known_codes(compilation.source, graph.input)
        stored = make_vectors(graph, None, limits=False, codes=codes)
        real = graph.input.real(stored)
    else:
        stored, real = store_data(graph.input, rows, nan=True), rows
    asked = as_trained(estimator, compilation.source)
    found = ask(asked, real).kept & ask(asked, graph.input.real(stored)).kept
    kept = np.flatnonzero(found)
    if samples is not None and samples < len(kept):
        kept = kept[[i * len(kept) // samples for i in range(samples)]]
    stored, real, field = np.ascontiguousarray(stored[kept]), real[kept], graph.outputs[0].field
    contest = Contest(
        graph=graph,
        board=board,
        stored=stored,
        expected_stored=source_answers(asked, field, graph.input.real(stored)),
        subject=Subject(
            model=estimator,
            rows=real,
            expected=source_answers(asked, field, real),
            n_classes=len(graph.class_names[0]) if graph.class_names else 0,
        ),
        numbers=kept.tolist(),
    )
    return contest, int((~found).sum())


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
