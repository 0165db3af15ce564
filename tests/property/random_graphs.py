# SPDX-License-Identifier: MIT
"""Random integer graphs of all ops: shared tensors, several inputs, state; and rows for them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from tests.property.random_ops import (
    INPUT_NAMES,
    MAKERS,
    NAMES,
    STATE_NAMES,
    Draft,
    between,
    is_integer,
    magnitude,
    reach,
)

from thumbling.ir import DType, Graph, InputSpec, Port, TensorType
from thumbling.ir.graph import Certificate, Output
from thumbling.ir.interval import input_interval, state_interval
from thumbling.ir.ops import Op
from thumbling.ir.ops.above import Above
from thumbling.ir.ops.add import Add
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.clamp import Clamp
from thumbling.ir.ports import pack_rows

_PROVED = Certificate(kind="exact", epsilon=0.0, reason="an integer graph is its own source")


def _sum_in_range(d: Draft) -> None:
    """A state that grows by each row and is clamped: it is read before and after its update."""
    x = d.pick(is_integer)
    if x is None:
        return
    most = magnitude(d.rng, 24)
    kind = TensorType(shape=(d.known[x].size,), low=-most, high=most)
    name = d.free(STATE_NAMES)
    d.known[name] = state_interval(kind)
    if not d.put(Add(inputs=(x, name), output=d.free(NAMES))):
        del d.known[name]
        return
    ends = np.full(kind.size, most, dtype=np.int32)
    grown, update = d.ops[-1].output, d.free(NAMES)
    d.put(Clamp(inputs=(grown,), output=update, low=-ends, high=ends), wide=True)
    d.keep(name, kind, between(d.rng, -most, most, kind.size), update)


def _port(d: Draft) -> Port:
    n = int(d.rng.choice([1, 2, 3, 4, 9]))
    spec = InputSpec(
        dtype=DType(str(d.rng.choice([kind.value for kind in DType]))),
        scale=(1.0,) * n,
        offset=(0.0,) * n,
        names=tuple(f"f{j}" for j in range(n))
        if d.rng.random() < 0.5
        else ("t", "n", "x", "length", "a b", "é", "0", "", "t")[:n],
    )
    return Port(name=d.free(INPUT_NAMES), spec=spec)


def random_graph(seed: int, name: str = "m") -> Graph:
    """A graph of up to about ten ops; the same seed gives the same graph."""
    d = Draft(rng=np.random.default_rng(seed))
    for _ in range(int(d.rng.integers(1, 4))):
        port = _port(d)
        d.inputs.append(port)
        d.known[port.name] = input_interval(port.spec)
    kinds = list(MAKERS.values())
    wanted = int(d.rng.integers(4, 20))
    while len(d.ops) < wanted:
        if d.rng.random() < 0.05:
            _sum_in_range(d)
        d.put(kinds[int(d.rng.integers(len(kinds)))](d))
    return _finished(d, name)


def _classes(d: Draft, label: Op) -> tuple[tuple[str, ...], ...]:
    """The names of the classes of a label."""
    counts = d.known[label.output].high + 1
    return tuple(tuple(map(str, range(max(int(n), 1)))) for n in counts)


def _chosen(d: Draft) -> tuple[dict[str, str], tuple[tuple[str, ...], ...]]:
    """Tensors of output fields, and the classes of the label among them."""
    whole = [op.output for op in d.ops if d.known[op.output].dtype is DType.INT32]
    left = [str(name) for name in d.rng.permutation(whole)]
    labels = [op for op in d.ops if isinstance(op, ArgMax | Above)]
    fields: dict[str, str] = {}
    classes: tuple[tuple[str, ...], ...] = ()
    if labels and d.rng.random() < 0.6:
        label = labels[int(d.rng.integers(len(labels)))]
        fields["label"], classes = label.output, _classes(d, label)
        left.remove(label.output)
        shares = [t for t in left if d.known[t].size == sum(map(len, classes))]
        for field_name, tensor in zip(
            ("score", "proba"), shares[: d.rng.integers(3)], strict=False
        ):
            fields[field_name] = tensor
            left.remove(tensor)
    if left and (not fields or d.rng.random() < 0.5):
        fields["value"] = left.pop()
    if left and not classes and d.rng.random() < 0.5:
        fields["score"] = left.pop()
    return fields, classes


def _needed(d: Draft, outputs: set[str]) -> set[str]:
    """Tensors from which outputs follow, by way of states too."""
    update = {state.name: state.update for state in d.state}
    reads = {op.output: op.inputs for op in d.ops}
    found: set[str] = set()
    work = list(outputs)
    while work:
        tensor = work.pop()
        if tensor in found:
            continue
        found.add(tensor)
        work += reads.get(tensor, ())
        work += [update[tensor]] if tensor in update else []
    return found


def _finished(d: Draft, name: str) -> Graph:
    """The graph of a draft, without what no output needs; some ranges are declared wider."""
    # Of some choices of outputs the one that keeps most ops alive.
    choices = [_chosen(d) for _ in range(12)]
    fields, classes = max(choices, key=lambda choice: len(_needed(d, set(choice[0].values()))))
    needed = _needed(d, set(fields.values()))
    tensors = {}
    for op in d.ops:
        if op.output in needed:
            low, high = reach(d.known[op.output])
            slack, dtype = int(d.rng.choice([0, 0, 0, 7])), d.known[op.output].dtype
            tensors[op.output] = TensorType(
                shape=(d.known[op.output].size,),
                low=max(low - slack, dtype.bounds[0]),
                high=min(high + slack, dtype.bounds[1]),
                dtype=dtype,
            )
    return Graph(
        name=name,
        source="a random graph",
        inputs=tuple(d.inputs),
        class_names=classes,
        ops=tuple(op for op in d.ops if op.output in needed),
        tensors=tensors,
        outputs=tuple(
            Output(field=field_name, tensor=tensor, certificate=_PROVED)
            for field_name, tensor in fields.items()
        ),
        state=tuple(state for state in d.state if state.name in needed),
    )


def random_rows(graph: Graph, seed: int, count: int = 60) -> npt.NDArray[np.void]:
    """Packed rows of all sizes: single limits among random values, for floats NaN now and then."""
    rng = np.random.default_rng(seed)
    return pack_rows(graph.inputs, {p.name: _values(rng, p.spec, count) for p in graph.inputs})


def _values(rng: np.random.Generator, spec: InputSpec, count: int) -> npt.NDArray[np.generic]:
    shape = (count, spec.n_features)
    if not spec.dtype.is_float:
        low, high = spec.dtype.bounds
        values = rng.integers(low, high, size=shape, endpoint=True)
        small = rng.integers(max(low, -9), min(high, 9), size=shape, endpoint=True)
        values = np.where(rng.random((count, 1)) < 0.5, small, values)
        ends = np.where(rng.random(shape) < 0.5, low, high)
        return np.where(rng.random(shape) < 0.1, ends, values).astype(spec.dtype.numpy)
    floats = rng.normal(0, 2, shape).astype(np.float32)
    special = np.array(
        [0.0, -0.0, 1e-45, np.inf, -np.inf, 3.4e38, -3.4e38, 0.5, 2.5, np.nan], dtype=np.float32
    )
    return np.where(rng.random(shape) < 0.05, rng.choice(special, shape), floats)
