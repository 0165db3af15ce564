# SPDX-License-Identifier: MIT
"""Of which release of its framework a model is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something the installed release answers otherwise than the one that trained the model.

    `text` says what, in one clause; `float32` that it shows on float32 rows only.
    """

    text: str
    float32: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Of which release of its framework a model is, and which one is installed.

    A model means what the release that trained it says, so that is what is compiled; where there
    are `differences`, the installed one is no measure of it.
    """

    trained: str
    installed: str
    differences: tuple[Difference, ...] = ()

    @property
    def note(self) -> str:
        """What a user must know, in one sentence; empty where both answer the same."""
        what = "; ".join(difference.text for difference in self.differences)
        return what and (
            f"compiled as scikit-learn {self.trained} means it, which trained it, and compared with"
            f" that; the installed {self.installed} answers otherwise: {what}"
        )
