# SPDX-License-Identifier: MIT
"""Asks every tool for its code of one model, measures it and compares it with the source."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from thumbling.boards import Board
from thumbling.codegen import emit
from thumbling.errors import VerificationError
from thumbling.ir import Graph
from thumbling.peers.ours import thumbling_program
from thumbling.peers.registry import PEERS, Peer
from thumbling.peers.result import Costs, Disagreements, Example, ToolResult
from thumbling.peers.ruler import Figures, ToolError, measure_program
from thumbling.peers.subject import Generated, Rows, Subject
from thumbling.reference import evaluate, pack_outputs
from thumbling.version import __version__

PART_OF_RANGE: Final = 1e-3
"""A regressor agrees where it is as good as float32 arithmetic of such a sum can be."""
COSTED_ROWS: Final = 64
_EXAMPLES = 3
_HOW: Final = {"size": "--optimize size", "speed": "--optimize speed"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contest:
    """One model on one board: our graph, and the user's rows with what the source says of them.

    Every tool is judged by the real rows of `subject`. `stored` are the same rows as our C takes
    them, `expected_stored` what the source says of those. `numbers` are the rows' places in the
    user's data.
    """

    graph: Graph
    board: Board
    stored: Rows
    expected_stored: Rows
    subject: Subject
    numbers: Sequence[int]

    @property
    def tolerance(self) -> float | None:
        """The error up to which a regressor agrees; None for labels."""
        if not self.subject.is_regression:
            return None
        return float(np.ptp(self.subject.expected)) * PART_OF_RANGE


def audit_tools(
    contest: Contest, packages: Sequence[str], tell: Callable[[str], None]
) -> Iterator[ToolResult]:
    """Our two builds, then every peer of `packages`.

    Raises `VerificationError` where our own code does not give the reference's bits.
    """
    for optimize, how in _HOW.items():
        tell(f"thumbling {optimize}: building and running")
        yield _ours(contest, optimize, how)
    for peer in PEERS:
        if peer.package in packages:
            tell(f"{peer.tool}: building and running")
            yield _peer(contest, peer)


def _ours(contest: Contest, optimize: str, how: str) -> ToolResult:
    graph, stored = contest.graph, contest.stored
    made = thumbling_program(graph, emit(graph, optimize), stored)
    try:
        figures = _figures(contest, made)
    except ToolError as error:
        raise VerificationError(f"our own code {error.message}", hint="please report it") from error
    expected = pack_outputs(graph, evaluate(graph, stored)[0])
    wrong = sum(ours != theirs for ours, theirs in zip(figures.outputs, expected, strict=True))
    if wrong:
        raise VerificationError(
            f"our own code (optimize {optimize}) differs from the reference on {wrong} rows",
            hint="this is a bug of thumbling: please report the model",
        )
    row = ToolResult(
        tool=f"thumbling {optimize}", package="thumbling", version=__version__, how=how
    )
    said = made.answers(figures.outputs, contest.subject.expected.shape[1])
    return replace(
        _measured(contest, row, made, figures),
        disagreements_on_stored=compare(contest, said, contest.expected_stored),
    )


def _peer(contest: Contest, peer: Peer) -> ToolResult:
    row = partial(
        ToolResult, tool=peer.tool, package=peer.package, version=peer.version, how=peer.how
    )
    if not peer.version:
        return row(status="not-installed", reason=f"pip install {peer.package}")
    try:
        made = peer.generate(contest.subject)
        figures = _figures(contest, made)
    except ToolError as error:
        return row(status=error.status, reason=error.message)
    return _measured(contest, row(), made, figures)


def _figures(contest: Contest, made: Generated) -> Figures:
    with tempfile.TemporaryDirectory(prefix="thumbling-") as folder:
        return measure_program(
            made.program, contest.board, made.rows, Path(folder), costed=COSTED_ROWS
        )


def _measured(contest: Contest, row: ToolResult, made: Generated, figures: Figures) -> ToolResult:
    said = made.answers(figures.outputs, contest.subject.expected.shape[1])
    board = contest.board
    in_ram = figures.ram + figures.stack
    return replace(
        row,
        fits=figures.flash <= board.flash_bytes and in_ram <= board.ram_bytes,
        costs=Costs(
            flash_bytes=figures.flash,
            ram_bytes=figures.ram,
            stack_bytes=figures.stack,
            instructions=figures.instructions,
            cycles=figures.cycles,
        ),
        disagreements=compare(contest, said, contest.subject.expected),
    )


def compare(contest: Contest, said: Rows, expected: Rows) -> Disagreements:
    """Where `said`, real values or class indices of shape (n, outputs), is not as expected."""
    with np.errstate(invalid="ignore"):
        error = np.abs(said - expected)
    # Written so that an answer that is no number disagrees.
    agrees = (error <= (contest.tolerance or 0.0)).all(axis=1)
    wrong = np.flatnonzero(~agrees)
    worst = None
    if contest.subject.is_regression and np.isfinite(error).all():
        worst = float(error.max())
    return Disagreements(
        rows=tuple(contest.numbers[i] for i in wrong.tolist()),
        max_abs_error=worst,
        examples=tuple(_example(contest, said, expected, i) for i in wrong[:_EXAMPLES].tolist()),
    )


def _example(contest: Contest, said: Rows, expected: Rows, i: int) -> Example:
    # The column that differs most: the first one where there is no number.
    column = int(np.argmax(np.abs(said[i] - expected[i])))
    answer = partial(_answer, contest, column)
    return Example(
        row=contest.numbers[i],
        input=tuple(float(v) for v in contest.subject.rows[i]),
        source=answer(float(expected[i, column])),
        tool=answer(float(said[i, column])),
    )


def _answer(contest: Contest, column: int, value: float) -> str | float | None:
    if contest.subject.is_regression:
        return value if np.isfinite(value) else None
    names = contest.graph.class_names[column]
    return names[int(value)] if 0 <= value < len(names) else None
