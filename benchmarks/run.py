# SPDX-License-Identifier: MIT
"""Measure our output and its peers' side by side: `python benchmarks/run.py --help`."""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import sklearn
from models import INPUTS, MODELS, Case, load_case
from ours import thumbling_program
from peers import PEERS, Generated, installed_peers
from ruler import COMPILER, CORES, BenchError, measure_program
from table import render

HERE = Path(__file__).parent
OURS = ("size", "speed")
# A regression agrees where it is as good as float32 arithmetic of such a sum can be.
_RELATIVE_ERROR = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One tool on one model, input type and core; sizes in bytes, `error` instead of figures."""

    model: str
    input: str
    core: str
    tool: str
    flash: int = 0
    cycles: float = 0.0
    instructions: float = 0.0
    stack: int = 0
    ram: int = 0
    agreement: float = 0.0
    error: str = ""


def _agreement(case: Case, said: npt.NDArray[np.float64]) -> float:
    if case.regression:
        spread = float(np.ptp(case.expected))
        equal = np.abs(said - case.expected) <= _RELATIVE_ERROR * spread
    else:
        equal = said == case.expected
    return float(np.mean(equal))


def _measure(case: Case, tool: str, made: Generated, core: str, folder: Path) -> Row:
    row = partial(Row, model=case.name, input=case.input_type, core=core, tool=tool)
    try:
        figures = measure_program(made.program, core, made.rows, folder)
    except BenchError as error:
        return row(error=str(error))
    said = np.array([made.decode(raw) for raw in figures.outputs])
    return row(
        flash=figures.flash,
        cycles=round(figures.cycles, 1),
        instructions=round(figures.instructions, 1),
        stack=figures.stack,
        ram=figures.ram,
        agreement=_agreement(case, said),
    )


def _measure_tool(
    case: Case, tool: str, make: partial[Generated], cores: list[str]
) -> Iterator[Row]:
    try:
        made = make()
    except BenchError as error:
        for core in cores:
            yield Row(
                model=case.name, input=case.input_type, core=core, tool=tool, error=str(error)
            )
        return
    for core in cores:
        with tempfile.TemporaryDirectory() as folder:
            yield _measure(case, tool, made, core, Path(folder))


def measure_case(case: Case, cores: list[str], peers: list[str]) -> Iterator[Row]:
    """All tools on one case."""
    for optimize in OURS:
        make = partial(thumbling_program, case, optimize)
        yield from _measure_tool(case, f"thumbling {optimize}", make, cores)
    for tool, (package, generate) in PEERS.items():
        if package in peers:
            yield from _measure_tool(case, tool, partial(generate, case), cores)


def tool_versions() -> dict[str, str]:
    """Versions of everything that decides the figures."""
    first = subprocess.run(
        [COMPILER, "--version"], capture_output=True, text=True, check=True, timeout=30
    ).stdout.splitlines()[0]
    return {
        "compiler": first,
        "python": platform.python_version(),
        "scikit-learn": sklearn.__version__,
        **installed_peers(),
    }


def _arguments(argv: list[str]) -> argparse.Namespace:
    def listed(text: str) -> list[str]:
        return [part for part in text.split(",") if part]

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=listed, default=list(MODELS), help=", ".join(MODELS))
    parser.add_argument("--inputs", type=listed, default=list(INPUTS), help=", ".join(INPUTS))
    parser.add_argument("--cores", type=listed, default=list(CORES), help=", ".join(CORES))
    parser.add_argument("--peers", type=listed, default=list(installed_peers()), help="or none")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument(
        "--update", action="store_true", help="keep what --json holds and this run does not"
    )
    parser.add_argument("--markdown", type=Path, help="write the table to this file")
    chosen = parser.parse_args(argv)
    for option, known in (("models", MODELS), ("inputs", INPUTS), ("cores", CORES)):
        for name in getattr(chosen, option):
            if name not in known:
                parser.error(f"--{option}: {name!r} is none of {', '.join(known)}")
    return chosen


def _kept_rows(chosen: argparse.Namespace) -> list[dict[str, Any]]:
    if not (chosen.update and chosen.json and chosen.json.exists()):
        return []
    document = json.loads(chosen.json.read_text(encoding="utf-8"))
    if document["tools"] != tool_versions():
        sys.exit(f"{chosen.json} was measured with other versions of tools: leave out --update")
    return list(document["rows"])


def merge(kept: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Both; where they measured the same tool on the same case and core, the new one."""
    rows = {(r["model"], r["input"], r["core"], r["tool"]): r for r in [*kept, *new]}
    return list(rows.values())


def main(argv: list[str]) -> int:
    """Measure what the arguments ask for; 0, or 1 where our own code failed or disagreed."""
    chosen = _arguments(argv)
    kept = _kept_rows(chosen)
    rows: list[Row] = []
    for name in chosen.models:
        for input_type in chosen.inputs:
            print(f"{name} on {input_type}", file=sys.stderr)
            rows += measure_case(load_case(name, input_type), chosen.cores, chosen.peers)
            document = {
                "schema": 1,
                "tools": tool_versions(),
                "rows": merge(kept, [asdict(row) for row in rows]),
            }
            # After each model, so that an interrupted run leaves what it has.
            if chosen.json:
                chosen.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
            if chosen.markdown:
                chosen.markdown.write_text(render(document), encoding="utf-8")
    if not chosen.markdown:
        print(render(document))
    return int(any(row.error for row in rows if row.tool.startswith("thumbling")))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
