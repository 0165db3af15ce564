# SPDX-License-Identifier: MIT
"""`report.html`: one self-contained page, no script, no request to anywhere."""

from __future__ import annotations

import json
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from thumbling.report.model import Memory, Report
from thumbling.report.text import number, share


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One part of a memory bar: `x` and `width` in percent of the bar."""

    title: str
    kind: str
    size: int
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One memory of the board as a bar."""

    title: str
    used: int
    total: int
    segments: tuple[Segment, ...]


def render_html(report: Report) -> str:
    """The whole page. Same report, same bytes."""
    environment = Environment(
        loader=PackageLoader("thumbling.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    return environment.get_template("report.html.j2").render(
        r=report,
        bars=_bars(report.memory) if report.memory is not None else (),
        share=share,
        verified=bool(report.verification) and not any(v.mismatches for v in report.verification),
        vectors=sum(v.vectors for v in report.verification),
        options={key: json.dumps(value) for key, value in sorted(report.options.items())},
    )


def _bars(memory: Memory) -> tuple[Bar, ...]:
    flash_rest = memory.flash_bytes - memory.model_flash_bytes
    ram_rest = memory.ram_bytes - memory.model_ram_bytes
    return (
        _bar("Flash", memory.flash_total, memory.model_flash_bytes, flash_rest),
        _bar("RAM", memory.ram_total, memory.model_ram_bytes, ram_rest, memory.stack_bytes or 0),
    )


def _bar(title: str, total: int, model: int, rest: int, stack: int = 0) -> Bar:
    segments, x = [], 0.0
    for name, kind, size in (
        ("model", "model", model),
        ("board code and data", "board", rest),
        ("stack of one prediction", "stack", stack),
    ):
        if size <= 0:
            continue
        # Half a percent is the least that can be seen; the figures beside the bar are exact.
        width = min(max(100 * size / total, 0.5), 100 - x)
        segments.append(Segment(title=name, kind=kind, size=size, x=x, width=width))
        x += width
    return Bar(title=title, used=model + rest, total=total, segments=tuple(segments))
