# SPDX-License-Identifier: MIT
"""Verification results as CI servers read them."""

from __future__ import annotations

import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from thumbling.errors import OutputError, ThumblingError
from thumbling.report import Verification


@contextmanager
def junit_report(path: Path | None, targets: Sequence[str]) -> Iterator[list[Verification]]:
    """Gives a list to put results into, one for each of `targets` in order; writes them at the end.

    A target that ends the block with an error of ours becomes an error of its test case. The file
    appears whole or not at all. Raises `OutputError`, before the block, where `path` cannot be
    written.
    """
    results: list[Verification] = []
    if path is None:
        yield results
        return
    whole = path.resolve()
    if whole.exists() and not whole.is_file():
        raise OutputError(f"{path} is no file", hint="check --junit")
    try:
        stage = tempfile.TemporaryDirectory(prefix=f".{whole.name}-", dir=whole.parent)
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror}", hint="check --junit"
        ) from error
    with stage as folder:
        part = Path(folder) / "report.xml"
        try:
            yield results
        except ThumblingError as error:
            _write(part, whole, results, (targets[len(results)], error.message))
            raise
        _write(part, whole, results, None)


def _write(
    part: Path, whole: Path, results: Sequence[Verification], broken: tuple[str, str] | None
) -> None:
    try:
        part.write_text(_document(results, broken), encoding="utf-8")
        part.replace(whole)
    except OSError as error:
        raise OutputError(
            f"{whole.name} cannot be written: {error.strerror}", hint="check --junit"
        ) from error


def _document(results: Sequence[Verification], broken: tuple[str, str] | None) -> str:
    failed = sum(result.mismatches > 0 for result in results)
    suite = ET.Element(
        "testsuite",
        name="thumbling verify",
        tests=str(len(results) + (broken is not None)),
        failures=str(failed),
        errors=str(int(broken is not None)),
    )
    for result in results:
        case = _case(suite, result.on)
        if result.mismatches:
            message = f"{result.mismatches} of {result.vectors} vectors differ"
            ET.SubElement(case, "failure", message=message).text = _printable(result.detail)
        ET.SubElement(case, "system-out").text = f"{result.vectors} vectors, bit for bit"
    if broken is not None:
        ET.SubElement(_case(suite, broken[0]), "error", message=_printable(broken[1]))
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, "unicode") + "\n"


def _case(suite: ET.Element, on: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname="thumbling.verify", name=on)


def _printable(text: str) -> str:
    """XML has no way to write a control character, and a board may send any."""
    return "".join(c if c.isprintable() else " " for c in text)
