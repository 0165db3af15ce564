# SPDX-License-Identifier: MIT
"""Which quantiser takes which predictor, and which outputs a model has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.errors import OptionError
from thumbling.ir.graph import Graph
from thumbling.ir.source import Forest, Linear, SourceModel
from thumbling.ir.types import InputSpec
from thumbling.ir.verifier import verify
from thumbling.quantize.forest import quantize_forest
from thumbling.quantize.linear import quantize_linear


def available_fields(source: SourceModel) -> tuple[str, ...]:
    """The output fields a model can give, in the order of the output struct."""
    predictor = source.predictor
    if not predictor.is_classifier:
        return ("value",)
    if isinstance(predictor, Forest):
        return ("label", "proba")
    if predictor.link in ("none", "unsupported"):
        return ("label", "score")
    return ("label", "proba", "score")


def choose_fields(source: SourceModel, output: str | None) -> tuple[str, ...]:
    """The fields that `--output` asks for; by default the label or the value."""
    fields = available_fields(source)
    if output is None:
        return fields[:1]
    if output == "all":
        return fields
    linear = source.predictor if isinstance(source.predictor, Linear) else None
    if output == "proba" and linear is not None and linear.link == "unsupported":
        raise OptionError(
            f"{source.source} has a predict_proba, whose formula is not compiled yet",
            hint="use --output label or score, or fit with loss='log_loss'",
        )
    if output not in fields:
        raise OptionError(
            f"{source.source} has no output {output!r}",
            hint=f"it has: {', '.join(fields)}; or all",
        )
    return (output,)


@np.errstate(all="ignore")
def quantize(
    source: SourceModel,
    spec: InputSpec,
    fields: tuple[str, ...],
    name: str,
    *,
    precision: str,
    data: npt.NDArray[Any] | None,
    wide: bool = False,
) -> Graph:
    """The integer graph of a source model. `wide` asks forests for 31-bit vote sums."""
    if isinstance(source.predictor, Linear):
        graph = quantize_linear(source, spec, fields, name, precision=precision, data=data)
    else:
        graph = quantize_forest(source, spec, fields, name, wide=wide)
    verify(graph)
    return replace(graph, answers=source.answers)
