# SPDX-License-Identifier: MIT
"""How commands talk: one JSON document or text on stdout, everything else on stderr."""

from __future__ import annotations

import codecs
import errno
import io
import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Annotated, Any, TextIO

import typer
from rich.console import Console, RenderableType
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what is needed.")]
Verbose = Annotated[int, typer.Option("--verbose", "-v", count=True, help="Say more (-vv: most).")]

_WIDTH = 100  # of text that goes into a file or pipe


class _Console(Console):
    """Leaves it to `reader_may_leave` what happens when the reader goes away."""

    def on_broken_pipe(self) -> None:
        """Called where rich meets a closed pipe; its own way is to end the process."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def console(*, error: bool = False) -> Console:
    """A console on the real stdout or on stderr; plain and of fixed width in a pipe or file."""
    stream = _stream(error=error)
    width = None if stream.isatty() else _WIDTH
    return _Console(
        file=stream, width=width, highlight=False, soft_wrap=error and not stream.isatty()
    )


def _stream(*, error: bool = False) -> TextIO:
    """The real stdout, or stderr; a place for what nobody reads where the caller closed it."""
    stream = sys.stderr if error else (sys.__stdout__ or sys.stdout)
    return stream if stream is not None else io.StringIO()


@contextmanager
def reader_may_leave(stream: IO[str]) -> Iterator[None]:
    """What is written inside goes nowhere once the reader is gone (`| head`).

    The command goes on: its exit code must not depend on who reads what it says.
    """
    try:
        yield
        stream.flush()
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EINVAL):  # Windows says EINVAL
            raise
        # What is left in the buffer must have a place to go, or Python complains at its end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def say(
    text: RenderableType, *, error: bool = True, markup: bool = False, wrap: bool = True
) -> None:
    """Text on stderr, or on stdout; with `markup` rich's tags in it are taken as such.

    Without `wrap` its lines stay as they are, however narrow the terminal is.
    """
    out = console(error=error)
    with reader_may_leave(out.file):
        out.print(text, markup=markup, soft_wrap=None if wrap else True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What the user asked for on every command."""

    json: bool = False
    quiet: bool = False
    verbose: int = 0
    warnings: list[str] = field(default_factory=list)

    def emit(self, document: dict[str, Any], text: RenderableType | None) -> None:
        """The command's result: the document with --json, else the text."""
        if self.json:
            print_json(document)
        elif text is not None:
            say(text, error=False, markup=True)

    def warn(self, text: str) -> None:
        """One line on stderr, also with -q: a warning is needed. `warnings` keeps it for JSON."""
        self.warnings.append(text)
        say(f"warning: {text}")

    def note(self, text: str) -> None:
        """One line on stderr, not with -q."""
        if not self.quiet:
            say(text)

    @contextmanager
    def progress(self) -> Iterator[Callable[[str], None]]:
        """A function to be told each step. A spinner on a terminal; lines with -v; else nothing."""
        err = console(error=True)
        if not err.is_terminal or self.quiet:
            yield self.note if self.verbose else _ignore
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=err, transient=True) as bar:
            task = bar.add_task("")
            yield lambda step: bar.update(task, description=step)


def _ignore(_: str) -> None:
    """Progress that nobody sees."""


def speak_any_encoding() -> None:
    """From now on a character that stdout or stderr cannot encode becomes its nearest plain form.

    Windows writes pipes and files in a code page, which has no thin space; that is no reason to
    lose a report.
    """
    codecs.register_error("thumbling.nearest", _nearest)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="thumbling.nearest")


def _nearest(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError), "streams for writing only encode"
    text = unicodedata.normalize("NFKD", error.object[error.start : error.end])
    plain = (c if c.isascii() else "?" for c in text if not unicodedata.combining(c))
    return "".join(plain), error.end


def print_json(document: dict[str, Any]) -> None:
    """The one document on the real stdout."""
    stream = _stream()
    with reader_may_leave(stream):
        stream.write(json.dumps(document, indent=2, allow_nan=False) + "\n")
