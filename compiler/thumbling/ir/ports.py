# SPDX-License-Identifier: MIT
"""What goes into a graph from outside: rows of the caller, and state that he keeps between them.

Rows of one port are an array of shape (n, n_features). Rows of several ports are a mapping or a
tuple with one such array each, or the same packed: a structured array of shape (n,), whose bytes
are those that go to the chip. Ports lie one after another, each in its own type, little-endian,
aligned as in a C struct, so that C reads every port where it lies; what lies between is zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from thumbling.ir.types import InputSpec, TensorType

INPUT: Final = "x"

PortRows: TypeAlias = Mapping[str, npt.NDArray[np.generic]]
Rows: TypeAlias = npt.NDArray[Any] | PortRows | tuple[npt.NDArray[Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """One row that the caller hands over. `name` is the tensor that ops read, and C's parameter."""

    name: str = INPUT
    spec: InputSpec


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State:
    """Values that the caller keeps from one row to the next.

    Ops read them under `name`, as they were before the row. Behind the row they are what the
    tensor `update` holds; a row that is refused leaves them alone. `initial`, of shape (size,) and
    the type's own kind, is what they begin with.
    """

    name: str
    type: TensorType
    initial: npt.NDArray[np.signedinteger]
    update: str


def row_dtype(ports: Sequence[Port]) -> np.dtype[np.void]:
    """The structured type of a packed row: that of a C struct of arrays."""
    fields = [(port.name, port.spec.dtype.numpy, (port.spec.n_features,)) for port in ports]
    return np.dtype(fields, align=True)


def offsets(ports: Sequence[Port]) -> tuple[int, ...]:
    """The byte at which each port begins in a packed row."""
    fields = row_dtype(ports).fields
    assert fields is not None
    return tuple(fields[port.name][1] for port in ports)


def row_bytes(ports: Sequence[Port]) -> int:
    """Bytes of a packed row."""
    return row_dtype(ports).itemsize


def port_rows(ports: Sequence[Port], rows: Rows) -> dict[str, npt.NDArray[np.generic]]:
    """Rows in any form as one array a port, of shape (n, n_features) and the port's own type.

    Raises ValueError for other ports, widths or different numbers of rows.
    """
    names = [port.name for port in ports]
    if isinstance(rows, np.ndarray):
        parts = [rows[name] for name in names] if rows.dtype.names else [rows]
    elif isinstance(rows, Mapping):
        if set(rows) != set(names):
            raise ValueError(f"rows of {sorted(rows)} for the inputs {names}")
        parts = [rows[name] for name in names]
    else:
        parts = list(rows)
    if len(parts) != len(ports):
        raise ValueError(f"{len(parts)} arrays of rows for {len(ports)} inputs")
    found = {
        port.name: np.asarray(part, dtype=port.spec.dtype.numpy)
        for port, part in zip(ports, parts, strict=True)
    }
    for port in ports:
        shape = found[port.name].shape
        if shape != (len(found[names[0]]), port.spec.n_features):
            raise ValueError(f"rows of shape {shape} for {port.spec.n_features} values")
    return found


def pack_rows(ports: Sequence[Port], rows: Rows) -> npt.NDArray[Any]:
    """Rows in any form as one array whose rows are the bytes for the chip.

    Of a single port that is its array itself, of shape (n, n_features).
    """
    parts = port_rows(ports, rows)
    if len(ports) == 1:
        return np.ascontiguousarray(parts[ports[0].name])
    packed = np.zeros(len(next(iter(parts.values()))), dtype=row_dtype(ports))
    for name, part in parts.items():
        packed[name] = part
    return packed


def feature_names(ports: Sequence[Port]) -> tuple[str, ...]:
    """The names of all features, in order; where there are several ports, behind the port's."""
    if len(ports) == 1:
        return ports[0].spec.names
    return tuple(f"{port.name}.{name}" for port in ports for name in port.spec.names)


def store_rows(ports: Sequence[Port], real: npt.NDArray[np.generic]) -> npt.NDArray[Any]:
    """Stored rows, packed, of real rows of shape (n, features of all ports)."""
    ends = np.cumsum([port.spec.n_features for port in ports])[:-1]
    parts = np.split(real, ends, axis=1)
    stored = tuple(port.spec.store(part) for port, part in zip(ports, parts, strict=True))
    return pack_rows(ports, stored)
