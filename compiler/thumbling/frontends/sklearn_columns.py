# SPDX-License-Identifier: MIT
"""scikit-learn's ColumnTransformer and FeatureUnion: transformers side by side.

`ColumnTransformer.transform` stacks what each transformer makes of its columns, those of the
remainder last; `FeatureUnion.transform` what each makes of all columns.
"""

from __future__ import annotations

from collections import UserList
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import attribute, count, flag, inconsistent
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.registry import transformer
from thumbling.frontends.sklearn_pipeline import first_step
from thumbling.ir.source import Value
from thumbling.ir.source.concat import Concat
from thumbling.ir.source.elementwise import Elementwise, Step
from thumbling.ir.source.select import Select

_MAX_WEIGHT = 1e30
_MAX_DEPTH = 16


def is_word(step: object, *words: str) -> bool:
    """Whether a step is one of some words in place of an estimator."""
    return isinstance(step, str) and step in words


def triples(model: Any) -> list[tuple[str, Any, Any]]:
    """Names, transformers and columns of a fitted ColumnTransformer, the remainder last."""
    items = attribute(model, "transformers_")
    if not isinstance(items, list | tuple) or not all(
        isinstance(item, tuple | list) and len(item) == 3 for item in items
    ):
        raise inconsistent(model, "transformers_ is no list of name, transformer and columns")
    return [(str(name), step, columns) for name, step, columns in items]


def pairs(model: Any) -> list[tuple[str, Any]]:
    """Names and transformers of a FeatureUnion."""
    items = attribute(model, "transformer_list")
    if not isinstance(items, list | tuple) or not all(
        isinstance(item, tuple | list) and len(item) == 2 for item in items
    ):
        raise inconsistent(model, "transformer_list is no list of name and transformer")
    return [(str(name), step) for name, step in items]


def first_member(model: Any) -> Any:
    """What knows the features of a FeatureUnion, which all its transformers are given."""
    for _ in range(_MAX_DEPTH):
        if type(model).__name__ != "FeatureUnion":
            return model
        members = [step for _, step in pairs(model) if not isinstance(step, str)]
        if not members:
            raise _without_columns(model)
        model = first_step(members[0])
    raise inconsistent(model, f"it nests more than {_MAX_DEPTH} unions")


@transformer("sklearn", "ColumnTransformer")
def lower_columns(model: Any, x: Value, build: SourceBuilder) -> Value:
    """Each transformer on its columns."""
    parts = []
    for name, step, columns in triples(model):
        if is_word(step, "drop"):
            continue
        chosen = _indices(model, name, columns, build)
        if len(chosen):
            part = _selected(chosen, x, build)
            parts.append((name, step, part))
    found = list(_transformed(model, parts, build))
    whole = _joined(model, found, build)
    return replace(whole, sparse=flag(model, "sparse_output_"))


@transformer("sklearn", "FeatureUnion", own_width=False)
def lower_union(model: Any, x: Value, build: SourceBuilder) -> Value:
    """Each transformer on all columns."""
    parts = [(name, step, x) for name, step in pairs(model) if not is_word(step, "drop")]
    found = list(_transformed(model, parts, build))
    whole = _joined(model, found, build)
    return replace(whole, sparse=any(part.sparse for part in found))


@transformer("sklearn", "FunctionTransformer", own_width=False)
def lower_function(model: Any, x: Value, build: SourceBuilder) -> Value:
    """The features themselves, which is what `passthrough` is kept as; no other function."""
    if getattr(model, "func", None) is not None:
        raise UnsupportedModelError(
            "a FunctionTransformer calls a Python function, which cannot be compiled",
            hint="compute it in front of the model, on the chip, or use a scikit-learn step",
        )
    if flag(model, "validate"):
        raise UnsupportedModelError(
            "a FunctionTransformer without a function refuses rows where validate is set",
            hint="use 'passthrough', which it stands for, or set validate to False",
        )
    return x


def _selected(columns: list[int], x: Value, build: SourceBuilder) -> Value:
    if columns == list(range(x.width)):
        return x
    picked = build.add(Select, "columns", x, columns=np.array(columns, dtype=np.int64))
    return replace(picked, sparse=x.sparse)


def _transformed(
    model: Any, parts: list[tuple[str, Any, Value]], build: SourceBuilder
) -> Iterator[Value]:
    weights = getattr(model, "transformer_weights", None)
    if weights is not None and not isinstance(weights, dict):
        raise inconsistent(model, "transformer_weights is no dictionary")
    for name, step, x in parts:
        passes = step is None or is_word(step, "passthrough")
        value = x if passes else build.transform(step, x)
        weight = None if weights is None else weights.get(name)
        yield value if weight is None else _weighted(model, name, weight, value, build)


