# SPDX-License-Identifier: MIT
"""What an audit found: one row a tool, and the document of `thumbling audit --json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from thumbling.spread import Spread

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One row of disagreement: its number, its real features, what the source and the tool say.

    Answers are class names or numbers; None where an answer is no class and no finite number.
    """

    row: int
    input: tuple[float, ...]
    source: str | float | None
    tool: str | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreements:
    """The rows on which a tool does not say what the source framework says.

    `rows` are numbers from 0 in the data. `max_abs_error` is a regressor's, over all rows; None
    for labels, or where an answer is not finite.
    """

    rows: tuple[int, ...]
    max_abs_error: float | None
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Bytes, instructions and cycles of one prediction by a tool's code."""

    flash_bytes: int
    ram_bytes: int
    stack_bytes: int
    instructions: Spread
    cycles: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """One tool. `status` is measured, unsupported, failed or not-installed.

    `fits` says whether code, variables and stack fit the board at all, with nothing beside them.
    `costs` and `disagreements` are there where it was measured, else `reason` says why not.
    `disagreements` are with the source on the user's rows as they are; `disagreements_on_stored`,
    for our own code, with the source on the rows as our C is given them.
    """

    tool: str
    package: str
    version: str
    how: str
    status: str = "measured"
    reason: str = ""
    fits: bool | None = None
    costs: Costs | None = None
    disagreements: Disagreements | None = None
    disagreements_on_stored: Disagreements | None = None

    def to_dict(self) -> dict[str, Any]:
        """This tool in the document; figures are null where there are none."""
        costs = asdict(self.costs) if self.costs is not None else dict.fromkeys(_COSTS)
        return {
            "tool": self.tool,
            "package": self.package,
            "version": self.version,
            "how": self.how,
            "status": self.status,
            "reason": self.reason,
            "fits": self.fits,
            **costs,
            "disagreements": _counted(self.disagreements),
            "disagreements_on_stored": _counted(self.disagreements_on_stored),
        }


def _counted(found: Disagreements | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"count": len(found.rows), **asdict(found), "rows": list(found.rows)}


_COSTS = ("flash_bytes", "ram_bytes", "stack_bytes", "instructions", "cycles")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRows:
    """The rows that all tools were asked: `origin` is data or generated.

    `left_out` were refused by the source itself; cycles were counted on `costed` rows.
    """

    origin: str
    count: int
    left_out: int
    costed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The same model by all tools.

    `tolerance` is the error from which on a regressor's row counts as disagreement: `part` of the
    range of the source's answers; None for labels, which are equal or not.
    """

    model: Mapping[str, Any]
    board: str
    core: str
    compiler: str
    compiler_options: tuple[str, ...]
    rows: AuditRows
    tolerance: float | None
    part: float | None
    tools: tuple[ToolResult, ...]

    def to_dict(self) -> dict[str, Any]:
        """The object under `audit` in the document."""
        return {
            "schema": SCHEMA,
            "model": dict(self.model),
            "board": self.board,
            "core": self.core,
            "compiler": {"version": self.compiler, "options": list(self.compiler_options)},
            "rows": asdict(self.rows),
            "criterion": {
                "kind": "label" if self.tolerance is None else "value",
                "tolerance": self.tolerance,
                "part_of_range": self.part,
            },
            "tools": [tool.to_dict() for tool in self.tools],
        }
