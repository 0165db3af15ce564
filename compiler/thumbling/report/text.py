# SPDX-License-Identifier: MIT
"""A report for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from thumbling.firmware.sizes import Memory
from thumbling.report.explanations import OutputRow, latency_sum, output_rows
from thumbling.report.model import Inference, Report, Verification
from thumbling.report.planned import kernel_rows, stack_sentence, tensor_rows
from thumbling.report.words import (
    ON_REAL,
    ON_STORED,
    against_truth,
    auto_took,
    bounds,
    changed,
    coarsest,
    compared,
    number,
    on_real_rows,
    part,
    release,
    share,
    storing_changes,
    unit,
    verdict,
)
from thumbling.schedule import Plan

_SHOWN_FEATURES = 5


def render_text(report: Report) -> Group:
    """A headline, then tables of memory, cost, fidelity, input and verification."""
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
    if coarsest(report.input):
        parts += ["", _input(report)]
    if report.plan is not None:
        parts += ["", _plan(report.plan)]
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
    fidelity = report.fidelity
    table = _table("Fidelity to the source", "certificate", "bound", "unit")
    for output in fidelity.outputs:
        table.add_row(output.field, output.certificate, bounds(output), unit(output))
    lines = [Text(f"{ON_STORED}: {'; '.join(compared(fidelity))}", "dim")]
    real = fidelity.on_real_rows
    if real is None:
        return Group(table, *lines)
    same = real.label_agreement in (None, 1.0)
    said = f"{ON_REAL}: {'; '.join(on_real_rows(real))}"
    lines.append(Text(said, "dim" if same else "yellow"))
    lines += [Text(clause, "dim") for clause in changed(real)]
    parts: list[RenderableType] = [table, *lines]
    if figures := against_truth(real):
        truth = _table(f"Against {number(real.rows_with_truth)} true answers", "source", "chip")
        for row in figures:
            truth.add_row(*row)
        parts += ["", truth]
    return Group(*parts)


def _input(report: Report) -> Group:
    stored = report.input
    table = _table(f"Stored as {stored.type}", "step", "steps used", "of the type's", "saturated")
    features = coarsest(stored)
    for feature in features[:_SHOWN_FEATURES]:
        table.add_row(
            feature.name,
            number(feature.worst_step),
            number(feature.steps),
            part(feature.used_of_range),
            f"{number(feature.rows_saturated)} rows",
        )
    lines = []
    if len(features) > _SHOWN_FEATURES:
        lines.append(Text(f"and {number(len(features) - _SHOWN_FEATURES)} finer features", "dim"))
    if (sentence := storing_changes(stored)) is not None:
        lines.append(Text(sentence, "yellow"))
    if options := auto_took(report):
        lines.append(Text(f"auto took {options}", "dim"))
    return Group(table, *lines)


def _plan(plan: Plan) -> Group:
    kernels = _table("Kernels, as estimated", "flash", "cycles", "stack")
    for row in kernel_rows(plan):
        kernels.add_row(row.what, *row.figures)
    tensors = _table("Tensors", "type", "bytes", "place", "proved error")
    for tensor in tensor_rows(plan):
        tensors.add_row(tensor.what, *tensor.figures)
    return Group(kernels, Text(stack_sentence(plan), "dim"), "", tensors)


def verification_table(results: Sequence[Verification]) -> Group:
    """One row per target that was compared with the reference."""
    table = _table("Verification, bit for bit", "vectors", "mismatches", "result")
    for item in results:
        good = item.mismatches == 0
        result = Text("identical", "green") if good else Text("DIFFERENT", "bold red")
        table.add_row(item.on, number(item.vectors), number(item.mismatches), result)
    details = [Text(f"{item.on}: {item.detail}", "red") for item in results if item.detail]
    return Group(table, *details)
