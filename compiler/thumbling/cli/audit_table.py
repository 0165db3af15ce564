# SPDX-License-Identifier: MIT
"""An audit for the terminal."""

from __future__ import annotations

from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from thumbling.peers.result import Audit, Disagreements, ToolResult
from thumbling.report.words import number, share


def audit_text(audit: Audit, *, examples: bool) -> Group:
    """What was measured, then what could not be; `examples` adds rows of disagreement."""
    model = audit.model
    parts: list[RenderableType] = [
        "",
        Text(str(model["source"]), "bold"),
        Text(f"{model['n_features']} x {model['input_type']}"),
        Text(f"{audit.core} ({audit.board}), {audit.compiler}"),
        "",
        _measured(audit),
    ]
    large = [tool.tool for tool in audit.tools if tool.fits is False]
    if large:
        parts.append(Text(f"larger than all of {audit.board}: {'; '.join(large)}", "red"))
    missing = [tool for tool in audit.tools if tool.costs is None]
    if missing:
        parts += ["", _missing(missing)]
    if examples:
        parts += ["", *(Text(line, "dim") for line in _examples(audit))]
    parts += ["", Text(_note(audit), "dim")]
    return Group(*parts)


def _measured(audit: Audit) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1))
    table.add_column(Text("Audit", "bold not dim"), no_wrap=True, min_width=26)
    for column in ("flash", "RAM", "stack", "cycles", "at most", "rows that differ", "stored"):
        table.add_column(column, justify="right", no_wrap=True)
    if audit.tolerance is not None:
        table.add_column("worst error", justify="right", no_wrap=True)
    for tool in audit.tools:
        if tool.costs is None or tool.disagreements is None:
            continue
        costs = tool.costs
        cells: list[RenderableType] = [
            tool.tool,
            f"{number(costs.flash_bytes)} B",
            f"{number(costs.ram_bytes)} B",
            f"{number(costs.stack_bytes)} B",
            number(round(costs.cycles.mean)),
            number(costs.cycles.max),
            _count(tool.disagreements, audit.rows.count),
            _count(tool.disagreements_on_stored, audit.rows.count),
        ]
        if audit.tolerance is not None:
            worst = tool.disagreements.max_abs_error
            cells.append("no number" if worst is None else number(worst))
        table.add_row(*cells)
    return table


def _count(found: Disagreements | None, rows: int) -> Text:
    if found is None:
        return Text("-")
    count = len(found.rows)
    if not count:
        return Text("none", "green")
    return Text(f"{number(count)} ({share(count, rows)})", "red")


def _missing(tools: list[ToolResult]) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 1))
    table.add_column(no_wrap=True, min_width=26)
    table.add_column(style="yellow", no_wrap=True)
    table.add_column(overflow="fold")
    # All ways to use a package mostly fail for one reason.
    for why, group in groupby(tools, lambda tool: (tool.package, tool.status, tool.reason)):
        names = [tool.tool for tool in group]
        name = names[0] if len(names) == 1 else why[0]
        table.add_row(name, why[1].replace("-", " "), Text(why[2]))
    return table


def _examples(audit: Audit) -> list[str]:
    lines = []
    for tool in audit.tools:
        for example in tool.disagreements.examples if tool.disagreements else ():
            said, right = _answer(example.tool), _answer(example.source)
            lines.append(f"{tool.tool}, row {example.row}: says {said}, the source {right}")
    return lines


def _answer(value: str | float | None) -> str:
    if value is None:
        return "no class and no number"
    return value if isinstance(value, str) else f"{value:.7g}"


def _note(audit: Audit) -> str:
    rows = audit.rows
    origin = "rows of the data" if rows.origin == "data" else "made rows (give yours with --data)"
    parts = [f"{number(rows.count)} {origin}, cycles on {number(rows.costed)} of them"]
    if rows.left_out:
        parts.append(f"{number(rows.left_out)} rows left out, which the source itself refuses")
    parts.append(
        "rows differ from the source on the rows as they are; stored: ours from the source on them"
        " as stored"
    )
    if audit.tolerance is not None and audit.part is not None:
        parts.append(
            f"a row disagrees beyond {number(audit.tolerance)}"
            f" ({audit.part * 100:g} % of the source's range)"
        )
    options = " ".join(audit.compiler_options)
    parts.append(
        "flash is linked code, constants and library without startup; RAM is static; cycles are"
        f" the model of the core at zero wait states; all built with {options}"
    )
    return "; ".join(parts)
