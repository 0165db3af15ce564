# SPDX-License-Identifier: MIT
"""Every option of `compile`, declared once.

The command line (`cli/declared.py`), the project file (`api/project_file.py`), the command in a
model's header and the table in README.md are made of this list; the signatures of `compile`,
`audit` and `Options` are held to it by `tests/unit/test_options.py`.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

TARGETS: Final = ("host", "unicorn", "qemu", "renode", "serial")


class Kind(Enum):
    """What the value of an option is, hence how each face reads it."""

    BOARD = "the name of a board, or its file"
    FILE = "a file"
    FOLDER = "a folder"
    TEXT = "a text"
    CHOICE = "one of its choices"
    SCALE = "a number, one for each feature, or auto"
    NUMBERS = "a number, or one for each feature"
    SIZE = "bytes"
    TIME = "microseconds"
    TARGETS = "some of its choices, or none"
    SWITCH = "on or off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option. `name` is the one of the project file, and of the others where they say nothing.

    `default` is Python's; None is no value. `panel` is where help lists it. `on_command_line` and
    `in_python` are its names there, `negated` is whether the command line says the opposite;
    `short` is the letter. `in_project` is whether a team may set
    it, `shapes` whether the generated C depends on it.
    """

    name: str
    kind: Kind
    help: str
    metavar: str = ""
    panel: str | None = None
    default: Any = None
    required: bool = False
    choices: tuple[str, ...] = ()
    example: str = ""
    short: str = ""
    on_command_line: str = ""
    negated: bool = False
    in_python: str = ""
    in_project: bool = False
    shapes: bool = False

    @property
    def parameter(self) -> str:
        """The name of the command's parameter."""
        return self.on_command_line or self.name

    @property
    def flag(self) -> str:
        """As it is typed: `--input-type`."""
        return "--" + self.parameter.replace("_", "-")

    @property
    def keyword(self) -> str:
        """The name of Python's argument."""
        return self.in_python or self.name


_INPUT, _CODE = "What goes in", "What comes out"
_BUILD, _BUDGET = "Build and verification", "Budgets, exit code 4 where not met"

OPTIONS: Final = (
    Option(
        name="board",
        kind=Kind.BOARD,
        metavar="BOARD",
        help="Such as nucleo-f401; see `boards`.",
        short="-b",
        required=True,
        in_project=True,
    ),
    Option(
        name="data",
        kind=Kind.FILE,
        metavar="FILE",
        help="Rows for ranges, fidelity, vectors: CSV, JSON, NPY, NPZ, Parquet or Feather.",
        panel=_INPUT,
        shapes=True,
    ),
    Option(
        name="target",
        kind=Kind.TEXT,
        metavar="COLUMN",
        help="Of --data: what the model should say, for accuracy; else one named target, y ..",
        panel=_INPUT,
        shapes=True,
    ),
    Option(
        name="out",
        kind=Kind.FOLDER,
        metavar="DIR",
        help="The output folder; NAME_BOARD if absent.",
        short="-o",
        panel=_CODE,
    ),
    Option(
        name="name",
        kind=Kind.TEXT,
        metavar="NAME",
        help="What the C is called; the model file's name if absent.",
        panel=_CODE,
        shapes=True,
    ),
    Option(
        name="input_type",
        kind=Kind.CHOICE,
        metavar="TYPE",
        help="Of the features in C: float32, int8, uint8, int16, uint16 or int32.",
        panel=_INPUT,
        default="float32",
        choices=("float32", "int8", "uint8", "int16", "uint16", "int32"),
        in_project=True,
        shapes=True,
    ),
    Option(
        name="input_scale",
        kind=Kind.SCALE,
        metavar="X|FILE|auto",
        help="real = stored * scale + offset; a number, one per feature (1,2,3 or a file), or"
        " auto: scale and offset that lose least on --data.",
        panel=_INPUT,
        in_project=True,
        shapes=True,
    ),
    Option(
        name="input_offset",
        kind=Kind.NUMBERS,
        metavar="X|FILE",
        help="A number, or a file with one per feature.",
        panel=_INPUT,
        in_project=True,
        shapes=True,
    ),
    Option(
        name="output",
        kind=Kind.CHOICE,
        metavar="FIELDS",
        help="label, proba, score, value or all; if absent label, or value of a regressor.",
        panel=_CODE,
        choices=("label", "proba", "score", "value", "all"),
        in_project=True,
        shapes=True,
    ),
    Option(
        name="precision",
        kind=Kind.CHOICE,
        metavar="WIDTH",
        help="Weights of linear models, hidden values of nets: int8, int16 or auto.",
        panel=_CODE,
        default="auto",
        choices=("auto", "int8", "int16"),
        in_project=True,
        shapes=True,
    ),
    Option(
        name="optimize",
        kind=Kind.CHOICE,
        metavar="AIM",
        help="What matters most: speed, size or balanced.",
        panel=_CODE,
        default="balanced",
        choices=("balanced", "speed", "size"),
        in_project=True,
        shapes=True,
    ),
    Option(
        name="constants",
        kind=Kind.CHOICE,
        metavar="PLACE",
        help="inline, or block: apart from the code, so that a new model's can replace them.",
        panel=_CODE,
        default="inline",
        choices=("inline", "block"),
        in_project=True,
        shapes=True,
    ),
    Option(
        name="builder",
        kind=Kind.CHOICE,
        metavar="BUILDER",
        help="platformio, gcc, zig or none; auto takes the first that is installed.",
        panel=_BUILD,
        default="auto",
        choices=("auto", "platformio", "gcc", "zig", "none"),
        in_project=True,
    ),
    Option(
        name="verify",
        kind=Kind.TARGETS,
        metavar="TARGETS",
        help="none, or some of host,unicorn,qemu,renode; auto: host and unicorn.",
        panel=_BUILD,
        default=("host", "unicorn"),
        choices=tuple(name for name in TARGETS if name != "serial"),
        in_project=True,
    ),
    Option(
        name="max_flash",
        kind=Kind.SIZE,
        metavar="SIZE",
        help="Such as 64KiB.",
        panel=_BUDGET,
        example="64KiB",
        in_project=True,
    ),
    Option(
        name="max_ram",
        kind=Kind.SIZE,
        metavar="SIZE",
        help="Such as 8KiB.",
        panel=_BUDGET,
        example="8KiB",
        in_project=True,
    ),
    Option(
        name="max_latency",
        kind=Kind.TIME,
        metavar="TIME",
        help="Of the slowest sample, such as 500us.",
        panel=_BUDGET,
        example="500us",
        in_python="max_latency_us",
        in_project=True,
    ),
    Option(
        name="dump_ir",
        kind=Kind.FOLDER,
        metavar="DIR",
        help="Write what the model is after each stage of the compiler, a file a stage.",
        panel=_CODE,
    ),
    Option(
        name="trust",
        kind=Kind.SWITCH,
        help="No warning about pickles.",
        panel=_INPUT,
        default=False,
    ),
    Option(
        name="allow_pickle",
        kind=Kind.SWITCH,
        help="Refuse pickles.",
        panel=_INPUT,
        on_command_line="no_pickle",
        negated=True,
        in_project=True,
    ),
)
_BY_NAME: Final = {option.name: option for option in OPTIONS}


