# SPDX-License-Identifier: MIT
"""An integer graph compiled as it is: a model that is quantised already, several inputs, state."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from thumbling.api.budget import Budget
from thumbling.api.compiled import Compiled
from thumbling.api.producing import (
    Job,
    Progress,
    check_builder,
    check_constants,
    check_optimize,
    produce,
    silent,
    targets,
)
from thumbling.boards import load_board
from thumbling.errors import InternalError, ModelError
from thumbling.generated import Generated, generate
from thumbling.ir import Graph
from thumbling.ir import verify as verify_graph
from thumbling.ir.ports import Rows
from thumbling.model_name import check_name


def compile_graph(
    graph: Graph,
    *,
    board: str,
    rows: Rows | None = None,
    optimize: str = "balanced",
    constants: str = "inline",
    builder: str = "auto",
    verify: str | Sequence[str] = ("host", "unicorn"),
    max_flash: int | None = None,
    max_ram: int | None = None,
    max_latency_us: float | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> Compiled:
    """Compile an integer graph (`thumbling.ir.Graph`) for `board`, build, verify, report.

    The graph is its own source: its name is the model's, its certificates are taken at their
    word, and nothing is measured against a framework. `rows` are stored rows that come first
    among the vectors: an array of shape (n, n_features), or of several inputs a mapping or a
    tuple with one for each. A graph with state is asked for all vectors in order, from its initial
    state on. The other arguments and the folder are those of `thumbling.compile`.

    Raises `ModelError` for a graph that is not well formed, `DataError` for rows that are not its
    own, and the errors of `thumbling.compile`.
    """
    tell = progress or silent
    check_builder(builder)
    check_optimize(optimize)
    check_constants(constants)
    check_name(graph.name)
    try:
        verify_graph(graph)
    except InternalError as error:
        raise ModelError(error.message, hint="the graph is not well formed: mend it") from error
    job = Job(
        board=load_board(board),
        optimize=optimize,
        told={"optimize": optimize, "constants": constants},
        builder=builder,
        verify=targets(verify, builder),
        budget=Budget(max_flash=max_flash, max_ram=max_ram, max_latency_us=max_latency_us),
    )
    place = Path(out) if out is not None else None

    def make() -> Generated:
        return generate(graph, optimize=optimize, constants=constants, rows=rows)

    return produce(job, graph.name, make, place, tell)
