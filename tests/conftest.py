# SPDX-License-Identifier: MIT
"""Options of the test run, and the root on the path: tests run with `--import-mode=importlib`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` writes golden files anew; `--cases` is how many random cases are run."""
    parser.addoption(
        "--update-golden",
        action="store_true",
        default=False,
        help="write the files in tests/golden/files from what the compiler generates now",
    )
    parser.addoption(
        "--cases",
        type=int,
        default=40,
        help="random pipelines and random graphs to check: 40 in CI, 1000 at night",
    )
