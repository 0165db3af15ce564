# SPDX-License-Identifier: MIT
"""Writes the generated tables of README.md: `python docs/tables.py`, `--check` only compares.

A table stands between `<!-- models:begin -->` and `<!-- models:end -->`; so for `boards`,
`commands`, `options`, `exits` and `peers`. A table whose markers README.md
does not have is left out.
"""

from __future__ import annotations

import argparse
import json
import re
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import typer

from thumbling.boards import Board, all_boards
from thumbling.cli.app import app
from thumbling.errors import EXIT_CODES, all_errors
from thumbling.frontends import supported
from thumbling.options import OPTIONS

README = Path(__file__).parents[1] / "README.md"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _classes(names: list[str]) -> str:
    return ", ".join(f"`{name.partition('.')[2]}`" for name in names)


def models_table() -> str:
    """What the registry of frontends lowers, a row per package and place in the pipeline."""
    rows = []
    for role, names in zip(("model (last step)", "step before it"), supported(), strict=True):
        for package in sorted({name.partition(".")[0] for name in names}):
            own = [name for name in names if name.startswith(f"{package}.")]
            rows.append([package, role, _classes(own)])
    return _table(["package", "place in a pipeline", "classes"], rows)


def _emulators(board: Board) -> str:
    known = {
        "Unicorn": board.emulators.unicorn,
        "QEMU": board.emulators.qemu,
        "Renode": board.emulators.renode,
    }
    return ", ".join(name for name, value in known.items() if value)


def boards_table() -> str:
    """Every file in `boards/`."""
    rows = [
        [
            f"`{board.name}`",
            board.core_title,
            f"{board.f_cpu_hz / 1e6:g} MHz",
            f"{board.flash_bytes // 1024} KiB",
            f"{board.ram_bytes // 1024} KiB",
            _emulators(board),
        ]
        for board in all_boards()
    ]
    return _table(["board", "core", "clock", "flash", "RAM", "emulators"], rows)


def commands_table() -> str:
    """Every command with the first line of its help."""
    group = typer.main.get_command(app)
    commands = getattr(group, "commands", {})
    rows = [
        [f"`thumbling {name}`", command.get_short_help_str(limit=200)]
        for name, command in commands.items()
    ]
    return _table(["command", "what it does"], rows)


def options_table() -> str:
    """Every declared option of `compile`."""
    rows = []
    for option in OPTIONS:
        typed = " ".join(filter(None, (option.flag, option.metavar))).replace("|", "\\|")
        rows.append(
            [
                f"`{typed}`",
                f"`{option.keyword}`",
                f"`{option.name}`" if option.in_project else "",
                "" if option.default is None else f"`{_plain(option.default)}`",
                option.help,
            ]
        )
    head = ["option", "in Python", "in the project file", "default", "what it says"]
    return _table(head, rows)


def _plain(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return ",".join(default) if isinstance(default, tuple) else str(default)


def exits_table() -> str:
    """Exit codes, with the words that `--json` has for the errors behind them."""
    rows = []
    for code, meaning in EXIT_CODES.items():
        words = [f"`{error.code}`" for error in all_errors()[1:] if error.exit_code == code]
        rows.append([str(code), meaning, ", ".join(words)])
    return _table(["code", "meaning", "`error.code` with `--json`"], rows)


def peers_table() -> str:
    """The committed benchmark in short: int16 features, ours against the best peer."""
    folder = README.parent / "benchmarks"
    rows = json.loads((folder / "results.json").read_text(encoding="utf-8"))["rows"]
    text: str = runpy.run_path(str(folder / "table.py"))["summary"](rows, "int16")
    return text


TABLES: dict[str, Callable[[], str]] = {
    "models": models_table,
    "boards": boards_table,
    "commands": commands_table,
    "options": options_table,
    "exits": exits_table,
    "peers": peers_table,
}


def with_tables(text: str) -> str:
    """The text with every table between its markers written anew."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"
        if begin not in text:
            continue
        fresh = f"{begin}{table()}{end}"
        pattern = re.escape(begin) + "(?:.*\n)*?" + re.escape(end)
        text = re.sub(pattern, lambda _, fresh=fresh: fresh, text)  # type: ignore[misc]
    return text


def main(arguments: list[str]) -> int:
    """0 when README.md is up to date or was written, 1 when `--check` finds it stale."""
    parser = argparse.ArgumentParser(description="Generate the tables of README.md.")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when stale")
    check = parser.parse_args(arguments).check
    text = README.read_text(encoding="utf-8")
    fresh = with_tables(text)
    if fresh == text:
        return 0
    if check:
        print("README.md has stale tables: run `python docs/tables.py`", file=sys.stderr)
        return 1
    README.write_text(fresh, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