def option(name: str) -> Option:
    """The option of that name."""
    return _BY_NAME[name]


@dataclass(frozen=True, slots=True)
class Variable:
    """A value that only the user's program has: it is called by the name of a variable."""

    name: str

    def __repr__(self) -> str:
        return self.name


def command_line(model: str, given: Mapping[str, Any]) -> list[str]:
    """The command that compiles a model file, with what is not the default, each option a piece.

    `given` are values as Python has them, by their keywords there. Of files the names are said.
    """
    pieces = [f"thumbling compile {shlex.quote(model)}"]
    for item, value in _chosen(given):
        if item.kind is not Kind.SWITCH:
            pieces.append(f"{item.flag} {shlex.quote(_typed(item, value))}")
        elif value is not item.negated:
            pieces.append(item.flag)
    return pieces


def python_call(model: str | Variable, given: Mapping[str, Any]) -> list[str]:
    """The call that does the same, in pieces between which a line may end."""
    pieces = [f"thumbling.compile({model!r}"]
    for item, value in _chosen(given):
        if item.kind is Kind.FILE and not isinstance(value, Variable):
            value = Path(value).name
        pieces.append(f"{item.keyword}={value!r}")
    return [*(f"{piece}," for piece in pieces[:-1]), f"{pieces[-1]})"]


def _chosen(given: Mapping[str, Any]) -> Iterator[tuple[Option, Any]]:
    """The options that do something else than the default."""
    for item in OPTIONS:
        value = given.get(item.keyword)
        if value is not None and value != item.default:
            yield item, value


def _typed(item: Option, value: Any) -> str:
    """A value as the command line takes it."""
    match item.kind:
        case Kind.FILE:
            return Path(value).name
        case Kind.SCALE | Kind.NUMBERS if not isinstance(value, str):
            return ",".join(map(repr, [value] if isinstance(value, int | float) else value))
        case Kind.TARGETS if not isinstance(value, str):
            return ",".join(value) or "none"
    return str(value)


def in_lines(pieces: Sequence[str], width: int, *, mark: str = "") -> list[str]:
    """Pieces in lines of at most `width`, where they fit; all but the last end in `mark`."""
    lines, line = [], pieces[0]
    for piece in pieces[1:]:
        if len(line) + 1 + len(piece) + len(mark) > width:
            lines.append(line + mark)
            line = f"    {piece}"
        else:
            line += f" {piece}"
    return [*lines, line]
