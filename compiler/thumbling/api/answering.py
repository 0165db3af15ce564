# SPDX-License-Identifier: MIT
"""The bit-exact Python evaluation of a compiled model, with the methods its source has.

Real numbers are float64: the exact product of the stored integer and the output's scale, rounded
once. Nothing else is done to them, so equal integers are equal numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.api.rows import check_rows, given_rows
from thumbling.errors import OptionError
from thumbling.ir import Graph
from thumbling.ir.answers import read_labels
from thumbling.ir.ops.trees import TreeEnsemble
from thumbling.ir.ports import feature_names, store_rows
from thumbling.reference import evaluate

Integers = npt.NDArray[np.int32]
Reals = npt.NDArray[np.float64]
Labels = npt.NDArray[Any]

_METHODS = {
    "label": "predict",
    "value": "predict",
    "proba": "predict_proba",
    "score": "decision_function",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Reference:
    """What the chip answers, computed in Python: `predict` and its like as the source has them.

    `x` is always what the source itself takes: real rows of shape (n, n_features), as an array,
    lists or a frame whose columns are found by name. They are stored as the chip's caller must
    store them, so what a narrow input type loses is lost here too. All methods raise `DataError`
    for other rows, and `OptionError` for an output that was not compiled.

    Of a graph with several inputs the columns of a row are those of all of them, in order; one
    with state answers rows in order, from its initial state on.
    """

    graph: Graph

    def outputs(self, x: Any) -> Mapping[str, Integers]:
        """The integers of the C output struct, by field: shape (n,) where a field has one value,
        else (n, values).
        """
        rows = check_rows(self.graph, given_rows(x, feature_names(self.graph.inputs)))
        return {name: flat(array) for name, array in self._evaluate(rows).items()}

    def predict(self, x: Any) -> Labels | Reals:
        """Class labels in the source's type, or a regressor's values: (n,), or (n, outputs)."""
        if self.graph.class_names:
            return labels(self.graph, self._field("label", x))
        values = self._field("value", x)
        return values if self.graph.answers.matrix else flat(values)

    def predict_proba(self, x: Any) -> Reals | list[Reals]:
        """Probabilities (n, classes); for several outputs a list with one array for each."""
        found = self._field("proba", x)
        ends = np.cumsum([len(names) for names in self.graph.class_names])
        groups = np.split(found, ends[:-1], axis=1)
        return groups[0] if len(groups) == 1 else groups

    def decision_function(self, x: Any) -> Reals:
        """Scores: (n,) for two classes, above zero for the second; else (n, classes)."""
        return flat(self._field("score", x))

    def _evaluate(self, rows: npt.NDArray[Any]) -> Mapping[str, Integers]:
        return evaluate(self.graph, store_rows(self.graph.inputs, rows))[0]

    def _field(self, field: str, x: Any) -> Any:
        """One output as (n, values): class numbers or real numbers."""
        if all(output.field != field for output in self.graph.outputs):
            raise _absent(self.graph, field)
        rows = check_rows(self.graph, given_rows(x, feature_names(self.graph.inputs)))
        stored = self._evaluate(rows)[field]
        return stored if field == "label" else reals(self.graph, field, stored)

    def __repr__(self) -> str:
        return f"<thumbling.{type(self).__name__} {summary(self.graph)}>"


def summary(graph: Graph) -> str:
    """The compiled model in a few words."""
    fields = ", ".join(output.field for output in graph.outputs)
    return f"{graph.name}: {graph.source}, {graph.n_features} x {graph.input_type} -> {fields}"


def flat(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Rows of one value without that axis."""
    return array[:, 0] if array.shape[1] == 1 else array


def labels(graph: Graph, stored: Integers) -> Labels:
    """The source's labels for class numbers of shape (n, outputs): (n,), or (n, outputs).

    Several outputs share the type of the first, as in scikit-learn.
    """
    kinds = graph.answers.label_types or ("|O:str",) * len(graph.class_names)
    groups = [read_labels(*pair) for pair in zip(graph.class_names, kinds, strict=True)]
    found = np.empty(stored.shape, dtype=groups[0].dtype)
    for k, group in enumerate(groups):
        found[:, k] = group[stored[:, k]]
    return flat(found)


def reals(graph: Graph, field: str, stored: Integers) -> Reals:
    """Real numbers of one output, shape (n, values): stored * scale, rounded once to float64."""
    return graph.real(next(o for o in graph.outputs if o.field == field), stored)


def _absent(graph: Graph, field: str) -> OptionError:
    has = ", ".join(output.field for output in graph.outputs)
    method = _METHODS[field]
    if not graph.class_names:
        return OptionError(
            f"{graph.source} is a regressor, so it has no {method}", hint="call predict"
        )
    if field == "score" and any(isinstance(op, TreeEnsemble) for op in graph.ops):
        return OptionError(f"{graph.source} has no {method}", hint="trees have predict_proba")
    if len(graph.outputs) > 1:
        return OptionError(f"{graph.source} has no {method} that is compiled", hint=f"it has {has}")
    return OptionError(
        f"{method} needs the output {field!r}, and the model was compiled for {has} alone",
        hint=f'compile it with output="{field}" or output="all" (--output {field}, --output all)',
    )
