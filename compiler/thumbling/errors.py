# SPDX-License-Identifier: MIT
"""The one tree of errors a user can meet.

Every error says in one sentence what was given and why it cannot be used, and in its hint what
to do about it. The class decides the exit code of the command line: CI acts on these numbers, so
`EXIT_CODES` says what each means, and README and `thumbling --help` print it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import ClassVar, Final

EXIT_CODES: Final[Mapping[int, str]] = MappingProxyType(
    {
        0: "success: everything asked for was done, and nothing differed",
        1: "the model, the data, a file or a device is at fault",
        2: "usage: an option, or an unknown board, target, name, size or value",
        3: "a needed tool is missing: the message says which, the hint how to get it",
        4: "a budget of flash, RAM or time is not met",
        5: "verification: bits differ, or under --strict something was not verified",
        70: "a bug of thumbling",
        130: "interrupted",
    }
)


class ThumblingError(Exception):
    """Base of all errors meant for users.

    `code` is a stable machine-readable word (kept in `--json` output), `message` says what and
    why, `hint` what to do, and `str` gives both; `exit_code` is the exit status of the command
    line. `where` shows the place that is meant, if it is one of several: a line, and a caret below.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = ""

    def __str__(self) -> str:
        lines = [self.message, self.where, f"Hint: {self.hint}" if self.hint else ""]
        return "\n".join(line for line in lines if line)


class ModelError(ThumblingError):
    """The model file cannot be read, or holds something that cannot be used."""

    code = "model"


class UnsupportedModelError(ModelError):
    """The model's class, a step of its pipeline or one of its settings is not supported."""

    code = "unsupported-model"


class UntrustedModelError(ModelError):
    """The file would run code when loaded, and the user has not allowed that."""

    code = "untrusted-model"


class DataError(ThumblingError):
    """The user's data do not fit the model: width, type, NaN, range, or an unreadable file."""

    code = "data"


class BoardFileError(ThumblingError):
    """A board description in `boards/` is not valid."""

    code = "board-file"


class OutputError(ThumblingError):
    """The output folder cannot be read or written, or holds something that is not ours."""

    code = "output"


class BuildError(ThumblingError):
    """The C compiler, the linker or PlatformIO refused the generated project."""

    code = "build"


class UsageError(ThumblingError):
    """The command was called in a way that means nothing."""

    code = "usage"
    exit_code = 2


class OptionError(UsageError):
    """An option's value is unknown, or does not fit the model or the board."""

    code = "option"


class UnknownBoardError(UsageError):
    """No board of that name."""

    code = "unknown-board"


class ProjectFileError(UsageError):
    """`thumbling.toml`, or the table of thumbling in pyproject.toml, is not valid.

    It stands in for options on the command line, so what is wrong in it is wrong usage.
    """

    code = "project-file"


class MissingToolError(ThumblingError):
    """A compiler, an emulator or a Python package is not installed."""

    code = "missing-tool"
    exit_code = 3


class BudgetError(ThumblingError):
    """A budget the user set (flash, RAM, latency) is not met."""

    code = "budget"
    exit_code = 4


class DoesNotFitError(BudgetError):
    """The firmware is larger than the board's flash or RAM: a budget that the board sets."""

    code = "does-not-fit"


class VerificationError(ThumblingError):
    """A firmware answered other bits than the reference, or broke off where it owed an answer."""

    code = "verification"
    exit_code = 5


class UnverifiedError(VerificationError):
    """`--strict`: something that was to be verified was changed, left out or not compared."""

    code = "unverified"


class TargetError(VerificationError):
    """A target cannot be asked: an image that is no ELF, a pulled cable, a silent board.

    It says nothing about the firmware's bits, so its exit code is not that of a mismatch.
    """

    code = "target"
    exit_code = 1


class InternalError(ThumblingError):
    """A bug of ours: an invariant of the compiler does not hold."""

    code = "internal"
    exit_code = 70


def all_errors() -> tuple[type[ThumblingError], ...]:
    """Every class of the tree, parents before their children."""
    found: list[type[ThumblingError]] = [ThumblingError]
    for known in found:
        found += [child for child in known.__subclasses__() if child.__module__ == __name__]
    return tuple(found)


def did_you_mean(word: str, known: Collection[str]) -> str:
    """A question about the nearest known word, for a hint; empty where none is near."""
    near = get_close_matches(word, known, n=1)
    return f"did you mean {near[0]}?" if near else ""
