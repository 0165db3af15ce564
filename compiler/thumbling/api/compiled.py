# SPDX-License-Identifier: MIT
"""What `thumbling.compile` and `thumbling.reference` return."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.api.folder import OutputFolder, check_rows
from thumbling.api.output_folder import TemporaryHome, staged
from thumbling.api.rows import given_rows
from thumbling.frontends import lower
from thumbling.ir import Graph
from thumbling.pipeline import Options, compile_model, input_spec
from thumbling.reference import evaluate
from thumbling.report import Report, Verification

_Rows = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reference:
    """The bit-exact Python evaluation of a compiled model."""

    graph: Graph

    def predict(self, x: npt.ArrayLike) -> Mapping[str, npt.NDArray[np.int32]]:
        """Integer outputs per field for real rows of shape (n, n_features)."""
        rows = check_rows(self.graph, given_rows(x, self.graph.input.names))
        return evaluate(self.graph, self.graph.input.store(rows))[0]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compiled:
    """A compiled model: its output folder, its report, its reference.

    Without an `out` folder the files live in a temporary one, as long as this object does.
    """

    folder: OutputFolder
    report: Report
    _home: TemporaryHome | None = field(default=None, repr=False)

    @property
    def path(self) -> Path:
        """The output folder."""
        return self.folder.path

    def predict(self, x: npt.ArrayLike) -> Mapping[str, npt.NDArray[np.int32]]:
        """What the chip answers: integer outputs per field for real rows."""
        return self.folder.predict(given_rows(x, self.folder.graph.input.names))

    def verify(self, on: str = "unicorn", *, port: str | None = None) -> Verification:
        """Compare the target `on` with the reference on the stored vectors, bit for bit."""
        return self.folder.verify(on, self.folder.vectors(), port)

    def export(self, path: str | Path) -> Path:
        """Copy the output folder to `path`, whole or not at all."""
        target = Path(path)
        with staged(target) as stage:
            shutil.copytree(self.path, stage, dirs_exist_ok=True)
        return target


def reference(model: Any, *, data: npt.ArrayLike | None = None, **options: Any) -> Reference:
    """The reference of a trained model alone: its answers need neither C nor a board.

    `data` as in `compile`; `options` are `input_type`, `input_scale`, `input_offset`, `output`,
    `precision` and `name`.
    """
    chosen = Options(**{"name": "model", **options})
    rows = None
    if data is not None:
        rows = given_rows(data, input_spec(lower(model), chosen).names)
    return Reference(graph=compile_model(model, chosen, rows).graph)
