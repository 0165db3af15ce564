# SPDX-License-Identifier: MIT
"""No module imports itself, by whatever way: each can be read, and imported, before its users."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import pytest

grimp = pytest.importorskip("grimp", reason="needs import-linter: thumbling[dev]")


def test_there_is_no_circle() -> None:
    graph = grimp.build_graph(
        "thumbling", "thumbling_hil", exclude_type_checking_imports=True, cache_dir=None
    )
    imports = {
        module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules
    }
    assert len(imports) > 200
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))
