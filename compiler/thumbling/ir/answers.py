# SPDX-License-Identifier: MIT
"""How Python hands answers back: the types of the source's labels and the shapes of its arrays.

Nothing of this reaches the chip, so it is no part of the model id. What a file says of it cannot
lie about names: labels are made of the class names, and must print as those again.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.ir.names import as_names

_FROM_TEXT: dict[str, Callable[[str], Any]] = {
    "bool": {"True": True, "False": False}.__getitem__,
    "bytes": ast.literal_eval,
    "float": float,
    "int": int,
    "str": str,
}
_KINDS = {"b": "bool", "S": "bytes", "f": "float", "i": "int", "u": "int", "U": "str"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """`label_types[k]` is the type of output k's labels: a NumPy type (`<i8`, `<U6`), or for
    objects `|O:` and what they are (`|O:str`). `matrix` says that a regressor answers (rows,
    outputs) even where it has one output, as one does that was fitted on a column.
    """

    label_types: tuple[str, ...] = ()
    matrix: bool = False


PLAIN = Answers()


def label_type(labels: npt.NDArray[Any]) -> str:
    """The type of an array of labels of one kind, as `Answers` keeps it. Raises `TypeError`."""
    if labels.dtype.kind == "U":
        # A lone surrogate is six characters as a name, and the label is what the name says.
        wide = labels.dtype.itemsize // np.dtype("U1").itemsize
        return f"<U{max(wide, *map(len, as_names(labels.tolist())))}"
    if labels.dtype.kind != "O":
        return labels.dtype.str
    first = labels[0].item() if isinstance(labels[0], np.generic) else labels[0]
    kind = type(first).__name__
    if kind not in _FROM_TEXT:
        raise TypeError(f"no label is a {kind}")
    return f"|O:{kind}"


def read_labels(names: Sequence[str], kind: str) -> npt.NDArray[Any]:
    """The labels of which `names` are the text, in their own type.

    Raises `ValueError` where the type has no such labels.
    """
    name, _, inner = kind.partition(":")
    try:
        dtype = np.dtype(name)
        read = _FROM_TEXT[inner if dtype.kind == "O" else _KINDS[dtype.kind]]
        labels = np.empty(len(names), dtype=dtype)
        labels[:] = [read(text) for text in names]
    except (KeyError, OverflowError, SyntaxError, TypeError, ValueError) as error:
        raise ValueError(f"these are no labels of type {kind!r}") from error
    if [str(label) for label in labels.tolist()] != list(names):
        raise ValueError(f"these are no labels of type {kind!r}")
    return labels
