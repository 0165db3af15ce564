# SPDX-License-Identifier: MIT
"""`report.html`: one self-contained page, no script, no request to anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from thumbling.firmware.sizes import Memory
from thumbling.report import words
from thumbling.report.explanations import glossary, latency_sum, output_rows
from thumbling.report.model import Report
from thumbling.report.planned import kernel_rows, stack_sentence, tensor_rows
from thumbling.report.words import bounds, number, release, share, unit, verdict
from thumbling.schedule import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One part of a bar: `x` and `width` in percent of the bar."""

    title: str
    kind: str
    size: int
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One memory: `filled` percent of the board's, and what fills it on a scale of its own."""

    title: str
    used: int
    total: int
    filled: float
    segments: tuple[Segment, ...]


def render_html(report: Report) -> str:
    """The whole page. Same report, same bytes."""
    return _render(
        "report.html.j2",
        report,
        bars=_bars(report.memory) if report.memory is not None else (),
        share=share,
        glossary=glossary(report.fidelity),
        output_rows=output_rows(report),
        sum=latency_sum(report),
        **(_plan(report.plan) if report.plan is not None else {}),
    )


def render_card(report: Report) -> str:
    """The page's first screen as a part of another page: no script, styles of its own, colours
    of the page around it.
    """
    return _render("card.html.j2", report)


def _render(template: str, report: Report, **more: object) -> str:
    environment = Environment(
        loader=PackageLoader("thumbling.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    environment.filters["share"] = share
    environment.filters["unit"] = unit
    environment.filters["bounds"] = bounds
    return environment.get_template(template).render(
        r=report,
        verdict=verdict(report),
        verified=bool(report.verification) and not any(v.mismatches for v in report.verification),
        **_fidelity(report),
        release=release(report.model),
        **more,
    )


def _fidelity(report: Report) -> dict[str, Any]:
    """What the template says of the source, the chip and the way rows are stored."""
    real = report.fidelity.on_real_rows
    return {
        "real": real,
        "on_stored": words.ON_STORED,
        "on_real": words.ON_REAL,
        "compared": words.compared(report.fidelity),
        "on_real_rows": words.on_real_rows(real) if real else [],
        "changed": words.changed(real) if real else [],
        "against_truth": words.against_truth(real) if real else [],
        "features": words.coarsest(report.input),
        "storing": words.storing_changes(report.input),
        "pasted": words.auto_took(report),
        "part": words.part,
    }


def _plan(plan: Plan) -> dict[str, Any]:
    """What the template says of kernels and tensors."""
    return {
        "kernels": kernel_rows(plan),
        "tensors": tensor_rows(plan),
        "stack_sentence": stack_sentence(plan),
    }


def _bars(memory: Memory) -> tuple[Bar, ...]:
    flash_rest = memory.flash_bytes - memory.model_flash_bytes
    ram_rest = memory.ram_bytes - memory.model_ram_bytes
    stack = memory.stack_bytes or 0
    flash = (("model and its runtime", "model", memory.model_flash_bytes),)
    ram = (("model and its runtime", "model", memory.model_ram_bytes),)
    return (
        _bar("Flash", memory.flash_total, (*flash, ("board code", "board", flash_rest))),
        _bar(
            "RAM",
            memory.ram_total,
            (*ram, ("board data", "board", ram_rest), ("stack of one prediction", "stack", stack)),
        ),
    )


def _bar(title: str, total: int, parts: Sequence[tuple[str, str, int]]) -> Bar:
    used = sum(size for _, _, size in parts)
    segments, x = [], 0.0
    for name, kind, size in parts:
        if size > 0:
            width = 100 * size / used
            segments.append(Segment(title=name, kind=kind, size=size, x=x, width=width))
            x += width
    # A third of a percent is the least that can be seen; the figures beside the bar are exact.
    filled = min(max(100 * used / total, 0.3), 100.0) if used else 0.0
    return Bar(title=title, used=used, total=total, filled=filled, segments=tuple(segments))
