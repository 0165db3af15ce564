# SPDX-License-Identifier: MIT
"""Integers of one scale to another: in a loop of its own, or inside the kernel that sums them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from thumbling.codegen.kernels.value_loop import INDEX, value_loop
from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.codegen.table import Constant, narrowest, table
from thumbling.codegen.text import narrowing
from thumbling.fixedpoint import rescale
from thumbling.ir.interval import HIGH, Int64Array
from thumbling.ir.ops.requantize import Requantize
from thumbling.schedule import Offer, Pattern, Request, kernel

HEADER = "thumbling/requantize.h"
# Cycles of one value and bytes of code: by a shift or a short product, by a long one.
SHORT, LONG = (6, 24), (12, 40)


@dataclass(frozen=True, kw_only=True, eq=False)
class Rescaling:
    """The C of a `Requantize`, value by value; `stem` begins the names of its tables."""

    op: Requantize
    scope: Scope
    stem: str

    @cached_property
    def _ends(self) -> Int64Array:
        """Least and greatest integer that is read, shape (2, 1)."""
        low, high = self.scope.graph.range(self.op.inputs[0])
        return np.array([[low], [high]], dtype=np.int64)

    @property
    def is_short(self) -> bool:
        """Whether products and half a unit fit int32."""
        most, shift = int(np.abs(self._ends).max()), int(self.op.shift.max())
        reach = most * int(self.op.multiplier.max()) + (1 << shift) // 2
        return shift < 31 and reach <= HIGH

    @cached_property
    def _constants(self) -> dict[str, Constant]:
        """Tables of multipliers and shifts where they differ from value to value, or in a block.

        There they are as wide as any other model's; that nothing is multiplied stays in the code.
        """
        found: dict[str, Constant] = {}
        for what, wide in (("multiplier", "int32_t"), ("shift", "uint8_t")):
            values = getattr(self.op, what).tolist()
            apart = self.scope.in_block and not (what == "multiplier" and self.op.is_shift)
            if apart or len(set(values)) > 1:
                name = self.scope.constant(f"{self.stem}_{what}")
                c_type = wide if apart else narrowest(values)
                found[what] = table(c_type, name, values, f"{what} of each value")
        return found

    @cached_property
    def _range(self) -> tuple[list[str], tuple[Constant, ...]]:
        """Zero point and ends of the range in C, and the table they lie in if they are apart."""
        op, note = self.op, "Zero point, least and greatest result."
        numbers = [op.zero_point, op.low, op.high]
        return self.scope.numbers(f"{self.stem}_range", numbers, note)

    @property
    def differs(self) -> bool:
        """Whether values are rescaled by different numbers, so that one needs its index."""
        return any(len(getattr(self.op, what)) > 1 for what in self._constants)

    @property
    def tables(self) -> tuple[Constant, ...]:
        """Constants, at file scope or apart."""
        return (*self._constants.values(), *self._range[1])

    def _factor(self, what: str, index: str) -> str:
        if what in self._constants:
            one = len(getattr(self.op, what)) == 1
            return f"{self._constants[what].name}[{0 if one else index}]"
        unsigned = "U" if what == "shift" else ""
        return f"{int(getattr(self.op, what)[0])}{unsigned}"

    def rescaled(self, value: str, index: str) -> str:
        """A C expression, an int32, of value `index` before it is brought into the range."""
        op, (zero, *_) = self.op, self._range[0]
        if not op.is_shift or "shift" in self._constants or op.shift.any():
            factors = f"{self._factor('multiplier', index)}, {self._factor('shift', index)}"
            value = f"thb_rescale_acc{32 if self.is_short else 64}({value}, {factors})"
        if self.scope.in_block:
            value = f"{value} + {zero}"
        elif op.zero_point:
            value = f"{value} {'-' if op.zero_point < 0 else '+'} {abs(op.zero_point)}"
        return value

    def clipped(self, value: str) -> str:
        """What is rescaled, in the range; as it is where it cannot leave it."""
        op, (_, low, high) = self.op, self._range[0]
        whole = rescale(self._ends, op.multiplier, op.shift) + op.zero_point
        needless = op.low <= whole.min() and whole.max() <= op.high
        if needless and not self.scope.in_block:
            return value
        return f"thb_clip({value}, {low}, {high})"


def cost(op: Requantize, low: int, high: int) -> tuple[int, int]:
    """Estimated cycles of a value and bytes of code, for what is read in `low..high`."""
    reach = max(abs(low), abs(high)) * int(op.multiplier.max())
    return SHORT if reach <= HIGH else LONG


@kernel
class RequantizeLoop:
    """A loop over the values."""

    name: ClassVar[str] = "requantize_loop"
    covers: ClassVar[tuple[Pattern, ...]] = ((Requantize,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One."""
        (op,) = request.ops
        assert isinstance(op, Requantize)
        kind = request.graph.tensors[op.output]
        cycles, code = cost(op, *request.graph.range(op.inputs[0]))
        yield Offer(
            kernel=self,
            ops=request.ops,
            flash=code + 20 + op.shift.nbytes,
            cycles=(cycles + 6) * kind.size,
            stack=32,
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The loop, in the predict function."""
        (op,) = offer.ops
        assert isinstance(op, Requantize)
        rescaling = Rescaling(op=op, scope=scope, stem=op.output)
        rescaled = rescaling.rescaled(scope.element(op.inputs[0], INDEX), INDEX)
        value = f"{narrowing(scope.c_type(op.output))}{rescaling.clipped('value')}"
        before = [f"const int32_t value = {rescaled};"]
        return value_loop(op, scope, value, before=before, tables=rescaling.tables, header=HEADER)
