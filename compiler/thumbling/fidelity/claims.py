# SPDX-License-Identifier: MIT
"""What the certificates of a graph say, as reports have it."""

from __future__ import annotations

from dataclasses import dataclass

from thumbling.fidelity.record import Fidelity, OutputInfo
from thumbling.ir import Graph, Output

_ORDER = ("exact", "bounded", "measured")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What is claimed of each output, and of all: the weakest kind, the greatest bound."""

    certificate: str
    epsilon: float | None
    outputs: tuple[OutputInfo, ...]


def _info(graph: Graph, output: Output) -> OutputInfo:
    return OutputInfo(
        field=output.field,
        length=graph.tensors[output.tensor].size,
        scale=graph.scale_text(output),
        certificate=output.certificate.kind,
        epsilon=output.certificate.epsilon,
        epsilons=output.certificate.epsilons,
        reason=output.certificate.reason,
    )


def claims(graph: Graph) -> Claims:
    """The certificates of a graph's outputs."""
    outputs = tuple(_info(graph, output) for output in graph.outputs)
    bounds = [o.epsilon for o in outputs if o.epsilon is not None]
    return Claims(
        certificate=max((o.certificate for o in outputs), key=_ORDER.index),
        epsilon=max(bounds) if len(bounds) == len(outputs) else None,
        outputs=outputs,
    )


def unmeasured(graph: Graph) -> Fidelity:
    """Of a graph that was given: it is its own source, so no row is compared with another."""
    claimed = claims(graph)
    return Fidelity(
        certificate=claimed.certificate,
        epsilon=claimed.epsilon,
        rows=0,
        label_agreement=1.0,
        max_abs_error=0.0,
        rows_inside_bound=0,
        outputs=claimed.outputs,
    )
