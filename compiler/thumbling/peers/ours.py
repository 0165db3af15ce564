# SPDX-License-Identifier: MIT
"""Our own output as a program to measure: its predict function is called as it is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from thumbling.codegen import CModel
from thumbling.ir import Graph
from thumbling.peers.ruler import Contender
from thumbling.peers.subject import Generated
from thumbling.resources import data_dir


def thumbling_program(graph: Graph, c: CModel, stored: npt.NDArray[np.generic]) -> Generated:
    """The C of `graph` on stored rows; it is compared by its first field, label or value."""
    runtime = data_dir("runtime_c")
    return Generated(
        program=Contender(
            sources=dict(c.files),
            entry=c.symbol,
            out_bytes=c.out_bytes,
            include=(runtime / "include",),
            extra_sources=tuple(runtime / path for path in c.runtime_files if path.endswith(".c")),
        ),
        rows=stored,
        dtype="<i4",
        scale=tuple(float(s) for s in graph.scales(graph.outputs[0])),
    )
