# SPDX-License-Identifier: MIT
"""Generated C against golden files, byte for byte, and against clang-format.

Renew with `pytest tests/golden --update-golden` and read the diff.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.golden.models import GOLDEN, compile_golden

FILES = Path(__file__).with_name("files")


def _clang_format() -> str:
    """The wheel's program beside this Python, else the one on PATH."""
    beside = Path(sys.executable).with_name("clang-format")
    found = str(beside) if beside.is_file() else shutil.which("clang-format")
    if found is None:
        pytest.skip("clang-format is not installed: pip install clang-format")
    return found


@pytest.mark.parametrize("name", GOLDEN)
def test_bytes(name: str, request: pytest.FixtureRequest) -> None:
    files = compile_golden(name).c.files
    assert sorted(files) == [f"{name}.c", f"{name}.h"]
    for file, text in files.items():
        if request.config.getoption("--update-golden"):
            (FILES / file).write_bytes(text.encode())
        assert text == (FILES / file).read_bytes().decode(), f"{file}: see --update-golden"


def test_no_golden_is_left_over() -> None:
    expected = {f"{name}.{ending}" for name in GOLDEN for ending in "ch"}
    assert {path.name for path in FILES.iterdir()} == expected


@pytest.mark.parametrize("name", GOLDEN)
def test_clang_format_changes_nothing(name: str) -> None:
    tool = _clang_format()
    for ending in "ch":
        path = FILES / f"{name}.{ending}"
        done = subprocess.run([tool, "--style=file", path], capture_output=True, check=True)
        assert done.stdout.decode() == path.read_text(encoding="utf-8")
