# SPDX-License-Identifier: MIT
"""The one tree of errors a user can meet.

Every error says in one sentence what was given and why it cannot be used, and in its hint what
to do about it. The class decides the exit code of the command line.
"""

from __future__ import annotations

from typing import ClassVar


class ThumblingError(Exception):
    """Base of all errors meant for users.

    `code` is a stable machine-readable word (kept in `--json` output), `message` says what and
    why, `hint` what to do; `exit_code` is the exit status of the command line.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


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


class OptionError(ThumblingError):
    """An option's value does not fit the model or the board."""

    code = "option"


class ProjectFileError(ThumblingError):
    """`thumbling.toml`, or the table of thumbling in pyproject.toml, is not valid."""

    code = "project-file"


class UnknownBoardError(ThumblingError):
    """No board of that name."""

    code = "unknown-board"


class BoardFileError(ThumblingError):
    """A board description in `boards/` is not valid."""

    code = "board-file"


class OutputError(ThumblingError):
    """The output folder cannot be written, or holds something that is not ours."""

    code = "output"


class DoesNotFitError(ThumblingError):
    """The firmware is larger than the board's flash or RAM: a budget that the board sets."""

    code = "does-not-fit"
    exit_code = 4


class BuildError(ThumblingError):
    """The C compiler, the linker or PlatformIO refused the generated project."""

    code = "build"


class VerificationError(ThumblingError):
    """A target answered other bits than the reference, or did not answer at all."""

    code = "verification"


class UsageError(ThumblingError):
    """The command was called in a way that means nothing."""

    code = "usage"
    exit_code = 2


class MissingToolError(ThumblingError):
    """A compiler, an emulator or a Python package is not installed."""

    code = "missing-tool"
    exit_code = 3


class BudgetError(ThumblingError):
    """A budget the user set (flash, RAM, latency) is not met."""

    code = "budget"
    exit_code = 4


class InternalError(ThumblingError):
    """A bug of ours: an invariant of the compiler does not hold."""

    code = "internal"
    exit_code = 70
