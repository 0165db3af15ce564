# SPDX-License-Identifier: MIT
"""What a model is after each stage of the compiler, as text: `--dump-ir`."""

from __future__ import annotations

from collections.abc import Iterator

from thumbling.codegen.module import schedule
from thumbling.ir.printer import print_graph
from thumbling.ir.source.printer import print_source
from thumbling.passes import PASSES
from thumbling.pipeline import Compilation


def stages(
    compilation: Compilation, optimize: str, constants: str = "inline"
) -> Iterator[tuple[str, str]]:
    """Names, numbered in order, and texts: what was trained, its integers, each pass, the schedule.

    The schedule is of the goal `optimize`, with `constants` inline or in a block.
    """
    yield "1-source", print_source(compilation.source)
    graph = compilation.quantized
    yield "2-quantized", print_graph(graph)
    for number, step in enumerate(PASSES, start=3):
        graph = step.run(graph)
        yield f"{number}-{step.name}", print_graph(graph)
    yield f"{3 + len(PASSES)}-schedule", str(schedule(graph, optimize, constants))
