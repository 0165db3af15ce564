# SPDX-License-Identifier: MIT
"""Rows made from edges, and the user's own.

Made rows sit on and one step either side of thresholds and rounding points, at the limits of the
type and, for float32, at the special values. Everything comes from a fixed seed, so the same model
gives the same vectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from thumbling.ir.graph import Graph
from thumbling.ir.ports import pack_rows, port_rows
from thumbling.ir.types import DType, InputSpec
from thumbling.passes.fold_thresholds import grid_bounds, stored_from_key
from thumbling.reference import evaluate
from thumbling.vectors.edges import Pair, edges_of

Rows = npt.NDArray[np.generic]
Codes = Mapping[int, list[int]]
"""Keys that mean something each by itself, by column."""
_MOST_AT_ONCE = 1 << 16
# So many of ten columns that the source refuses without a code leave half of all rows.
_AT_CODES = 15 / 16
_TINY = np.float32(2.0**-149)


def _extremes(dtype: DType, allow_nan: bool) -> Rows:
    if not dtype.is_float:
        low, high = dtype.bounds
        limits = [v for v in (low, low + 1, -1, 0, 1, high - 1, high) if low <= v <= high]
        return np.array(sorted(set(limits)), dtype=dtype.numpy)
    greatest = np.finfo(np.float32).max
    special = [0.0, -0.0, 1.0, -1.0, _TINY, -_TINY, greatest, -greatest]
    if allow_nan:
        special += [np.inf, -np.inf, np.nan]
    values = np.array(special, dtype="<f4")
    if not allow_nan:
        return values
    negative_nan = np.array([0xFFC00001], dtype="<u4").view("<f4")
    return np.concatenate([values, negative_nan])


def _as_stored(spec: InputSpec, keys: npt.NDArray[np.int64]) -> Rows:
    """The stored values of keys, or of the nearest that is one: beyond infinity lie NaNs."""
    return stored_from_key(spec, np.clip(keys, *grid_bounds(spec)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Room:
    """Where random rows of an input lie: within `ranges`, shape (2, n_features), or mostly at
    codes."""

    spec: InputSpec
    ranges: Rows
    codes: Codes

    def random(self, count: int, rng: np.random.Generator) -> Rows:
        """Rows of shape (count, n_features)."""
        spec = self.spec
        low, high = self.ranges[0].astype(np.float64), self.ranges[1].astype(np.float64)
        values = rng.uniform(low, np.maximum(high, low), size=(count, spec.n_features))
        rows = (values if spec.dtype.is_float else np.rint(values)).astype(spec.dtype.numpy)
        for column, keys in self.codes.items():
            chosen = _as_stored(spec, rng.choice(np.array(keys, dtype=np.int64), count))
            kept = rng.random(count) < _AT_CODES
            rows[:, column] = np.where(kept, chosen, rows[:, column])
        return rows


def _ranges(spec: InputSpec, near: list[Pair], data: Rows | None) -> Rows:
    """Least and greatest interesting value per feature, shape (2, n_features), all finite.

    Without `data` they lie around the edges that are near the data.
    """
    default = (-4.0, 4.0) if spec.dtype.is_float else spec.dtype.bounds
    if data is not None and len(data):
        values = data.astype(np.float64)
        known = np.isfinite(values)
        low = np.where(known, values, np.inf).min(axis=0)
        high = np.where(known, values, -np.inf).max(axis=0)
        # A column may hold nothing but NaN and infinities.
        some = known.any(axis=0)
        return np.stack([np.where(some, low, default[0]), np.where(some, high, default[1])])
    out = np.tile(np.array(default, dtype=np.float64)[:, None], (1, spec.n_features))
    for feature in sorted({f for f, _ in near}):
        keys = np.array([k for f, k in near if f == feature], dtype=np.int64)
        values = _as_stored(spec, keys).astype(np.float64)
        # Missing values against all others are an infinite threshold.
        values = values[np.isfinite(values)]
        if len(values):
            spread = max(float(values.max() - values.min()), 1.0) / 4
            ends = (-3e38, 3e38) if spec.dtype.is_float else spec.dtype.bounds
            out[:, feature] = np.clip((values.min() - spread, values.max() + spread), *ends)
    return out


def _at_limits(room: _Room, rng: np.random.Generator, *, allow_nan: bool) -> list[Rows]:
    spec = room.spec
    limits = _extremes(spec.dtype, allow_nan=allow_nan)
    all_features = np.repeat(limits[:, None], spec.n_features, axis=1).astype(spec.dtype.numpy)
    one_feature = room.random(4 * len(limits), rng)
    chosen = rng.integers(0, spec.n_features, len(one_feature))
    one_feature[np.arange(len(one_feature)), chosen] = np.tile(limits, 4)
    return [all_features, one_feature]


def _made(
    graph: Graph, name: str, room: _Room, count: int, seed: int, *, limits: bool = True
) -> Rows:
    """Random rows of the input `name`, rows beside thresholds and at the limits of the type."""
    spec, rng = room.spec, np.random.default_rng(seed)
    made = [room.random(count // 2, rng)]
    near, others = edges_of(graph, name, rng)
    pairs = near + others
    if pairs:
        chosen = [pairs[i] for i in sorted(rng.permutation(len(pairs))[: count // 4].tolist())]
        step = np.array([-1, 0, 1], dtype=np.int64)
        rows = room.random(3 * len(chosen), rng)
        for i, (feature, key) in enumerate(chosen):
            rows[3 * i : 3 * i + 3, feature] = _as_stored(spec, key + step)
        made.append(rows)
    if limits:
        made += _at_limits(room, rng, allow_nan=bool(pairs))
    return np.concatenate(made)


def _together(graph: Graph, made: dict[str, Rows]) -> Rows:
    """Rows of all inputs side by side; those of which there are fewer come again."""
    longest = max(map(len, made.values()))
    return pack_rows(
        graph.inputs, {name: rows[np.arange(longest) % len(rows)] for name, rows in made.items()}
    )


@np.errstate(all="ignore")
def make_vectors(
    graph: Graph,
    data: Rows | None,
    *,
    count: int = 512,
    seed: int = 0,
    limits: bool = True,
    codes: Codes = MappingProxyType({}),
) -> Rows:
    """Stored rows, packed (`ir/ports.py`): up to `count` of the data first, then made ones.

    Without `limits` there are none at the limits of the type, where floats overflow. Columns of the
    first input that have `codes` mostly hold one of them.
    """
    given = None if data is None else port_rows(graph.inputs, data)
    made = {}
    for number, port in enumerate(graph.inputs):
        near, _ = edges_of(graph, port.name, np.random.default_rng(seed))
        ranges = _ranges(port.spec, near, None if given is None else given[port.name])
        room = _Room(spec=port.spec, ranges=ranges, codes={} if number else codes)
        made[port.name] = _made(graph, port.name, room, count, seed + number, limits=limits)
    rows = _together(graph, made)
    own = [] if given is None else [pack_rows(graph.inputs, given)[:count]]
    return np.ascontiguousarray(np.concatenate([*own, rows]))


def _middle(rows: Rows) -> Rows:
    """Where most values of each feature lie. The ends of `rows` are the limits of the type,
    between which random rows say little."""
    ranges = np.nanpercentile(rows.astype(np.float64), [5, 95], axis=0, method="nearest")
    return np.asarray(np.where(np.isfinite(ranges), ranges, 0).astype(rows.dtype))


@np.errstate(all="ignore")
def sample_rows(graph: Graph, rows: Rows, wanted: int) -> Rows:
    """Exactly `wanted` stored rows: of `rows` spread evenly, or all and made ones where some miss.

    Made rows lie where most of `rows` do, beside thresholds and at the limits of the type; none
    of them is one the C refuses. Same arguments, same rows.
    """
    if wanted <= len(rows):
        # Spread over all rows: edge cases and the user's data lie in different parts.
        return rows[[i * len(rows) // wanted for i in range(wanted)]]
    middle = {name: _middle(part) for name, part in port_rows(graph.inputs, rows).items()}
    rooms = {p.name: _Room(spec=p.spec, ranges=middle[p.name], codes={}) for p in graph.inputs}
    parts, missing, seed = [rows], wanted - len(rows), 0
    while missing:
        seed += 1
        count = min(max(512, missing), _MOST_AT_ONCE)
        made = _together(
            graph,
            {name: _made(graph, name, room, count, seed) for name, room in rooms.items()},
        )
        made = made[~evaluate(graph, made)[1]][:missing]
        parts.append(made)
        missing -= len(made)
    return np.ascontiguousarray(np.concatenate(parts))
