# SPDX-License-Identifier: MIT
"""Our own output as a program to measure."""

from __future__ import annotations

import re

from models import Case

from thumbling.errors import ThumblingError
from thumbling.peers.ours import thumbling_program
from thumbling.peers.ruler import ToolError
from thumbling.peers.subject import Generated
from thumbling.pipeline import Options, compile_model


def compiled_program(case: Case, optimize: str) -> Generated:
    """Compile `case` for `optimize` (`size` or `speed`). Raises ToolError."""
    options = Options(name="bench", input_type=case.input_type, optimize=optimize)
    try:
        compiled = compile_model(case.subject.model, options, case.train_rows)
    except ThumblingError as error:
        raise ToolError(re.sub(r"\s+", " ", error.message)) from error
    graph = compiled.graph
    return thumbling_program(graph, compiled.c, graph.input.store(case.subject.rows))
