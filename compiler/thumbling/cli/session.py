# SPDX-License-Identifier: MIT
"""How commands talk: one JSON document or text on stdout, everything else on stderr."""

from __future__ import annotations

import codecs
import io
import json
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what is needed.")]
Verbose = Annotated[int, typer.Option("--verbose", "-v", count=True, help="Say more (-vv: most).")]

_WIDTH = 100  # of text that goes into a file or pipe


def console(*, error: bool = False) -> Console:
    """A console on the real stdout or on stderr; plain and of fixed width in a pipe or file."""
    stream = sys.stderr if error else (sys.__stdout__ or sys.stdout)
    width = None if stream.isatty() else _WIDTH
    return Console(
        file=stream, width=width, highlight=False, soft_wrap=error and not stream.isatty()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What the user asked for on every command."""

    json: bool = False
    quiet: bool = False
    verbose: int = 0

    def emit(self, document: dict[str, Any], text: RenderableType | None) -> None:
        """The command's result: the document with --json, else the text."""
        if self.json:
            print_json(document)
        elif text is not None:
            console().print(text)

    def warn(self, text: str) -> None:
        """One line on stderr, also with -q: a warning is needed."""
        console(error=True).print(f"warning: {text}", markup=False)

    def note(self, text: str) -> None:
        """One line on stderr, not with -q."""
        if not self.quiet:
            console(error=True).print(text, markup=False)

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
    stream = sys.__stdout__ or sys.stdout
    stream.write(json.dumps(document, indent=2, allow_nan=False) + "\n")
    stream.flush()
