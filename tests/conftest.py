# SPDX-License-Identifier: MIT
"""Options of the test run, and the root on the path: tests run with `--import-mode=importlib`."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` writes golden files anew; `--cases` is how many random cases are run, and
    `--whole` runs every case of tests that are marked `wide`."""
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
    parser.addoption(
        "--whole",
        action="store_true",
        default=False,
        help="run every case of tests marked wide(n), of which CI runs each n-th",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only `--whole` runs: of a test marked `wide(n)` all but each n-th case."""
    if config.getoption("--whole"):
        return
    seen: Counter[str] = Counter()
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        marker = item.get_closest_marker("wide")
        name = item.nodeid.partition("[")[0]
        turn = seen[name]
        seen[name] += 1
        chosen = marker is None or turn % marker.args[0] == 0
        (kept if chosen else left_out).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept
