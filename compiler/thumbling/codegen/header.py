# SPDX-License-Identifier: MIT
"""What the header says in words and macros: features with their ranges, outputs with units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from thumbling.codegen.text import comment_text
from thumbling.ir import Graph, Output


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRanges:
    """Least and greatest stored value of every feature, and `origin`: who says so."""

    stored: tuple[tuple[float, float], ...]
    origin: str


def feature_lines(graph: Graph, ranges: FeatureRanges | None) -> list[str]:
    """Name, conversion and range of every feature, in the order of x."""
    spec, lines = graph.input, []
    plain = spec.is_plain  # looks at every feature
    for j, name in enumerate(spec.names):
        facts = [] if plain else [f"real = stored * {spec.scale[j]!r} + {spec.offset[j]!r}"]
        if ranges is not None:
            low, high = ranges.stored[j]
            unit = "" if plain else "stored "
            facts.append(f"{unit}{low:.7g} .. {high:.7g} {ranges.origin}")
        lines.append(comment_text(name) + (f"  ({'; '.join(facts)})" if facts else ""))
    return lines


def output_rows(graph: Graph) -> list[dict[str, Any]]:
    """What the template says about every field of the output struct.

    `scales` has one pair of numerator and denominator, or one for each value where they differ.
    """
    rows = []
    for output in graph.outputs:
        kind, certificate = graph.tensors[output.tensor], output.certificate
        bounds = certificate.epsilons or (certificate.epsilon or 0.0,)
        rows.append(
            {
                "field": output.field,
                "length": kind.size,
                "unit": _unit(graph, output),
                "scales": [(f"{s.numerator}.0", f"{s.denominator}.0") for s in kind.quant.scale],
                "kind": certificate.kind,
                "epsilon": ", ".join(f"{e:.6g}" for e in bounds) if any(bounds) else "",
                "reason": comment_text(certificate.reason),
            }
        )
    return rows


def _unit(graph: Graph, output: Output) -> str:
    if output.field == "label":
        return "the index of the class"
    scale = graph.scale_text(output)
    if isinstance(scale, str):
        return f"real = stored * {scale}"
    return f"real = stored * scale, which is {', '.join(scale)} in turn"
