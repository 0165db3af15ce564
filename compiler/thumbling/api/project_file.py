# SPDX-License-Identifier: MIT
"""The project file: what a team has agreed on, read before the command line.

`thumbling.toml`, or the table `[tool.thumbling]` of a pyproject.toml, in the working directory or
the nearest folder above it that has one. Everything in it is checked, since a misspelt
`allow_pickle` that nobody reads would be worse than none.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from thumbling.boards import load_board
from thumbling.errors import ProjectFileError, UnknownBoardError
from thumbling.options import OPTIONS, Kind, Option

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
            return _project(OWN_FILE, _toml(own))
        table = _toml(shared).get("tool") if shared.is_file() else None
        if isinstance(table, dict) and "thumbling" in table:
            return _project(f"{_SHARED_FILE}: [tool.thumbling]", table["thumbling"])
    return ProjectFile()


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProjectFileError(
            f"{path.name} cannot be read: {error.strerror}", hint="check its permissions"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProjectFileError(
            f"{path.name} is not valid TOML: {error}",
            hint="mend it: it may hold allow_pickle, so it is not passed over",
        ) from error


def _project(where: str, table: object) -> ProjectFile:
    if not isinstance(table, dict):
        raise ProjectFileError(f"{where} is {_shown(table)}, expected a table of options")
    options = {}
    for key, value in table.items():
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise ProjectFileError(
                f"{where}: {key} is not a key", hint=f"{hint}known keys: {', '.join(_KEYS)}"
            )
        option = _KEYS[key]
        options[key] = _READERS[option.kind](option, f"{where}: {key}", value)
    allow_pickle = options.pop("allow_pickle", "true") == "true"
    return ProjectFile(where=where, allow_pickle=allow_pickle, options=options)


def _shown(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"a {type(value).__name__}"


def _bad(where: str, value: object, expected: str, hint: str = "") -> ProjectFileError:
    return ProjectFileError(f"{where} is {_shown(value)}, expected {expected}", hint=hint)


def _switch(_: Option, where: str, value: object) -> str:
    if not isinstance(value, bool):
        raise _bad(where, value, "true or false")
    return str(value).lower()


def _board(_: Option, where: str, value: object) -> str:
    if not isinstance(value, str):
        raise _bad(where, value, "the name of a board in quotes")
    try:
        load_board(value)
    except UnknownBoardError as error:
        raise ProjectFileError(f"{where}: {error.message}", hint=error.hint) from error
    return value


def _choice(option: Option, where: str, value: object) -> str:
    if not isinstance(value, str) or value not in option.choices:
        near = difflib.get_close_matches(str(value), option.choices, n=1)
        hint = f"did you mean {near[0]}?" if near else ""
        raise _bad(where, value, f"one of {', '.join(option.choices)}", hint)
    return value


def _targets(option: Option, where: str, value: object) -> str:
    names = value.split(",") if isinstance(value, str) else value
    if names == ["none"]:
        return "none"
    if not isinstance(names, list) or not names:
        raise _bad(where, value, f'"none" or a list of {", ".join(option.choices)}')
    return ",".join(_choice(option, where, name) for name in names)


def _amount(option: Option, where: str, value: object) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    if not (number or isinstance(value, str)):
        raise _bad(where, value, f'a number or a text such as "{option.example}"')
    return str(value)


def _numbers(_: Option, where: str, value: object) -> str:
    numbers = value if isinstance(value, list) else [value]
    if not numbers or not all(type(number) in (int, float) for number in numbers):
        raise _bad(where, value, "a number, or a list of one per feature")
    return ",".join(repr(number) for number in numbers)


def _scale(option: Option, where: str, value: object) -> str:
    if isinstance(value, str) and value != "auto":
        raise _bad(where, value, 'numbers or "auto"')
    return value if isinstance(value, str) else _numbers(option, where, value)


_READERS: Mapping[Kind, Callable[[Option, str, object], str]] = {
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
