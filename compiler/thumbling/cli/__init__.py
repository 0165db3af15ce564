# SPDX-License-Identifier: MIT
"""The command line. `main` turns every way to end into an exit code and one clear message."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from thumbling.cli.app import UsageProblem, run_app
from thumbling.cli.session import console, print_json, speak_any_encoding
from thumbling.errors import InternalError, ThumblingError, UsageError

_INTERRUPTED, _TERMINATED = 130, 143


class Terminated(BaseException):
    """SIGTERM arrived. No SystemExit, which a pickle may raise and which is then no end."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the `thumbling` command."""
    speak_any_encoding()
    # A CI server that cancels a job sends SIGTERM: temporary folders go, as after Ctrl-C.
    signal.signal(signal.SIGTERM, _terminate)
    raise SystemExit(run(list(sys.argv[1:] if arguments is None else arguments)))


def _terminate(_: int, __: FrameType | None) -> NoReturn:
    raise Terminated


def run(arguments: list[str]) -> int:
    """Run one command and give its exit code (CONTRACT: 0, 1, 2, 3, 4 or 70)."""
    as_json = "--json" in arguments
    shows_trace = _verbosity(arguments) >= 2
    try:
        # With --json nothing but the document may reach stdout, whatever a model prints.
        with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
            return run_app(arguments)
    except UsageProblem as problem:
        return _fail(UsageError(problem.message, hint=problem.hint), as_json, shows_trace)
    except ThumblingError as error:
        return _fail(error, as_json, shows_trace)
    except KeyboardInterrupt:
        console(error=True).print("interrupted")
        return _INTERRUPTED
    except Terminated:
        return _TERMINATED
    except BrokenPipeError:
        # The reader went away (`| head`): nothing more can be said, and Python must not try.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    # The last line of defence: whatever is left is our bug, and a user gets one sentence.
    except Exception as error:
        bug = InternalError(
            f"thumbling met a bug of its own ({type(error).__name__}: {_short(error)})",
            hint="run again with -vv and report the trace",
        )
        bug.__cause__ = error
        return _fail(bug, as_json, shows_trace)


def _short(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0][:200] if lines else "no details"


def _verbosity(arguments: list[str]) -> int:
    return sum(
        1 if a == "--verbose" else a.count("v")
        for a in arguments
        if a == "--verbose" or (a.startswith("-") and set(a[1:]) == {"v"})
    )


def _fail(error: ThumblingError, as_json: bool, shows_trace: bool) -> int:
    err = console(error=True)
    if shows_trace:
        err.print("".join(traceback.format_exception(error)), markup=False)
    if as_json:
        body = {"code": error.code, "message": error.message, "hint": error.hint}
        print_json({"error": body})
    else:
        err.print(f"[bold red]error:[/] {_escape(error.message)}")
        if error.hint:
            err.print(f"[dim]hint:[/] {_escape(error.hint)}")
    return error.exit_code


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)
