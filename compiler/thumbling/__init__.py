# SPDX-License-Identifier: MIT
"""Thumbling compiles trained machine-learning pipelines to exact fixed-point C for Cortex-M.

The Python face is small: `compile` does the main job, `reference` gives the bit-exact Python
evaluation alone, `compile_graph` takes a graph of integer ops as it is, `audit` sets other tools
beside ours. They live in `thumbling.api` and are
imported on first use, so that importing the package stays cheap and touches no framework.
"""

from __future__ import annotations

from thumbling.version import __version__

TYPE_CHECKING = False  # type checkers know the name; `typing` would delay a quiet Ctrl-C by 8 ms
if TYPE_CHECKING:
    from typing import Any

    from thumbling.api import Compiled, audit, compile, compile_graph, reference

__all__ = ["Compiled", "__version__", "audit", "compile", "compile_graph", "reference"]


def __getattr__(name: str) -> Any:
    if name in {"Compiled", "audit", "compile", "compile_graph", "reference"}:
        from importlib import import_module

        return getattr(import_module("thumbling.api"), name)
    raise AttributeError(f"module 'thumbling' has no attribute {name!r}")
