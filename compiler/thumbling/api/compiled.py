# SPDX-License-Identifier: MIT
"""What `thumbling.compile` returns."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from thumbling.api.answering import Reference
from thumbling.api.folder import OutputFolder
from thumbling.api.output_folder import TemporaryHome, staged
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
