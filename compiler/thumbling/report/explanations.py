# SPDX-License-Identifier: MIT
"""What a figure means: what a latency is made of, a bound measured by the range of its output."""

from __future__ import annotations

from dataclasses import dataclass

from thumbling.report import Fidelity, OutputInfo, Report
from thumbling.report.words import CERTIFICATES, bound, number, unit

_CLOSE_LABELS = ", so a label can differ only where the source itself is that close to undecided"
_MOST_NUMBERS = 8  # of one output that get a line each


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputRow:
    """Where a number the chip gives lies on the rows compared, and its proved bound, in its unit.

    `unit` is the real value of one stored step, `share` the bound as part of the range.
    """

    name: str
    unit: str
    low: float
    high: float
    bound: float | None
    share: str


def glossary(fidelity: Fidelity) -> list[tuple[str, str]]:
    """What each certificate in use means; of labels only where there is one."""
    fields = {(output.certificate, output.field == "label") for output in fidelity.outputs}
    kinds = {kind for kind, _ in fields}
    meanings = dict(CERTIFICATES)
    if ("bounded", True) in fields:
        meanings["bounded"] += _CLOSE_LABELS
    return [(kind, meaning) for kind, meaning in meanings.items() if kind in kinds]


def output_rows(report: Report) -> list[OutputRow]:
    """Outputs that are real numbers; one line for all where a field has many of them."""
    rows = []
    for output in report.fidelity.outputs:
        ranges = report.output_ranges.get(output.field, ())
        if not 1 < len(ranges) <= _MOST_NUMBERS or output.field == "proba":
            ranges = ((min(a for a, _ in ranges), max(b for _, b in ranges)),) if ranges else ()
        for index, (low, high) in enumerate(ranges):
            alone = len(ranges) == 1
            error, step = (bound(output), unit(output)) if alone else _of_value(output, index)
            rows.append(
                OutputRow(
                    name=output.field if alone else f"{output.field}[{index}]",
                    unit=step,
                    low=low,
                    high=high,
                    bound=error,
                    share=_part(error, high - low),
                )
            )
    return rows


def _of_value(output: OutputInfo, index: int) -> tuple[float | None, str]:
    """Bound and step of one value of a field."""
    error = output.epsilons[index] if output.epsilons else bound(output)
    return error, unit(output) if isinstance(output.scale, str) else output.scale[index]


def _part(error: float | None, width: float) -> str:
    return f"{100 * error / width:.2g} %" if error is not None and width > 0 else "-"


def latency_sum(report: Report) -> str:
    """How the greatest latency follows from its cycles; empty where nothing was measured."""
    cost = report.inference
    if cost is None or cost.flash_factor is None:
        return ""
    clock = f"{report.f_cpu_hz / 1e6:g} MHz"
    return (
        f"{number(cost.cycles.max)} cycles / {clock} x {cost.flash_factor:g}"
        f" = {number(cost.latency_us.max)} µs"
    )
