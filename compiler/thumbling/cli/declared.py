# SPDX-License-Identifier: MIT
"""Commands whose parameters are the declared options: what they take, and how it is read."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from thumbling.cli import values
from thumbling.options import Kind, Option

# Text that a command line gives, to what Python is given.
READERS: Final[Mapping[Kind, Callable[[str | None, str], Any]]] = {
    Kind.SCALE: values.scale,
    Kind.NUMBERS: values.per_feature,
    Kind.SIZE: values.size,
    Kind.TIME: values.microseconds,
}


def takes(*options: Option) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Puts options between a command's arguments and its own options.

    The command is called with their values by the names that Python has for them.
    """

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        names = {option.keyword for option in options}
        own = [
            p.replace(kind=p.KEYWORD_ONLY)
            for p in inspect.signature(command, eval_str=True).parameters.values()
            if p.name not in names and p.kind is not p.VAR_KEYWORD
        ]
        arguments = [p for p in own if p.default is p.empty]
        declared = [_parameter(option) for option in options]

        def run(**given: Any) -> int:
            for option in options:
                given[option.keyword] = _value(option, given.pop(option.parameter))
            return command(**given)

        parameters = [*arguments, *declared, *(p for p in own if p not in arguments)]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {}
        run.__doc__, run.__name__ = command.__doc__, command.__name__
        return run

    return decorate


def _parameter(option: Option) -> inspect.Parameter:
    given = typer.Option(
        *((option.flag, option.short) if option.short else (option.flag,)),
        metavar=option.metavar or None,
        help=option.help,
        rich_help_panel=option.panel,
    )
    return inspect.Parameter(
        option.parameter,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if option.required else _default(option),
        annotation=Annotated[_type(option), given],
    )


def _default(option: Option) -> Any:
    match option.kind:
        case Kind.TARGETS:
            return "auto"
        case Kind.SWITCH:
            return False
        case Kind.CHOICE if option.default is not None:
            return _choices(option.name, option.choices)(option.default)
    return option.default


def _type(option: Option) -> Any:
    if option.kind is Kind.SWITCH:
        return bool
    kind: Any = Path if option.kind in (Kind.FILE, Kind.FOLDER) else str
    if option.kind is Kind.CHOICE:
        kind = _choices(option.name, option.choices)
    return kind | None if option.default is None and not option.required else kind


@cache
def _choices(name: str, choices: tuple[str, ...]) -> Any:
    return StrEnum(name, {choice.upper(): choice for choice in choices})


def _value(option: Option, given: Any) -> Any:
    """What Python is given for what the command line gave."""
    if option.negated:
        return not given
    if isinstance(given, StrEnum):
        return given.value
    reader = READERS.get(option.kind)
    return reader(given, option.flag) if reader is not None else given