def _weighted(model: Any, name: str, weight: object, value: Value, build: SourceBuilder) -> Value:
    """`value * weight`, as NumPy multiplies by a Python number."""
    if type(weight) not in (int, float):
        raise UnsupportedModelError(
            f"the weight of {name!r} is {type(weight).__name__}, not a plain number, so its"
            " products are of a type of their own",
            hint="give transformer_weights as floats, such as 2.0; nothing need be fitted again",
        )
    number = float(weight)  # type: ignore[arg-type]
    if not abs(number) <= _MAX_WEIGHT:
        raise inconsistent(model, f"the weight of {name!r} is {number:g}")
    if isinstance(weight, int) and weight != 1 and build.may_be_integers(value):
        raise UnsupportedModelError(
            f"the weight of {name!r} is an integer, and products of integers may overflow in the"
            " source",
            hint=f"give it as a float, {number:g}.0; nothing need be fitted again",
        )
    step = Step(kind="mul", values=np.full(value.width, number), cast=True)
    scaled = build.add(Elementwise, "weighted", value, steps=(step,))
    return replace(scaled, sparse=value.sparse)


def _joined(model: Any, parts: list[Value], build: SourceBuilder) -> Value:
    if not parts:
        raise _without_columns(model)
    return parts[0] if len(parts) == 1 else build.add(Concat, "joined", *parts)


def _without_columns(model: Any) -> UnsupportedModelError:
    return UnsupportedModelError(
        f"the {type(model).__name__} drops every column, so the model has no features",
        hint="keep some columns",
    )


def _indices(model: Any, name: str, columns: Any, build: SourceBuilder) -> list[int]:
    """The columns of a transformer by position, whichever way they were given."""
    n = count(model, "n_features_in_")
    if isinstance(columns, UserList):
        columns = columns.data  # how releases 1.5 and 1.6 keep those of the remainder
    if isinstance(columns, str | int | np.integer) and not isinstance(columns, bool):
        raise UnsupportedModelError(
            f"the transformer {name!r} is given one column as a vector, not as a table",
            hint=f"name its columns in a list: [{columns!r}]",
        )
    if isinstance(columns, slice):
        return _sliced(model, name, columns, build)
    items = columns.tolist() if hasattr(columns, "tolist") else columns
    if not isinstance(items, list | tuple):
        raise inconsistent(model, f"the columns of {name!r} are a {type(columns).__name__}")
    if items and all(isinstance(item, str) for item in items):
        return [_named(model, name, item, build) for item in items]
    if items and all(isinstance(item, bool | np.bool_) for item in items):
        if len(items) != n:
            raise inconsistent(model, f"the mask of {name!r} has {len(items)} of {n} columns")
        return [index for index, kept in enumerate(items) if kept]
    return [_position(model, name, item, n) for item in items]


def _position(model: Any, name: str, item: Any, n: int) -> int:
    whole = isinstance(item, int | np.integer) and not isinstance(item, bool)
    if not whole or not -n <= item < n:
        raise inconsistent(model, f"{name!r} has columns that are none of its {n}")
    return int(item) % n


def _named(model: Any, name: str, item: str, build: SourceBuilder) -> int:
    names = getattr(model, "feature_names_in_", None)
    known = names.tolist() if isinstance(names, np.ndarray) else []
    if known.count(item) != 1 or len(known) != count(model, "n_features_in_"):
        raise inconsistent(model, f"{name!r} has a column {item!r:.40} that it does not know")
    build.by_name = True
    return int(known.index(item))


def _sliced(model: Any, name: str, columns: slice, build: SourceBuilder) -> list[int]:
    n = count(model, "n_features_in_")
    ends = [columns.start, columns.stop]
    if any(isinstance(end, str) for end in ends):
        # Both ends of a slice of names belong to it, as pandas has it.
        start, stop = (None if e is None else _named(model, name, str(e), build) for e in ends)
        stop = None if stop is None else stop + 1
        columns = slice(start, stop, columns.step)
    parts: tuple[Any, ...] = (columns.start, columns.stop, columns.step)
    whole = (p is None or isinstance(p, int | np.integer) for p in parts)
    if not all(whole) or not all(p is None or -n <= p <= n for p in parts):
        raise inconsistent(model, f"the slice of {name!r} is none of its {n} columns")
    if columns.step == 0:
        raise inconsistent(model, f"the slice of {name!r} has no step")
    return list(range(n))[columns]
