# SPDX-License-Identifier: MIT
"""A random op of every kind, for a graph under way; tensors have awkward names.

Each op has a function that makes one for tensors which are there. What the op's own `infer`
refuses is thrown away, so whatever is kept must go through everything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from tests.differential.random_trees import random_tree

from thumbling.errors import InternalError
from thumbling.fixedpoint import float_key
from thumbling.ir import DType, Port, State, TensorType
from thumbling.ir.interval import HIGH, LOW, Interval, state_interval
from thumbling.ir.ops import Op
from thumbling.ir.ops.above import Above
from thumbling.ir.ops.add import Add
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.blend import Blend
from thumbling.ir.ops.clamp import Clamp
from thumbling.ir.ops.complement import Complement
from thumbling.ir.ops.dense import Dense
from thumbling.ir.ops.ema import Ema
from thumbling.ir.ops.gather import Gather
from thumbling.ir.ops.impute import REFUSED, Impute
from thumbling.ir.ops.interpolate import Interpolate
from thumbling.ir.ops.key import Key
from thumbling.ir.ops.lookup import Lookup
from thumbling.ir.ops.monomials import Monomials
from thumbling.ir.ops.quantize import Quantize
from thumbling.ir.ops.requantize import Requantize
from thumbling.ir.ops.softmax import Softmax
from thumbling.ir.ops.steps import Steps
from thumbling.ir.ops.tally import Tally
from thumbling.ir.ops.trees import TreeEnsemble

# Tensors may be called like variables of kernels, words of C, macros and types.
NAMES = (
    "votes sum best label row tree format i j n first group begin at end value score proba rest w"
    " k x y mean state out for int class int32_t INT32_MAX THB_OK m_code m_run m_predict leaf a b"
    " word sum0 sum1 lo hi p0 block values x_values sum_2"
)
INPUT_NAMES = "x sum row votes i n value m best tree a left w"
STATE_NAMES = "mean votes total old label row j x0 sum_2 leaf"


@dataclass(slots=True)
class Draft:
    """A graph under way, and what is known of each tensor's values."""

    rng: np.random.Generator
    inputs: list[Port] = field(default_factory=list)
    state: list[State] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)
    known: dict[str, Interval] = field(default_factory=dict)

    def free(self, words: str) -> str:
        """A name that is not taken."""
        left = [word for word in words.split() if word not in self.known]
        return str(self.rng.choice(left)) if left else f"t{len(self.known)}"

    def pick(self, wanted: Callable[[Interval], bool]) -> str | None:
        """One of the tensors for which `wanted` holds; often the last, so that chains grow."""
        names = [name for name, interval in self.known.items() if wanted(interval)]
        if not names:
            return None
        return names[-1] if self.rng.random() < 0.3 else str(self.rng.choice(names))

    def put(self, op: Op | None, *, wide: bool = False) -> bool:
        """Add an op if it is well formed; its result is `wide` or of any type that holds it."""
        if op is None:
            return False
        try:
            interval = op.infer(*(self.known[tensor] for tensor in op.inputs))
        except InternalError:
            return False
        low, high = int(interval.low.min()), int(interval.high.max())
        kept = {state.update for state in self.state}
        fits = [
            kind
            for kind in type(op).results
            if kind.bounds[0] <= low and high <= kind.bounds[1] and op.output not in kept
        ]
        self.ops.append(op)
        narrow = len(fits) > 1 and not wide
        dtype = fits[int(self.rng.integers(len(fits)))] if narrow else DType.INT32
        self.known[op.output] = replace(interval, dtype=dtype)
        return True

    def keep(self, name: str, kind: TensorType, initial: Int32, update: str) -> None:
        """Add a state."""
        self.state.append(State(name=name, type=kind, initial=initial, update=update))


Int32 = npt.NDArray[np.int32]


def is_integer(x: Interval) -> bool:
    """What integer ops read."""
    return not x.dtype.is_float


def is_float(x: Interval) -> bool:
    """What is to become integers."""
    return x.dtype.is_float


def is_computed(x: Interval) -> bool:
    """What ops behind others read: no input."""
    return not x.is_input and x.dtype is DType.INT32


def between(rng: np.random.Generator, low: int, high: int, shape: int | tuple[int, ...]) -> Int32:
    """Integers of int32, often at the ends."""
    low, high = max(low, LOW), min(high, HIGH)
    values = rng.integers(low, high, size=shape, endpoint=True)
    values = np.where(rng.random(shape) < 0.2, np.where(rng.random(shape) < 0.5, low, high), values)
    return np.asarray(values.astype(np.int32))


def reach(x: Interval) -> tuple[int, int]:
    return int(x.low.min()), int(x.high.max())


