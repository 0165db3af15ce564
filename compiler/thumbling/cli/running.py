# SPDX-License-Identifier: MIT
"""Runs one command. Every way to end becomes an exit code and one clear message."""

from __future__ import annotations

import contextlib
import errno
import signal
import sys
import traceback
from types import FrameType
from typing import Final, NoReturn

from rich.text import Text

from thumbling.cli.app import UsageProblem, run_app
from thumbling.cli.session import print_json, say, speak_any_encoding
from thumbling.errors import InternalError, OutputError, ThumblingError, UsageError

_INTERRUPTED, _TERMINATED = 130, 143
# What the machine refuses, whichever of our writes met it first: no fault of ours.
_REFUSED: Final = frozenset(
    getattr(errno, name)
    for name in (
        *("ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EACCES", "EPERM", "EIO"),
        *("EMFILE", "ENFILE", "ENOMEM", "EAGAIN", "ENAMETOOLONG", "ELOOP", "ESTALE"),
    )
    if hasattr(errno, name)
)


class Terminated(BaseException):
    """SIGTERM arrived. No SystemExit, which a pickle may raise and which is then no end."""


class _Stop:
    """Whether Ctrl-C was pressed: compiled code turns KeyboardInterrupt into errors of its own."""

    pressed = False

    def interrupt(self, _: int, __: FrameType | None) -> NoReturn:
        self.pressed = True
        raise KeyboardInterrupt


def _terminate(_: int, __: FrameType | None) -> NoReturn:
    raise Terminated


def run_command(arguments: list[str]) -> int:
    """Run one command as the process's only job, with its signals; the exit code."""
    speak_any_encoding()
    stop = _Stop()
    try:
        signal.signal(signal.SIGINT, stop.interrupt)
        # A CI server that cancels a job sends SIGTERM: temporary folders go, as after Ctrl-C.
        signal.signal(signal.SIGTERM, _terminate)
        code = run(arguments, stop)
    except KeyboardInterrupt:
        code = _stopped("interrupted", _INTERRUPTED, "--json" in arguments)
    # All is said: what comes now must not turn the end into a traceback.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return code


def run(arguments: list[str], stop: _Stop | None = None) -> int:
    """Run one command and give its exit code (`errors.EXIT_CODES`)."""
    as_json = "--json" in arguments
    try:
        # With --json nothing but the document may reach stdout, whatever a model prints.
        with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
            return run_app(arguments)
    except KeyboardInterrupt:
        return _stopped("interrupted", _INTERRUPTED, as_json)
    except Terminated:
        return _stopped("terminated", _TERMINATED, as_json)
    except BrokenPipeError:
        return 0  # the reader of a help page went away
    # The last line of defence: whatever is left is our bug, and a user gets one sentence.
    except Exception as error:
        if stop is not None and stop.pressed:
            return _stopped("interrupted", _INTERRUPTED, as_json)
        return _fail(_as_ours(error), as_json, _verbosity(arguments) >= 2)


def _as_ours(error: Exception) -> ThumblingError:
    """The error in the words and with the exit code of our tree."""
    if isinstance(error, ThumblingError):
        return error
    if isinstance(error, UsageProblem):
        return UsageError(error.message, hint=error.hint)
    ours: ThumblingError
    # Without a file name ENOENT is what tempfile says where no temporary folder can be written.
    no_temporary = isinstance(error, FileNotFoundError) and error.filename is None
    if isinstance(error, OSError) and (error.errno in _REFUSED or no_temporary):
        what = f"{error.filename}: " if error.filename else ""
        ours = OutputError(
            f"the system refuses to go on: {what}{error.strerror}",
            hint="make room or give permission: for the output, the temporary folder or the"
            " stream that output is sent to",
        )
    else:
        ours = InternalError(
            f"thumbling met a bug of its own ({type(error).__name__}: {_short(error)})",
            hint="run again with -vv and report the trace",
        )
    ours.__cause__ = error
    return ours


def _short(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0][:200] if lines else "no details"


def _verbosity(arguments: list[str]) -> int:
    return sum(
        1 if a == "--verbose" else a.count("v")
        for a in arguments
        if a == "--verbose" or (a.startswith("-") and set(a[1:]) == {"v"})
    )


def _stopped(word: str, exit_code: int, as_json: bool) -> int:
    # CPython notes a Ctrl-C that leaves any exec(), even where it is caught further out, and then
    # ends by that signal instead of with our exit code. The next exec() drops the note.
    exec("")
    if as_json:
        print_json({"error": {"code": word, "message": word, "hint": ""}})
    else:
        say(word)
    return exit_code


def _fail(error: ThumblingError, as_json: bool, shows_trace: bool) -> int:
    with contextlib.suppress(OSError):  # a full disk may be what stderr goes to
        if shows_trace:
            say("".join(traceback.format_exception(error)))
        if as_json:
            body = {"code": error.code, "message": error.message, "hint": error.hint}
            print_json({"error": body | ({"where": error.where} if error.where else {})})
        else:
            say(Text.assemble(("error:", "bold red"), " ", error.message))
            if error.where:
                say(error.where, wrap=False)
            if error.hint:
                say(Text.assemble(("hint:", "dim"), " ", error.hint))
    return error.exit_code
