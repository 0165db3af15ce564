# SPDX-License-Identifier: MIT
"""Where in a pipeline something stands: the whole of it on one line, and a caret below.

Pipeline(columns: ColumnTransformer(num: StandardScaler, cat: KernelPCA), model: Ridge)
                                                              ^^^^^^^^^
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from thumbling.errors import UnsupportedModelError
from thumbling.ir.names import encodable, readable

# What estimators are made of: lists of a name, an estimator and maybe more. What was fitted comes
# before what it was made from.
_LISTS = ("steps", "transformers_", "transformers", "transformer_list", "estimators")
_MOST_CHILDREN = 999
_MOST_NAME = 40
_MOST_DEPTH = 16
_WIDTH = 100
_CUT = ".. "


def mark(error: UnsupportedModelError, path: Sequence[Any]) -> None:
    """Give an error the drawing of a model, `path[0]`, in which `path[-1]` is at fault.

    Nothing is drawn of an estimator that stands alone.
    """
    if not error.where and len(path) > 1:
        drawing = _Drawing()
        drawing.draw(path[0], path[1:], 0)
        error.where = drawing.text


@dataclass(slots=True)
class _Drawing:
    """A line so far, and from where to where of it the caret goes."""

    line: str = ""
    spot: tuple[int, int] = field(default=(0, 0))

    def draw(self, model: Any, path: Sequence[Any], depth: int) -> None:
        """Append an estimator and what it is made of; the last of `path` below it is marked."""
        start = len(self.line)
        self.line += model if isinstance(model, str) else type(model).__name__
        if not path:
            self.spot = start, len(self.line)
        children = list(_children(model)) if depth < _MOST_DEPTH else []
        if path and not any(child is path[0] for _, child in children):
            children = [("", path[0])]
        for k, (name, child) in enumerate(children):
            self.line += ("(" if not k else ", ") + (f"{name}: " if name else "")
            if path and child is path[0]:
                self.draw(child, path[1:], depth + 1)
                path = ()
            else:
                self._draw_beside(child, depth)
        self.line += ")" if children else ""

    def _draw_beside(self, child: Any, depth: int) -> None:
        spot = self.spot
        self.draw(child, (), depth + 1)
        self.spot = spot

    @property
    def text(self) -> str:
        """The line, or the part of it around the caret where it is long, and the caret below."""
        first, last = self.spot
        begin = max(0, min(first - _WIDTH // 2, len(self.line) - _WIDTH))
        cut = _CUT if begin else ""
        shown = cut + self.line[begin : begin + _WIDTH]
        shown += " .." if len(self.line) > begin + _WIDTH else ""
        return f"{shown}\n{' ' * (first - begin + len(cut))}{'^' * (last - first)}"


def _children(model: Any) -> Iterator[tuple[str, Any]]:
    """Names of what an estimator is made of, and those or words in their place."""
    for attribute in _LISTS:
        items = getattr(model, attribute, None)
        if not isinstance(items, list | tuple):
            continue
        named = [i for i in items if isinstance(i, list | tuple) and len(i) in (2, 3)]
        # What a ColumnTransformer does with all other columns where nobody says anything.
        named = [i for i in named if not (i[0] == "remainder" and is_word(i[1], "drop"))]
        if not named:
            continue
        for name, child, *_ in named[:_MOST_CHILDREN]:
            yield _printable(name), _shown(child)
        if len(named) > _MOST_CHILDREN:
            yield "", ".."
        return


def is_word(step: object, word: str) -> bool:
    """Whether a step is a word in place of an estimator."""
    return isinstance(step, str) and step == word


def _shown(child: Any) -> Any:
    if child is None:
        return "passthrough"
    return _printable(child) if isinstance(child, str) else child


def _printable(name: object) -> str:
    """A name in one line, cut where it is long."""
    return readable(encodable(str(name)))[:_MOST_NAME]