def magnitude(rng: np.random.Generator, most_bits: int) -> int:
    """A random number of random size, at least 1."""
    return 1 + int(rng.integers(1 << int(rng.integers(1, most_bits + 1))))


def quantize(d: Draft) -> Op | None:
    """Of a float input, or some of its columns in any order."""
    x = d.pick(is_float)
    if x is None:
        return None
    n, column = d.known[x].size, None
    if d.rng.random() < 0.4:
        column = d.rng.integers(0, n, size=int(d.rng.integers(1, 8))).astype(np.int32)
        n = len(column)
    shift = d.rng.integers(*((-97, 126) if d.rng.random() < 0.3 else (0, 15)), size=n)
    return Quantize(
        inputs=(x,),
        output=d.free(NAMES),
        shift=shift.astype(np.int32),
        bits=int(d.rng.choice([16, 32])),
        column=column,
    )


def key(d: Draft) -> Op | None:
    """Of some columns of a float input."""
    x = d.pick(is_float)
    if x is None:
        return None
    n = int(d.rng.integers(1, 8))
    column = d.rng.integers(0, d.known[x].size, size=n).astype(np.int32)
    return Key(inputs=(x,), output=d.free(NAMES), column=column, nan_high=d.rng.random(n) < 0.5)


def gather(d: Draft) -> Op | None:
    """Of one to three tensors, single values and runs of neighbours."""
    places: list[tuple[str, int]] = []
    for _ in range(int(d.rng.integers(1, 4))):
        tensor = d.pick(is_integer)
        if tensor is None:
            return None
        size = d.known[tensor].size
        first = int(d.rng.integers(size))
        length = int(d.rng.integers(1, size - first, endpoint=True))
        places += [(tensor, column) for column in range(first, first + length)]
    inputs = tuple(dict.fromkeys(tensor for tensor, _ in places))
    return Gather(
        inputs=inputs,
        output=d.free(NAMES),
        source=np.array([inputs.index(tensor) for tensor, _ in places], dtype=np.int32),
        column=np.array([column for _, column in places], dtype=np.int32),
    )


def clamp(d: Draft) -> Op | None:
    """Somewhere around what it reads."""
    x = d.pick(is_integer)
    if x is None:
        return None
    ends = np.sort(between(d.rng, *reach(d.known[x]), (2, d.known[x].size)), axis=0)
    return Clamp(inputs=(x,), output=d.free(NAMES), low=ends[0].copy(), high=ends[1].copy())


