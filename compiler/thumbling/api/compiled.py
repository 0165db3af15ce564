# SPDX-License-Identifier: MIT
"""What `thumbling.compile` and `thumbling.reference` return."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thumbling.api.answering import Reference
from thumbling.api.folder import OutputFolder
from thumbling.api.output_folder import TemporaryHome, staged
from thumbling.api.rows import given_rows
from thumbling.frontends import lower
from thumbling.pipeline import Options, compile_model, feature_names
from thumbling.report import Report, Verification
from thumbling.report.html import render_card
from thumbling.report.words import verdict


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Compiled(Reference):
    """A compiled model: its reference, its output folder, its report.

    Without an `out` folder the files live in a temporary one, as long as this object does.
    """

    folder: OutputFolder
    report: Report
    _home: TemporaryHome | None = None

    @property
    def path(self) -> Path:
        """The output folder."""
        return self.folder.path

    def verify(self, on: str = "unicorn", *, port: str | None = None) -> Verification:
        """Compare the target `on` with the reference on the stored vectors, bit for bit."""
        return self.folder.verify(on, self.folder.vectors(), port)

    def export(self, path: str | Path) -> Path:
        """Copy the output folder to `path`, whole or not at all."""
        target = Path(path)
        with staged(target) as stage:
            shutil.copytree(self.path, stage, dirs_exist_ok=True)
        return target

    def __repr__(self) -> str:
        said = verdict(self.report).replace("\N{NO-BREAK SPACE}", " ")
        return f"{Reference.__repr__(self)[:-1]} on {self.report.board}, {said}>"

    def _repr_html_(self) -> str:
        """The report's first screen, for a notebook."""
        return render_card(self.report)


def reference(model: Any, *, data: Any = None, **options: Any) -> Reference:
    """The reference of a trained model alone: its answers need neither C nor a board.

    `data` as in `compile`; `options` are `input_type`, `input_scale`, `input_offset`, `output`,
    `precision` and `name`.
    """
    chosen = Options(**{"name": "model", **options})
    rows = None
    if data is not None:
        rows = given_rows(data, feature_names(lower(model)))
    return Reference(graph=compile_model(model, chosen, rows).graph)
