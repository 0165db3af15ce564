# SPDX-License-Identifier: MIT
"""The estimators inside an ensemble: which they are, what they say, and trees put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import attribute, inconsistent
from thumbling.frontends.builder import SourceBuilder
from thumbling.ir.source import Field, Prediction, Value
from thumbling.ir.source.arrays import IntArray, frozen
from thumbling.ir.source.forest import Forest, Tree
from thumbling.ir.source.select import Select

_MOST_MEMBERS = 1 << 14


def members_of(model: Any, name: str = "estimators_") -> list[Any]:
    """The fitted members."""
    found = attribute(model, name)
    if not isinstance(found, list) or not 0 < len(found) <= _MOST_MEMBERS:
        raise inconsistent(model, f"{name} is no list of 1 to {_MOST_MEMBERS} estimators")
    return found


def require_classifier(model: Any, said: Prediction) -> None:
    """Raise where a member answers no single label."""
    if len(said.class_names) != 1:
        raise inconsistent(model, "a member of it is no classifier of one output")


def require_regressor(model: Any, said: Prediction) -> None:
    """Raise where a member answers no value."""
    if said.is_classifier:
        raise inconsistent(model, "a member of it is no regressor")


def encoded_classes(model: Any, said: Prediction, n_classes: int) -> IntArray:
    """Which classes of a model those of a member are, which was fitted on their numbers."""
    require_classifier(model, said)
    numbers = [int(name) if name.isdecimal() else -1 for name in said.class_names[0]]
    if not all(0 <= number < n_classes for number in numbers):
        raise inconsistent(model, f"a member of it knows other classes than 0 to {n_classes - 1}")
    return frozen(np.array(numbers, dtype=np.int64))


def require_all_classes(model: Any, said: Prediction, n_classes: int) -> None:
    """Raise where a member does not know all classes, by their numbers."""
    if len(encoded_classes(model, said, n_classes)) != n_classes:
        raise inconsistent(model, f"a member of it does not know all {n_classes} classes")


def refuse_uncompiled(model: Any, said: Prediction) -> None:
    """Raise where a member has a predict_proba of its own that is not compiled."""
    refusal = said.refused.get("proba")
    if refusal is not None:
        raise UnsupportedModelError(
            f"a member of the {type(model).__name__} has {refusal.what}", hint=refusal.hint
        )


def proba_of(model: Any, said: Prediction) -> Value:
    """The probabilities of a member. Raises UnsupportedModelError where it has none."""
    refuse_uncompiled(model, said)
    found = said.fields.get("proba")
    if found is None:
        raise inconsistent(model, "a member of it has no probabilities")
    return found


def one_forest(
    values: Sequence[Value],
    places: Sequence[IntArray] | None,
    x: Value,
    build: SourceBuilder,
    name: str,
) -> Value | None:
    """The mean of single trees that read `x`, or columns of it, as one forest.

    `places` are the classes of each tree, None for regressors. None where they are no such trees.
    A forest adds what its trees say in order and divides by their number, in float64.
    """
    forests, trees = [], []
    for k, value in enumerate(values):
        forest = build.producer(value)
        if not isinstance(forest, Forest) or len(forest.trees) != 1:
            return None
        columns = _columns(forest, x, build)
        if columns is None or forest.is_classifier != (places is not None):
            return None
        forests.append(forest)
        trees.append((forest.trees[0], columns, None if places is None else places[k]))
    if len({forest.missing for forest in forests}) > 1:
        return None
    width = max(int(forest.trees[0].value.shape[1]) for forest in forests)
    if places is not None:
        width = max(width, *(int(place.max()) + 1 for place in places))
    elif any(forest.trees[0].value.shape[1] != width for forest in forests):
        return None
    return build.add(
        Forest,
        name,
        x,
        trees=tuple(_moved(tree, columns, place, width) for tree, columns, place in trees),
        n_classes=() if places is None else (width,),
        missing=forests[0].missing,
    )


def _columns(forest: Forest, x: Value, build: SourceBuilder) -> IntArray | None:
    """Which columns of `x` a forest reads."""
    (read,) = forest.inputs
    if read == x.name:
        return np.arange(x.width)
    op = build.producers.get(read)
    return op.columns if isinstance(op, Select) and op.inputs == (x.name,) else None


def _moved(tree: Tree, columns: IntArray, place: IntArray | None, width: int) -> Tree:
    """A tree that reads the columns of a wider row, and whose classes are some of more."""
    feature, value = tree.feature.copy(), tree.value
    split = tree.left >= 0
    feature[split] = columns[feature[split]]
    if place is not None:
        value = np.zeros((len(tree.left), width))
        value[:, place] = tree.value
    return Tree(
        feature=frozen(feature),
        threshold=tree.threshold,
        left=tree.left,
        right=tree.right,
        nan_left=tree.nan_left,
        value=frozen(value),
    )


_FIELDS: Mapping[str, Field] = {"decision_function": "score", "predict_proba": "proba"}


def response(
    model: Any, member: Any, said: Prediction, methods: tuple[str, ...], build: SourceBuilder
) -> Value:
    """What the first of some methods that a member has says: of two classes one number.

    Raises UnsupportedModelError where that is not compiled.
    """
    method = next((name for name in methods if hasattr(member, name)), None)
    if method is None:
        raise inconsistent(model, f"a member of it has no {' or '.join(methods)}")
    found = said.fields.get(_FIELDS[method])
    if found is None:
        raise UnsupportedModelError(
            f"the {type(model).__name__} asks its members for {method}, which is not compiled of a"
            f" {type(member).__name__}",
            hint="use members whose decision_function or predict_proba is, such as"
            " LogisticRegression or RandomForestClassifier",
        )
    if method == "predict_proba" and found.width == 2:
        return build.add(Select, "second", found, columns=frozen(np.array([1])))
    return found