def dense(d: Draft) -> Op | None:
    """As large as its accumulator lets it be, or smaller."""
    x = d.pick(is_integer)
    if x is None:
        return None
    rng, bits = d.rng, int(d.rng.choice([32, 64]))
    n_out = int(rng.choice([1, 2, 3, 5, 12]))
    w_type = np.dtype(str(rng.choice(["int8", "int16", "int32"])))
    top = min(magnitude(rng, 31), int(np.iinfo(w_type).max))
    shape = (n_out, d.known[x].size)
    saturate = bits == 64 and rng.random() < 0.4
    return Dense(
        inputs=(x,),
        output=d.free(NAMES),
        weight=between(rng, -top, top, shape).astype(w_type),
        bias=between(rng, -top, top, n_out).astype(np.int64) * magnitude(rng, bits // 3),
        shift=int(rng.integers(bits)) if rng.random() < 0.6 else 0,
        accumulator_bits=bits,
        saturate=bool(saturate),
    )


def add(d: Draft) -> Op | None:
    """Of two tensors of one length, which may be the same."""
    a = d.pick(is_integer)
    b = None if a is None else d.pick(lambda i: is_integer(i) and i.size == d.known[a].size)
    if a is None or b is None:
        return None
    shift = d.rng.integers(0, 8, size=2).tolist() if d.rng.random() < 0.7 else [0, 0]
    return Add(inputs=(a, b), output=d.free(NAMES), shift=(shift[0], shift[1]))


def trees(d: Draft) -> Op | None:
    """On an input or what was computed: few or many sums, votes or signed values."""
    x = d.pick(lambda i: True)
    if x is None:
        return None
    rng, interval = d.rng, d.known[x]
    width, n_trees = int(rng.choice([1, 1, 2, 3, 5, 20])), int(rng.choice([1, 2, 4]))
    high = magnitude(rng, 28)
    rows = int(rng.integers(2, 8))
    leaf = between(rng, 0 if rng.random() < 0.6 else -high, high, (rows, width))
    leaf[rng.random(leaf.shape) < 0.3] = 0
    keys = reach(interval)
    if interval.dtype.is_float:
        keys = tuple(float_key(np.array([-3, 3], dtype=np.float32)).tolist())
    leaves = int(rng.integers(1, 20))
    return TreeEnsemble(
        inputs=(x,),
        output=d.free(NAMES),
        trees=tuple(random_tree(rng, leaves, interval.size, keys, rows) for _ in range(n_trees)),
        leaf=leaf,
        base=between(rng, -9, 9, width) * np.int32(rng.random() < 0.4),
    )


def argmax(d: Draft) -> Op | None:
    """Of a random partition."""
    x = d.pick(is_computed)
    if x is None:
        return None
    n, groups = d.known[x].size, []
    while n:
        groups.append(int(d.rng.integers(1, n, endpoint=True)))
        n -= groups[-1]
    return ArgMax(inputs=(x,), output=d.free(NAMES), groups=tuple(groups))


def above(d: Draft) -> Op | None:
    """With cuts among the values."""
    x = d.pick(is_computed)
    if x is None:
        return None
    cut = between(d.rng, *reach(d.known[x]), d.known[x].size)
    return Above(inputs=(x,), output=d.free(NAMES), cut=cut)


def complement(d: Draft) -> Op | None:
    """Of a single value."""
    x = d.pick(lambda i: is_computed(i) and i.size == 1)
    if x is None:
        return None
    total = int(d.rng.integers(-(2**16), 2**16))
    return Complement(inputs=(x,), output=d.free(NAMES), total=total)


def softmax(d: Draft) -> Op | None:
    """In the mode that fits."""
    x = d.pick(is_computed)
    if x is None:
        return None
    mode = "sigmoid" if d.known[x].size == 1 else str(d.rng.choice(["softmax", "ovr"]))
    bits = int(d.rng.integers(0, 41))
    return Softmax(inputs=(x,), output=d.free(NAMES), fraction_bits=bits, mode=mode)


def ema(d: Draft) -> Op | None:
    """With a state of its own, which begins anywhere in its range."""
    x = d.pick(is_integer)
    if x is None:
        return None
    bits, shift = (int(v) for v in d.rng.integers(0, 12, size=2))
    low, high = (end << bits for end in reach(d.known[x]))
    if low < LOW or high > HIGH:
        return None
    kind = TensorType(shape=(d.known[x].size,), low=low, high=high)
    name = d.free(STATE_NAMES)
    d.known[name] = state_interval(kind)
    op = Ema(inputs=(x, name), output=d.free(NAMES), bits=bits, shift=shift)
    try:
        op.infer(d.known[x], d.known[name])
    except InternalError:
        del d.known[name]
        return None
    d.keep(name, kind, between(d.rng, low, high, kind.size), op.output)
    return op


def requantize(d: Draft) -> Op | None:
    """To a range within 8 or 16 bits, or beyond; by a shift alone or with multipliers."""
    x = d.pick(is_integer)
    if x is None:
        return None
    n = d.known[x].size
    each = n if d.rng.random() < 0.5 else 1
    bits = int(d.rng.choice([7, 8, 15, 16, 20]))
    low, high = sorted(int(v) for v in d.rng.integers(-(2**bits), 2**bits, size=2))
    plain = d.rng.random() < 0.4
    multiplier = np.ones(each) if plain else d.rng.integers(1, 2**31 - 1, size=each)
    return Requantize(
        inputs=(x,),
        output=d.free(NAMES),
        shift=d.rng.integers(0 if plain else 20, 40, size=each).astype(np.int32),
        low=low,
        high=high,
        zero_point=int(d.rng.integers(-128, 128)),
        multiplier=multiplier.astype(np.int32),
    )


def lookup(d: Draft) -> Op | None:
    """Of bytes, in a table of any type."""
    x = d.pick(lambda i: i.dtype in (DType.INT8, DType.UINT8))
    if x is None:
        return None
    kind = str(d.rng.choice(["int8", "uint8", "int16", "uint16", "int32"]))
    ends = DType(kind).bounds
    table = d.rng.integers(*ends, size=256, endpoint=True).astype(kind)
    return Lookup(inputs=(x,), output=d.free(NAMES), table=table)


def interpolate(d: Draft) -> Op | None:
    """Of int16, between few or many points."""
    x = d.pick(lambda i: i.dtype is DType.INT16)
    if x is None:
        return None
    points = (1 << int(d.rng.integers(1, 9))) + 1
    table = d.rng.integers(-(2**15), 2**15, size=points).astype(np.int16)
    return Interpolate(inputs=(x,), output=d.free(NAMES), table=table)


def impute(d: Draft) -> Op | None:
    """Of any columns; some refuse a NaN."""
    x = d.pick(is_float)
    if x is None:
        return None
    n, bits = int(d.rng.integers(1, 6)), int(d.rng.choice([16, 32]))
    limit = (1 << (bits - 1)) - 1
    missing = between(d.rng, -limit, limit, n)
    missing[d.rng.random(n) < 0.3] = REFUSED
    return Impute(
        inputs=(x,),
        output=d.free(NAMES),
        shift=d.rng.integers(-4, 20, size=n).astype(np.int32),
        bits=bits,
        column=d.rng.integers(d.known[x].size, size=n).astype(np.int32),
        missing=missing,
    )


def steps(d: Draft) -> Op | None:
    """Of any numbers, with thresholds among what they can be."""
    x = d.pick(lambda _: True)
    if x is None:
        return None
    rng, interval = d.rng, d.known[x]
    n = int(rng.integers(1, 5))
    column = rng.integers(interval.size, size=n).astype(np.int32)
    ends = (float_key(np.array([-3, 3], dtype=np.float32)) if interval.dtype.is_float else None,)
    low, high = reach(interval) if ends[0] is None else (int(ends[0][0]), int(ends[0][1]))
    cuts = [np.unique(between(rng, low, high, int(rng.integers(0, 6)))) for _ in range(n)]
    most = magnitude(rng, 20)
    values = [between(rng, -most, most, len(cut) + 1) for cut in cuts]
    if interval.dtype.is_float and rng.random() < 0.3:
        values[0][0] = REFUSED if len(values[0]) > 1 else values[0][0]
    return Steps(
        inputs=(x,),
        output=d.free(NAMES),
        column=column,
        count=np.array([len(cut) for cut in cuts], dtype=np.int32),
        threshold=np.concatenate(cuts).astype(np.int32),
        value=np.concatenate(values).astype(np.int32),
    )


def blend(d: Draft) -> Op | None:
    """Of one tensor or two."""
    names = [d.pick(is_integer) for _ in range(int(d.rng.integers(1, 3)))]
    if any(name is None for name in names):
        return None
    inputs = tuple(str(name) for name in names)
    size, n = sum(d.known[name].size for name in inputs), int(d.rng.integers(1, 5))
    most = magnitude(d.rng, 30)
    shift = int(d.rng.integers(0, 50))
    return Blend(
        inputs=inputs,
        output=d.free(NAMES),
        multiplier=between(d.rng, -most, most, size),
        place=d.rng.integers(n, size=size).astype(np.int32),
        bias=d.rng.integers(-(1 << min(shift + 12, 60)), 1 << min(shift + 12, 60), size=n),
        shift=shift,
    )


def tally(d: Draft) -> Op | None:
    """Of labels, some of them twice."""

    def is_label(x: Interval) -> bool:
        return is_computed(x) and x.size == 1 and int(x.low[0]) >= 0 and int(x.high[0]) < 40

    names = [d.pick(is_label) for _ in range(int(d.rng.integers(1, 4)))]
    if any(name is None for name in names):
        return None
    inputs = tuple(str(name) for name in names)
    n = 1 + max(int(d.known[name].high[0]) for name in inputs)
    weight = between(d.rng, 0, magnitude(d.rng, 20), len(inputs))
    return Tally(inputs=inputs, output=d.free(NAMES), weight=weight, n_classes=n)


def monomials(d: Draft) -> Op | None:
    """Of some factors, and products of these and of products."""
    x = d.pick(is_integer)
    if x is None:
        return None
    rng, n, products = d.rng, int(d.rng.integers(1, 4)), int(d.rng.integers(0, 4))
    before = [rng.integers(n + k, size=2) for k in range(products)]
    pairs = np.array(before, dtype=np.int32).reshape(products, 2)
    return Monomials(
        inputs=(x,),
        output=d.free(NAMES),
        column=rng.integers(d.known[x].size, size=n).astype(np.int32),
        lift=rng.integers(0, 8, size=n).astype(np.int32),
        bias=between(rng, -(2**16), 2**16, n),
        left=np.ascontiguousarray(pairs[:, 0]),
        right=np.ascontiguousarray(pairs[:, 1]),
        shift=rng.integers(0, 32, size=products).astype(np.int32),
    )


MAKERS: dict[type[Op], Callable[[Draft], Op | None]] = {
    Above: above,
    Add: add,
    ArgMax: argmax,
    Blend: blend,
    Clamp: clamp,
    Complement: complement,
    Dense: dense,
    Ema: ema,
    Gather: gather,
    Impute: impute,
    Interpolate: interpolate,
    Key: key,
    Lookup: lookup,
    Monomials: monomials,
    Quantize: quantize,
    Requantize: requantize,
    Softmax: softmax,
    Steps: steps,
    Tally: tally,
    TreeEnsemble: trees,
}
