# SPDX-License-Identifier: MIT
"""Verification results as CI servers read them.

The shape is what the schemas of Ant's JUnit task and of Jenkins' xUnit plugin have in common. A
test case fails where the firmware is at fault (exit code 5); it has an error where its target could
not be asked. Unlike everything that `compile` writes, this file has a clock in it.
"""

from __future__ import annotations

import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain, repeat
from pathlib import Path

from thumbling.errors import OutputError, ThumblingError, VerificationError
from thumbling.report import Verification

_NAME = "thumbling.verify"


class Cases:
    """The test cases of one run, in order, each with the time since the one before it."""

    def __init__(self, targets: Sequence[str]) -> None:
        self.results: list[Verification] = []
        self._targets = targets
        self._started = datetime.now(UTC)
        self._seconds: list[float] = []
        self._last = time.monotonic()

    def append(self, result: Verification) -> None:
        """The result of the next target, which has just ended."""
        self.results.append(result)
        self._lap()

    def _lap(self) -> None:
        now = time.monotonic()
        self._seconds.append(now - self._last)
        self._last = now

    def document(self, broken: ThumblingError | None) -> str:
        """The XML text; `broken` is the error that ended the target after the last result."""
        suite = ET.Element("testsuite")
        ET.SubElement(suite, "properties")
        for result in self.results:
            _add_result(suite, result)
        if broken is not None:
            self._lap()
            on, *unreached = self._targets[len(self.results) :]
            _add_broken(suite, on, broken)
            for name in unreached:
                ET.SubElement(_case(suite, name), "skipped", message=f"{on} ended the run")
        said = [f"{r.on}: {r.vectors} vectors, {_outcome(r)}" for r in self.results]
        ET.SubElement(suite, "system-out").text = "\n".join(said)
        ET.SubElement(suite, "system-err")
        self._add_figures(suite)
        suites = ET.Element("testsuites")
        suites.append(suite)
        ET.indent(suites)
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, "unicode") + "\n"

    def _add_figures(self, suite: ET.Element) -> None:
        cases = suite.findall("testcase")
        for case, seconds in zip(cases, chain(self._seconds, repeat(0.0)), strict=False):
            case.set("time", f"{seconds:.3f}")
        figures = {
            "name": _NAME,
            "package": "thumbling",
            "id": "0",
            "hostname": "localhost",
            "timestamp": self._started.strftime("%Y-%m-%dT%H:%M:%S"),
            "time": f"{sum(self._seconds):.3f}",
            "tests": str(len(cases)),
            "failures": str(len(suite.findall("testcase/failure"))),
            "errors": str(len(suite.findall("testcase/error"))),
            "skipped": str(len(suite.findall("testcase/skipped"))),
        }
        for key, value in figures.items():
            suite.set(key, value)


@contextmanager
def junit_report(path: Path | None, targets: Sequence[str]) -> Iterator[Cases]:
    """Gives what takes the results, one for each of `targets` in order; writes them at the end.

    A target that ends the block with an error of ours is a test case too. The file appears whole
    or not at all. Raises `OutputError`, before the block, where `path` cannot be written.
    """
    if path is None:
        yield Cases(targets)
        return
    whole = path.resolve()
    if whole.exists() and not whole.is_file():
        raise OutputError(f"{path} is no file", hint="check --junit")
    try:
        stage = tempfile.TemporaryDirectory(prefix=f".{whole.name}-", dir=whole.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    with stage as folder:
        part = Path(folder) / "report.xml"
        cases = Cases(targets)
        try:
            yield cases
        except ThumblingError as error:
            # One that comes after the last target is of none of them.
            if len(cases.results) < len(targets):
                _write(part, whole, cases.document(error))
            raise
        _write(part, whole, cases.document(None))


def _write(part: Path, whole: Path, text: str) -> None:
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(whole)
    except OSError as error:
        raise _unwritable(whole, error) from error


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(f"{path.name} cannot be written: {error.strerror}", hint="check --junit")


def _outcome(result: Verification) -> str:
    return f"{result.mismatches} differ" if result.mismatches else "bit for bit"


def _add_result(suite: ET.Element, result: Verification) -> None:
    case = _case(suite, result.on)
    if not result.mismatches:
        return
    message = f"{result.mismatches} of {result.vectors} vectors differ"
    failure = ET.SubElement(case, "failure", type=VerificationError.code, message=message)
    lines = [result.detail]
    if result.failing_input:
        lines.append("its input, feature by feature:")
    for value in result.failing_input:
        lines.append(f"{value.name} = {value.real} (stored {value.stored})")
    failure.text = "\n".join(_printable(line) for line in lines)


def _add_broken(suite: ET.Element, on: str, error: ThumblingError) -> None:
    kind = "failure" if error.exit_code == VerificationError.exit_code else "error"
    message = _printable(error.message)
    ET.SubElement(_case(suite, on), kind, type=error.code, message=message).text = _printable(
        error.hint
    )


def _case(suite: ET.Element, on: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=_NAME, name=on)


def _printable(text: str) -> str:
    """XML has no way to write a control character, and a board may send any."""
    return "".join(c if c.isprintable() else " " for c in text)
