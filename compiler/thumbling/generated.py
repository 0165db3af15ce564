# SPDX-License-Identifier: MIT
"""What a graph becomes: C, vectors with their answers, and what is known of how true it is.

A graph that somebody gives, such as a model that is quantised already, is its own source: nothing
is measured against a framework, and its certificates are what its author says of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from thumbling.codegen import CModel, emit
from thumbling.errors import DataError
from thumbling.fidelity import Fidelity, StoredInput
from thumbling.fidelity.claims import unmeasured
from thumbling.ir import Graph, verify
from thumbling.ir.ports import Rows, pack_rows
from thumbling.passes import PASSES, run_passes
from thumbling.reference import evaluate, pack_outputs
from thumbling.reference.evaluate import Outputs
from thumbling.reference.output_ranges import Ranges, output_ranges
from thumbling.vectors import make_vectors


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Generated:
    """Everything known about a graph before a C compiler has seen it.

    `vectors` are stored rows, packed (`ir/ports.py`), `expected` the outputs per field,
    `expected_bytes` the bytes of the C output struct per row. `input` says what storing does to
    the user's rows, `output_ranges` what the outputs span on those `fidelity` is of.
    """

    graph: Graph
    c: CModel
    vectors: npt.NDArray[Any]
    expected: Outputs
    expected_bytes: list[bytes]
    fidelity: Fidelity
    input: StoredInput
    output_ranges: Mapping[str, Ranges] = field(default_factory=dict)


def _stored(graph: Graph, rows: Rows | None) -> npt.NDArray[Any] | None:
    if rows is None:
        return None
    try:
        return pack_rows(graph.inputs, rows)
    except (KeyError, TypeError, ValueError) as error:
        widths = ", ".join(f"{p.name} (rows, {p.spec.n_features})" for p in graph.inputs)
        raise DataError(
            f"the stored rows are not those of {graph.name}: {error}", hint=f"it takes {widths}"
        ) from error


def generate(
    graph: Graph,
    *,
    optimize: str = "balanced",
    constants: str = "inline",
    rows: Rows | None = None,
) -> Generated:
    """An integer graph, by way of the passes, which change no answer. `rows` are stored rows of the
    user, the first of the vectors.

    Raises InternalError for a graph that is none, DataError for rows that are not its own, and
    OptionError where its constants cannot be apart from the code.
    """
    verify(graph)
    graph = run_passes(PASSES, graph)
    vectors = make_vectors(graph, _stored(graph, rows))
    expected, refused = evaluate(graph, vectors)
    vectors = pack_rows(graph.inputs, vectors[~refused])  # and zeros between the inputs
    expected = {name: values[~refused] for name, values in expected.items()}
    specs = [port.spec for port in graph.inputs]
    return Generated(
        graph=graph,
        c=emit(graph, optimize, constants=constants),
        vectors=vectors,
        expected=expected,
        expected_bytes=pack_outputs(graph, expected),
        fidelity=unmeasured(graph),
        input=StoredInput(
            type=graph.input_type,
            scale=tuple(scale for spec in specs for scale in spec.scale),
            offset=tuple(offset for spec in specs for offset in spec.offset),
            features=(),
        ),
        output_ranges=output_ranges(graph, vectors),
    )
