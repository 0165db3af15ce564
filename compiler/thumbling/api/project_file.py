# SPDX-License-Identifier: MIT
"""The project file: what a team has agreed on, read before the command line.

`thumbling.toml`, or the table `[tool.thumbling]` of a pyproject.toml, in the working directory or
the nearest folder above it that has one. Everything in it is checked, since a misspelt
`allow_pickle` that nobody reads would be worse than none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from thumbling.boards import load_board
from thumbling.errors import ProjectFileError, UnknownBoardError, did_you_mean
from thumbling.options import OPTIONS, Kind, Option
from thumbling.toml_table import TomlTable

OWN_FILE = "thumbling.toml"
_SHARED_FILE = "pyproject.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFile:
    """`options` are defaults of `compile` by their name, written as on the command line.

    `where` names file and table in messages; it is empty where no project file was found.
    """

    where: str = ""
    allow_pickle: bool = True
    options: Mapping[str, str] = field(default_factory=dict)


def load_project_file(start: Path) -> ProjectFile:
    """The project file that rules in the folder `start`. Raises `ProjectFileError`."""
    for folder in (start, *start.parents):
        own, shared = folder / OWN_FILE, folder / _SHARED_FILE
        if own.is_file():
            return _project(_read(own))
        if shared.is_file():
            table = _read(shared)
            if "tool" in table and "thumbling" in (tools := table.table("tool")):
                return _project(tools.table("thumbling"))
    return ProjectFile()


def _read(path: Path) -> TomlTable:
    return TomlTable.read(
        path, ProjectFileError, hint="mend it: it may hold allow_pickle, so it is not passed over"
    )


def _project(table: TomlTable) -> ProjectFile:
    table.refuse_unread(_KEYS)
    options = {key: _READERS[_KEYS[key].kind](_KEYS[key], table) for key in table}
    allow_pickle = options.pop("allow_pickle", "true") == "true"
    return ProjectFile(where=table.where, allow_pickle=allow_pickle, options=options)


def _switch(option: Option, table: TomlTable) -> str:
    return str(table.flag(option.name)).lower()


def _board(option: Option, table: TomlTable) -> str:
    name = table.value(option.name, "a board")
    if not isinstance(name, str):
        raise table.bad(option.name, "the name of a board in quotes")
    try:
        load_board(name)
    except UnknownBoardError as error:
        raise ProjectFileError(f"{table.where}: board: {error.message}", hint=error.hint) from error
    return name


def _choice(option: Option, table: TomlTable) -> str:
    return table.choice(option.name, option.choices)


def _targets(option: Option, table: TomlTable) -> str:
    expected = f'"none" or a list of {", ".join(option.choices)}'
    value = table.value(option.name, expected)
    names = value.split(",") if isinstance(value, str) else value
    if names == ["none"]:
        return "none"
    if not isinstance(names, list) or not names:
        raise table.bad(option.name, expected)
    for name in names:
        if name not in option.choices:
            raise table.bad(option.name, expected, hint=did_you_mean(str(name), option.choices))
    return ",".join(names)


def _amount(option: Option, table: TomlTable) -> str:
    expected = f'a number or a text such as "{option.example}"'
    value = table.value(option.name, expected)
    number = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    if not (number or isinstance(value, str)):
        raise table.bad(option.name, expected)
    return str(value)


def _numbers(option: Option, table: TomlTable) -> str:
    expected = "a number, or a list of one per feature"
    value = table.value(option.name, expected)
    numbers = value if isinstance(value, list) else [value]
    if not numbers or not all(type(number) in (int, float) for number in numbers):
        raise table.bad(option.name, expected)
    return ",".join(repr(number) for number in numbers)


def _scale(option: Option, table: TomlTable) -> str:
    value = table.value(option.name, "a number")
    if isinstance(value, str) and value != "auto":
        raise table.bad(option.name, 'numbers or "auto"')
    return value if isinstance(value, str) else _numbers(option, table)


_READERS: Mapping[Kind, Callable[[Option, TomlTable], str]] = {
    Kind.SWITCH: _switch,
    Kind.BOARD: _board,
    Kind.CHOICE: _choice,
    Kind.TARGETS: _targets,
    Kind.SIZE: _amount,
    Kind.TIME: _amount,
    Kind.NUMBERS: _numbers,
    Kind.SCALE: _scale,
}
_KEYS: Mapping[str, Option] = {option.name: option for option in OPTIONS if option.in_project}
