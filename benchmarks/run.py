# SPDX-License-Identifier: MIT
"""Measure our output and its peers' side by side: `python benchmarks/run.py --help`."""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
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
from ours import compiled_program
from peers import PEERS, installed_peers
from table import render

import thumbling
import thumbling_hil
from thumbling.boards import load_board
from thumbling.firmware import toolchains
from thumbling.peers.compare import PART_OF_RANGE
from thumbling.peers.ruler import ToolError, compiler_options, measure_program
from thumbling.peers.subject import Generated
from thumbling.resources import data_dir

HERE = Path(__file__).parent
_SOURCES = (".py", ".j2", ".c", ".h", ".toml")
OURS = ("size", "speed")
# A board stands for its core.
CORES = {"m4": "nucleo_f401re", "m0plus": "nucleo_g071rb"}


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
    subject = case.subject
    spread = float(np.ptp(subject.expected)) if subject.is_regression else 0.0
    return float(np.mean(np.abs(said - subject.expected) <= PART_OF_RANGE * spread))


def _measure(case: Case, tool: str, made: Generated, core: str, folder: Path) -> Row:
    row = partial(Row, model=case.name, input=case.input_type, core=core, tool=tool)
    try:
        figures = measure_program(made.program, load_board(CORES[core]), made.rows, folder)
    except ToolError as error:
        return row(error=error.message)
    said = made.answers(figures.outputs, 1)
    return row(
        flash=figures.flash,
        cycles=round(figures.cycles.mean, 1),
        instructions=round(figures.instructions.mean, 1),
        stack=figures.stack,
        ram=figures.ram,
        agreement=_agreement(case, said),
    )


def _reason(error: ToolError) -> str:
    return f"not supported: {error.message}" if error.status == "unsupported" else error.message


def _measure_tool(
    case: Case, tool: str, make: partial[Generated], cores: list[str]
) -> Iterator[Row]:
    try:
        made = make()
    except ToolError as error:
        for core in cores:
            yield Row(
                model=case.name, input=case.input_type, core=core, tool=tool, error=_reason(error)
            )
        return
    for core in cores:
        with tempfile.TemporaryDirectory() as folder:
            yield _measure(case, tool, made, core, Path(folder))


def measure_case(case: Case, cores: list[str], peers: list[str]) -> Iterator[Row]:
    """All tools on one case."""
    for optimize in OURS:
        make = partial(compiled_program, case, optimize)
        yield from _measure_tool(case, f"thumbling {optimize}", make, cores)
    for tool, (package, generate) in PEERS.items():
        if package in peers:
            yield from _measure_tool(case, tool, partial(generate, case), cores)


def source_digest() -> str:
    """SHA-256 over the names and bytes of everything of ours that decides the figures."""
    digest = hashlib.sha256()
    packages = [Path(package.__path__[0]) for package in (thumbling, thumbling_hil)]
    for folder in (*packages, data_dir("runtime_c"), data_dir("boards"), HERE):
        for path in sorted(folder.rglob("*")):
            if path.suffix in _SOURCES:
                name = f"{folder.name}/{path.relative_to(folder).as_posix()}"
                digest.update(f"{name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def tool_versions() -> dict[str, str]:
    """Versions and options of everything that decides the figures."""
    boards = {core: load_board(board) for core, board in CORES.items()}
    return {
        "compiler": toolchains.gcc(boards["m4"]).version,
        **{f"options, {core}": " ".join(compiler_options(b)) for core, b in boards.items()},
        "thumbling": thumbling.__version__,
        "thumbling sources": f"sha256 {source_digest()}",
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
