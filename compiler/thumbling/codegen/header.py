# SPDX-License-Identifier: MIT
"""What the header says in words and macros: features with their ranges, outputs with units."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from thumbling.codegen.enumerators import enumerators, feature_enumerators
from thumbling.codegen.interface import input_macros
from thumbling.codegen.text import comment_text
from thumbling.ir import Graph, InputSpec, Output

_MOST_INT32, _MOST_INT64 = 2**31 - 1, 2**63 - 1
_GREATEST_FLOAT = (2 - 2.0**-23) * 2.0**127


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRanges:
    """Least and greatest stored value of every feature, and `origin`: who says so."""

    stored: tuple[tuple[float, float], ...]
    origin: str


def feature_lines(graph: Graph, ranges: FeatureRanges | None) -> list[list[str]]:
    """For each input a line a feature, in its order: name, conversion and range."""
    return [_feature_lines(port.spec, ranges) for port in graph.inputs]


def _feature_lines(spec: InputSpec, ranges: FeatureRanges | None) -> list[str]:
    lines = []
    plain = spec.is_plain  # looks at every feature
    for j, name in enumerate(spec.names):
        facts = [] if plain else [f"real = stored * {spec.scale[j]!r} + {spec.offset[j]!r}"]
        if ranges is not None:
            low, high = ranges.stored[j]
            unit = "" if plain else "stored "
            every = spec.dtype.is_float and -low == high == _GREATEST_FLOAT
            said = "every value" if every else f"{unit}{low:.7g} .. {high:.7g}"
            facts.append(f"{said} {ranges.origin}")
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
                "integers": _integers(kind.quant.scale[0]),
                "scales": [(f"{s.numerator}.0", f"{s.denominator}.0") for s in kind.quant.scale],
                "kind": certificate.kind,
                "epsilon": ", ".join(f"{e:.6g}" for e in bounds) if any(bounds) else "",
                "reason": comment_text(certificate.reason),
            }
        )
    return rows


def _integers(scale: Fraction) -> list[tuple[str, str]]:
    """Numerator and denominator for integer arithmetic and `#if`; none where int64 is too small."""
    parts = {"NUM": scale.numerator, "DEN": scale.denominator}
    if max(parts.values()) > _MOST_INT64:
        return []
    wide = {part: f"INT64_C({value})" for part, value in parts.items()}
    return [(k, str(v) if v <= _MOST_INT32 else wide[k]) for k, v in parts.items()]


def enumerator_groups(graph: Graph) -> list[tuple[str, list[str]]]:
    """Enumerators of features and of each output's classes, with what they are indices of."""
    upper, several = graph.name.upper(), len(graph.class_names) > 1
    taken = {macro for item in input_macros(graph) for macro in (item.type, item.count)}
    groups = [
        (
            f"Indices of {port.name}.",
            feature_enumerators(f"{upper}_{port.name.upper()}", port.spec.names, taken),
        )
        for port in graph.inputs
    ]
    for k, names in enumerate(graph.class_names):
        prefix = f"{upper}_OUTPUT{k}_CLASS" if several else f"{upper}_CLASS"
        what = f"Classes of output {k}" if several else "Classes"
        groups.append(
            (f"{what}: values of label, indices of proba.", enumerators(prefix, names, taken))
        )
    return groups


def _unit(graph: Graph, output: Output) -> str:
    if output.field == "label":
        return "the index of the class"
    scale = graph.scale_text(output)
    if isinstance(scale, str):
        return f"real = stored * {scale}"
    return f"real = stored * scale, which is {', '.join(scale)} in turn"
