# SPDX-License-Identifier: MIT
"""What the header says in words and macros: features with their ranges, outputs with units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from thumbling.codegen.text import comment_text
from thumbling.ir import Graph


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
    """What the template says about every field of the output struct."""
    rows = []
    for output in graph.outputs:
        scale = graph.scale(output)
        certificate = output.certificate
        rows.append(
            {
                "field": output.field,
                "length": graph.tensors[output.tensor].size,
                "scale": str(scale),
                "numerator": f"{scale.numerator}.0",
                "denominator": f"{scale.denominator}.0",
                "kind": certificate.kind,
                "epsilon": f"{certificate.epsilon:.6g}" if certificate.epsilon else "",
                "reason": comment_text(certificate.reason),
            }
        )
    return rows
