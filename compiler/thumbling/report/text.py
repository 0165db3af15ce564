# SPDX-License-Identifier: MIT
"""A report for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from thumbling.report.explanations import OutputRow, latency_sum, output_rows
from thumbling.report.model import Inference, Memory, Report, Verification
from thumbling.report.words import bounds, compared, number, release, share, unit, verdict


def render_text(report: Report) -> Group:
    """A headline, then tables of memory, cost, fidelity and verification."""
    model = report.model
    good = report.verification and not any(v.mismatches for v in report.verification)
    style = "green" if good else ("bold red" if report.verification else "yellow")
    parts: list[RenderableType] = [
        "",
        Text.assemble((report.name, "bold"), "  ", (verdict(report), style)),
        Text(f"{model.source}, {model.n_features} x {model.input_type}"),
        Text(
            f"{report.board}, {report.core} at {report.f_cpu_hz / 1e6:g} MHz,"
            f" built by {report.builder}"
        ),
    ]
    if model.release is not None:
        parts.append(Text(release(model), "yellow" if model.release.note else "dim"))
    if report.memory is not None:
        parts += ["", _memory(report.memory)]
    if report.inference is not None:
        parts += ["", _cost(report.inference, latency_sum(report))]
    if rows := output_rows(report):
        parts += ["", _outputs(rows)]
    parts += ["", _fidelity(report)]
    if report.verification:
        parts += ["", verification_table(report.verification)]
    return Group(*parts)


def _table(title: str, *columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1))
    table.add_column(Text(title, "bold not dim"), no_wrap=True, min_width=26)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True, min_width=11)
    return table


def _memory(memory: Memory) -> Table:
    table = _table("Memory", "model", "whole image", "board", "used")
    table.add_row(
        "flash",
        f"{number(memory.model_flash_bytes)} B",
        f"{number(memory.flash_bytes)} B",
        f"{number(memory.flash_total)} B",
        share(memory.flash_bytes, memory.flash_total),
    )
    table.add_row(
        "static RAM",
        f"{number(memory.model_ram_bytes)} B",
        f"{number(memory.ram_bytes)} B",
        f"{number(memory.ram_total)} B",
        share(memory.ram_bytes, memory.ram_total),
    )
    stack = "not measured" if memory.stack_bytes is None else f"{number(memory.stack_bytes)} B"
    table.add_row("stack of one prediction", stack, "", "", "")
    return table


def _cost(inference: Inference, sum_: str) -> Group:
    table = _table("Cost of one prediction", "mean", "max")
    for title, stat, of in (
        ("instructions", inference.instructions, ""),
        ("cycles", inference.cycles, ""),
        ("latency", inference.latency_us, " µs"),
    ):
        table.add_row(title, number(stat.mean) + of, number(stat.max) + of)
    notes = [f"{number(inference.samples)} samples; {inference.method}"]
    if sum_:
        notes.append(f"{inference.latency_method}; {sum_}")
    return Group(table, *(Text(note, "dim") for note in notes))


def _outputs(rows: Sequence[OutputRow]) -> Table:
    table = _table("Range and bound of outputs", "least", "greatest", "bound", "of the range")
    for row in rows:
        bound = number(row.bound)
        table.add_row(row.name, number(row.low), number(row.high), bound, row.share)
    return table


def _fidelity(report: Report) -> Group:
    table = _table("Fidelity to the source", "certificate", "bound", "unit")
    for output in report.fidelity.outputs:
        table.add_row(output.field, output.certificate, bounds(output), unit(output))
    return Group(table, Text("; ".join(compared(report.fidelity)), "dim"))


def verification_table(results: Sequence[Verification]) -> Group:
    """One row per target that was compared with the reference."""
    table = _table("Verification, bit for bit", "vectors", "mismatches", "result")
    for item in results:
        good = item.mismatches == 0
        result = Text("identical", "green") if good else Text("DIFFERENT", "bold red")
        table.add_row(item.on, number(item.vectors), number(item.mismatches), result)
    details = [Text(f"{item.on}: {item.detail}", "red") for item in results if item.detail]
    return Group(table, *details)
