# SPDX-License-Identifier: MIT
"""Verification results as CI servers read them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

from thumbling.errors import OutputError
from thumbling.report import Verification


def write_junit(path: Path, results: Sequence[Verification]) -> None:
    """One test case per target. Raises `OutputError` where `path` cannot be written."""
    failed = sum(result.mismatches > 0 for result in results)
    suite = ET.Element(
        "testsuite", name="thumbling verify", tests=str(len(results)), failures=str(failed)
    )
    for result in results:
        case = ET.SubElement(suite, "testcase", classname="thumbling.verify", name=result.on)
        if result.mismatches:
            message = f"{result.mismatches} of {result.vectors} vectors differ"
            ET.SubElement(case, "failure", message=message).text = result.detail
        ET.SubElement(case, "system-out").text = f"{result.vectors} vectors, bit for bit"
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    try:
        ET.ElementTree(suites).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise OutputError(
            f"{path.name} cannot be written: {error.strerror}", hint="check --junit"
        ) from error
