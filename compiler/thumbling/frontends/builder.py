# SPDX-License-Identifier: MIT
"""The source graph in the making: frontends add ops, and have parts lowered by others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import count, inconsistent, refuse_overrides
from thumbling.frontends.drawing import mark
from thumbling.frontends.registry import ROLES, Role, lowering_of, qualified_name
from thumbling.ir.source import INPUT, Prediction, SourceOp, Value

_MAX_DEPTH = 16


@dataclass(slots=True, eq=False)
class Lowered:
    """An estimator being lowered, in a role, the ops that are its own, and those inside it."""

    model: Any
    role: Role
    ops: list[SourceOp] = field(default_factory=list)
    inner: list[Lowered] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class SourceBuilder:
    """Ops so far. `lowered` are the estimators they were made of, in order of beginning.

    `by_name` says that one of them picks columns by name, so that it must be asked with frames.
    """

    n_features: int
    ops: list[SourceOp] = field(default_factory=list)
    lowered: list[Lowered] = field(default_factory=list)
    by_name: bool = False
    _open: list[Lowered] = field(default_factory=list)
    _names: dict[str, int] = field(default_factory=dict)

    @property
    def input(self) -> Value:
        """The model's input row."""
        return Value(name=INPUT, width=self.n_features)

    @property
    def producers(self) -> dict[str, SourceOp]:
        """The ops so far, by the value that each writes."""
        return {op.output: op for op in self.ops}

    def producer(self, value: Value) -> SourceOp | None:
        """The op that writes a value; None for the input."""
        return next((op for op in reversed(self.ops) if op.output == value.name), None)

    def add(self, kind: type[SourceOp], name: str, /, *inputs: Value, **fields: Any) -> Value:
        """Append an op; its value is called `name`, with a number where others are.

        Raises ModelError where the op does not fit what it reads.
        """
        self._names[name] = self._names.get(name, 0) + 1
        number = self._names[name]
        output = name if number == 1 else f"{name}_{number}"
        op = kind(inputs=tuple(value.name for value in inputs), output=output, **fields)
        try:
            width = op.width(*(value.width for value in inputs))
        except ValueError as error:
            raise inconsistent(self._open[-1].model, str(error)) from error
        self.ops.append(op)
        self._open[-1].ops.append(op)
        return Value(name=output, width=width)

    @np.errstate(all="ignore")
    def may_be_integers(self, value: Value) -> bool:
        """Whether a value holds integers where the input does."""
        held = {INPUT: np.zeros((1, self.n_features), dtype=np.int8)}
        for op in self.ops:
            held[op.output] = op.run(*(held[name] for name in op.inputs))
        return held[value.name].dtype.kind != "f"

    def transform(self, model: Any, x: Value) -> Value:
        """The features that a transformer makes of `x`. Raises UnsupportedModelError."""
        result = self._lower(model, x, "step")
        assert isinstance(result, Value)
        return result

    def predict(self, model: Any, x: Value) -> Prediction:
        """What a predictor makes of `x`. Raises UnsupportedModelError."""
        result = self._lower(model, x, "model")
        assert isinstance(result, Prediction)
        return result

    def inner(self, model: Any, x: Value) -> Value | Prediction:
        """An estimator that stands for the one being lowered, in its role."""
        return self._lower(model, x, self._open[-1].role)

    def _lower(self, model: Any, x: Value, role: Role) -> Value | Prediction:
        depth = len(self._open)
        try:
            return self._lowered(model, x, role)
        except UnsupportedModelError as error:
            path = [part.model for part in self._open[:depth]]
            mark(error, [*path, model])
            raise

    def _lowered(self, model: Any, x: Value, role: Role) -> Value | Prediction:
        lowering = lowering_of(model, role)
        refuse_overrides(model)
        if len(self._open) > _MAX_DEPTH:
            raise inconsistent(model, f"it nests more than {_MAX_DEPTH} estimators")
        if lowering.own_width and count(model, "n_features_in_") != x.width:
            raise inconsistent(model, "n_features_in_ is not that of the step before it")
        part = Lowered(model=model, role=role)
        if self._open:
            self._open[-1].inner.append(part)
        self._open.append(part)
        self.lowered.append(part)
        result: Value | Prediction = lowering.function(model, x, self)
        self._open.pop()
        if isinstance(result, Prediction) != (role == "model"):
            raise UnsupportedModelError(
                f"{'.'.join(qualified_name(model))} is not {ROLES[role]}",
                hint="end a pipeline in the model, and begin it with steps that prepare features",
            )
        return result
