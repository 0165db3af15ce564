# SPDX-License-Identifier: MIT
"""The arrays of ops by name: `<tensor>.<field>`, of the op that computes the tensor.

Records, such as trees, are columns: `<tensor>.<field>.<column>` has those of all records in a row,
and `<tensor>.<field>.start` says where each begins. A learned integer is an array without axes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any, get_args, get_type_hints

import numpy as np
import numpy.typing as npt

from thumbling.errors import ModelError
from thumbling.ir.interval import Interval
from thumbling.ir.ops import Op
from thumbling.ir.ops.base import Record
from thumbling.ir.types import TensorType

Array = npt.NDArray[Any]
_START = "start"
_HINT = "compile the new model as this one was compiled: options, input, classes, size of all parts"


def constants_of(ops: Iterable[Op]) -> dict[str, Array]:
    """Every array of the ops, read-only, in order."""
    found: dict[str, Array] = {}
    for op in ops:
        for field in fields(op):
            name, value = f"{op.output}.{field.name}", getattr(op, field.name)
            if isinstance(value, np.ndarray):
                found[name] = _frozen(value)
            elif field.name in op.learned:
                found[name] = _frozen(np.array(value, dtype=np.int32))
            elif is_records(value):
                found |= {f"{name}.{column}": array for column, array in _columns(value).items()}
    return found


def scalar_fields(op: Op) -> dict[str, Any]:
    """The fields of an op that are no constants."""
    values = {field.name: getattr(op, field.name) for field in fields(op)}
    return {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in values.items()
        if not isinstance(value, np.ndarray) and not is_records(value) and name not in op.learned
    }


def is_records(value: object) -> bool:
    """Whether a field of an op holds records."""
    return isinstance(value, tuple) and bool(value) and all(isinstance(v, Record) for v in value)


def constant_fields(kind: type[Op], output: str, constants: Mapping[str, Array]) -> dict[str, Any]:
    """The other fields of an op, from the constants of the tensor `output`.

    Raises `LookupError`, `TypeError` or `ValueError` where they make no fields.
    """
    found: dict[str, Any] = {}
    tables: dict[str, dict[str, Array]] = {}
    for name, array in constants.items():
        tensor, field, *column = name.split(".")
        if tensor != output:
            continue
        if column:
            tables.setdefault(field, {})[column[0]] = array
        else:
            found[field] = array if array.ndim else int(array)
    return found | {
        field: _records(_record_type(kind, field), columns) for field, columns in tables.items()
    }


def with_arrays(ops: Iterable[Op], constants: Mapping[str, Array]) -> tuple[Op, ...]:
    """The ops with other arrays of the same names, types and shapes.

    Raises `ModelError` for any other.
    """
    kept = tuple(ops)
    new = {name: _frozen(np.asarray(array)) for name, array in constants.items()}
    _require_alike(constants_of(kept), new)
    return tuple(replace(op, **constant_fields(type(op), op.output, new)) for op in kept)


def reached(
    ops: Iterable[Op], known: Mapping[str, Interval], types: Mapping[str, TensorType]
) -> dict[str, tuple[int, int]]:
    """Least and greatest integer of every tensor, inferred from the inputs and states in `known`.

    Raises `InternalError` where an op cannot be computed.
    """
    at, found = dict(known), dict[str, tuple[int, int]]()
    for op in ops:
        interval = op.infer(*(at[tensor] for tensor in op.inputs))
        at[op.output] = replace(interval, dtype=types[op.output].dtype)
        found[op.output] = int(interval.low.min()), int(interval.high.max())
    return found


def changed_by(old: Iterable[Op], new: Iterable[Op], updates: Mapping[str, str]) -> set[str]:
    """The tensors that other constants take part in, on the same row or by way of a state.

    `updates` are the states by the tensors that they become.
    """
    pairs = list(zip(old, new, strict=True))
    found = {b.output for a, b in pairs if _differ(constants_of([a]), constants_of([b]))}
    while True:
        kept = {updates[tensor] for tensor in found & updates.keys()}
        more = {op.output for _, op in pairs if not (found | kept).isdisjoint(op.inputs)} - found
        if not more:
            return found
        found |= more


def _differ(old: Mapping[str, Array], new: Mapping[str, Array]) -> bool:
    return any((old[name] != new[name]).any() for name in old)


def _require_alike(old: Mapping[str, Array], new: Mapping[str, Array]) -> None:
    missing = sorted(set(old) - set(new)) or sorted(set(new) - set(old))
    if missing:
        where = "are missing" if missing[0] in old else "belong to no op"
        raise ModelError(f"of the new constants {', '.join(missing)} {where}", hint=_HINT)
    for name, array in old.items():
        if (new[name].dtype, new[name].shape) != (array.dtype, array.shape):
            raise ModelError(
                f"the new {name} is {_kind(new[name])}, the code takes {_kind(array)}", hint=_HINT
            )
        if name.endswith(f".{_START}") and (new[name] != array).any():
            raise ModelError(f"the new {name.removesuffix(_START)[:-1]} differ in size", hint=_HINT)


def _kind(array: Array) -> str:
    return f"{array.dtype.name} of shape {array.shape}"


def _frozen(array: Array) -> Array:
    """The array itself where nobody can write to it, else a copy."""
    if array.flags.writeable:
        array = array.copy()
        array.flags.writeable = False
    return array


def _columns(records: tuple[Record, ...]) -> dict[str, Array]:
    found = {
        field.name: np.concatenate([getattr(record, field.name) for record in records])
        for field in fields(records[0])
    }
    lengths = [len(getattr(record, fields(record)[0].name)) for record in records]
    found[_START] = np.cumsum([0, *lengths[:-1]]).astype(np.int32)
    return {name: _frozen(array) for name, array in found.items()}


def _records(kind: type[Record], columns: dict[str, Array]) -> tuple[Record, ...]:
    start = columns[_START]
    if start.dtype != np.int32 or start.ndim != 1 or start[0] != 0 or (np.diff(start) < 1).any():
        raise ValueError("records begin nowhere")
    parts = {name: np.split(array, start[1:]) for name, array in columns.items() if name != _START}
    return tuple(
        kind(**{name: pieces[number] for name, pieces in parts.items()})
        for number in range(len(start))
    )


def _record_type(kind: type[Op], field: str) -> type[Record]:
    """What the tuple `field` of an op class is made of. Raises `ValueError` if of no records."""
    inner = next(iter(get_args(get_type_hints(kind)[field])), None)
    if not (isinstance(inner, type) and issubclass(inner, Record)):
        raise ValueError(f"{field} of {kind.__name__} holds no records")
    return inner
