# SPDX-License-Identifier: MIT
"""A graph as JSON and back: how an output folder keeps its reference without the source model."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Any

import numpy as np

from thumbling.errors import InternalError, ModelError
from thumbling.ir.answers import Answers, read_labels
from thumbling.ir.constants import Array, constant_fields, constants_of, scalar_fields
from thumbling.ir.graph import Bound, Certificate, Domain, Graph, Output
from thumbling.ir.names import as_names, encodable
from thumbling.ir.ops import Op, ops
from thumbling.ir.ports import Port, State
from thumbling.ir.printer import model_id
from thumbling.ir.types import DType, InputSpec, Quant, TensorType
from thumbling.ir.verifier import verify

FORMAT = 6
# What building or verifying a graph raises where its parts are of the wrong kind.
_MALFORMED = (
    *(ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError),
    *(TypeError, ValueError, InternalError),
)
_FRACTION = re.compile(r"[0-9]{1,300}(/[0-9]{1,300})?")


def graph_to_json(graph: Graph) -> str:
    """The whole graph as one JSON document: stable, complete, ending in a newline."""
    document = {
        "format": FORMAT,
        "model_id": model_id(graph).hex(),
        "name": graph.name,
        "source": graph.source,
        "inputs": [_port(port) for port in graph.inputs],
        "state": [_state(state) for state in graph.state],
        "class_names": [list(names) for names in graph.class_names],
        "answers": {
            "label_types": list(graph.answers.label_types),
            "matrix": graph.answers.matrix,
        },
        "ops": [{"op": type(op).__name__, **scalar_fields(op)} for op in graph.ops],
        "constants": {name: _encode(array) for name, array in graph.constants.items()},
        "tensors": {name: _tensor(kind) for name, kind in sorted(graph.tensors.items())},
        "outputs": [
            {
                "field": o.field,
                "tensor": o.tensor,
                "kind": o.certificate.kind,
                "epsilon": o.certificate.epsilon,
                "epsilons": list(o.certificate.epsilons),
                "reason": o.certificate.reason,
            }
            for o in graph.outputs
        ],
        "domain": None if graph.domain is None else [list(r) for r in graph.domain.ranges],
        "bounds": {
            tensor: {"epsilons": list(bound.epsilons), "where": bound.where}
            for tensor, bound in sorted(graph.bounds.items())
        },
    }
    return json.dumps(document, separators=(",", ":"), allow_nan=False) + "\n"


def graph_from_json(text: str) -> Graph:
    """The graph `graph_to_json` wrote. Raises `ModelError` where the text is anything else."""
    try:
        document = json.loads(text, parse_constant=_no_constant)
        if document["format"] != FORMAT:
            raise ModelError(
                f"the compiled model has format {document['format']}, expected {FORMAT}",
                hint="compile the model again",
            )
        graph = _graph(document)
        verify(graph)
    except _MALFORMED as error:
        raise _damaged() from error
    if model_id(graph).hex() != document.get("model_id"):
        raise _damaged()
    return graph


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _fraction(text: str) -> Fraction:
    if not _FRACTION.fullmatch(text):
        raise ValueError("a scale is no fraction")
    return Fraction(text)


def _damaged() -> ModelError:
    return ModelError("the compiled model (model.json) is damaged", hint="compile the model again")


def _graph(document: dict[str, Any]) -> Graph:
    return Graph(
        name=str(document["name"]),
        source=encodable(str(document["source"])),
        inputs=tuple(_read_port(item) for item in document["inputs"]),
        state=tuple(_read_state(item) for item in document["state"]),
        class_names=tuple(as_names(names) for names in document["class_names"]),
        ops=_ops(document["ops"], document["constants"]),
        tensors={name: _read_tensor(kind) for name, kind in document["tensors"].items()},
        outputs=tuple(
            Output(
                field=o["field"],
                tensor=o["tensor"],
                certificate=Certificate(
                    kind=o["kind"],
                    epsilon=o["epsilon"],
                    reason=encodable(str(o["reason"])),
                    epsilons=tuple(float(e) for e in o["epsilons"]),
                ),
            )
            for o in document["outputs"]
        ),
        answers=_answers(document["answers"], document["class_names"]),
        domain=_domain(document["domain"]),
        bounds={
            str(tensor): Bound(
                epsilons=tuple(float(e) for e in bound["epsilons"]),
                where=encodable(str(bound["where"])),
            )
            for tensor, bound in document["bounds"].items()
        },
    )


def _answers(item: dict[str, Any], class_names: list[list[str]]) -> Answers:
    """Raises `ValueError` where the types are not those of the class names."""
    label_types = tuple(item["label_types"])
    if label_types:
        for names, kind in zip(class_names, label_types, strict=True):
            read_labels(as_names(names), kind)
    return Answers(label_types=label_types, matrix=bool(item["matrix"]))


def _domain(ranges: list[list[float]] | None) -> Domain | None:
    if ranges is None:
        return None
    return Domain(ranges=tuple((float(low), float(high)) for low, high in ranges))


def _port(port: Port) -> dict[str, Any]:
    spec = port.spec
    return {
        "name": port.name,
        "dtype": spec.dtype.value,
        "scale": [float(s) for s in spec.scale],
        "offset": [float(o) for o in spec.offset],
        "names": list(spec.names),
    }


def _read_port(item: dict[str, Any]) -> Port:
    spec = InputSpec(
        dtype=DType(item["dtype"]),
        scale=tuple(float(s) for s in item["scale"]),
        offset=tuple(float(o) for o in item["offset"]),
        names=as_names(item["names"]),
    )
    return Port(name=item["name"], spec=spec)


def _state(state: State) -> dict[str, Any]:
    return {
        "name": state.name,
        "type": _tensor(state.type),
        "initial": _encode(state.initial),
        "update": state.update,
    }


def _read_state(item: dict[str, Any]) -> State:
    return State(
        name=item["name"],
        type=_read_tensor(item["type"]),
        initial=_decode(item["initial"]),
        update=item["update"],
    )


def _read_tensor(kind: dict[str, Any]) -> TensorType:
    return TensorType(
        shape=tuple(kind["shape"]),
        quant=Quant(
            scale=tuple(map(_fraction, kind["scale"])),
            zero_point=tuple(kind["zero_point"]),
            axis=kind["axis"],
        ),
        low=kind["low"],
        high=kind["high"],
        dtype=DType(kind["dtype"]),
    )


def _tensor(kind: TensorType) -> dict[str, Any]:
    return {
        "dtype": kind.dtype.value,
        "shape": list(kind.shape),
        "scale": [str(scale) for scale in kind.quant.scale],
        "zero_point": list(kind.quant.zero_point),
        "axis": kind.quant.axis,
        "low": kind.low,
        "high": kind.high,
    }


def _encode(array: Array) -> dict[str, Any]:
    flat = array.ravel().astype(np.int64).tolist()
    return {"dtype": array.dtype.name, "shape": list(array.shape), "data": flat}


def _decode(item: dict[str, Any]) -> Array:
    dtype = np.dtype(item["dtype"])
    if dtype.kind not in "iub":
        raise ValueError(f"no constant has type {dtype}")
    array = np.array(item["data"], dtype=np.int64).astype(dtype).reshape(item["shape"])
    array.flags.writeable = False
    return array


def _ops(items: list[dict[str, Any]], encoded: dict[str, Any]) -> tuple[Op, ...]:
    """The ops. Raises `ValueError` where a constant belongs to none of them."""
    constants = {name: _decode(item) for name, item in encoded.items()}
    found = tuple(_op(item, constants) for item in items)
    if set(constants_of(found)) != set(constants):
        raise ValueError("a constant belongs to no op")
    return found


def _op(item: dict[str, Any], constants: dict[str, Array]) -> Op:
    kind = ops()[item["op"]]
    scalars: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in item.items()
        if name != "op"
    }
    return kind(**scalars, **constant_fields(kind, item["output"], constants))
