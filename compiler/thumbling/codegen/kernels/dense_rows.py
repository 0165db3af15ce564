# SPDX-License-Identifier: MIT
"""A dense layer over converted features, row by row: one sum, features converted anew for each.

For one output, or sums too wide to grow in the output array.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from thumbling.codegen.kernels.convert import Conversion
from thumbling.codegen.kernels.dense.fusing import (
    PATTERNS,
    Fused,
    converting,
    finish,
    is_plain,
    layer_of,
    loop,
    table_bytes,
)
from thumbling.codegen.kernels.dense.packing import aligned_table, bias_table, c_bias
from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.ir.ops.dense import Dense
from thumbling.schedule import Offer, Pattern, Request, kernel

# A single sum is unrolled whole for so many features, others by so many.
_STRAIGHT, _TURN = 32, 4


@kernel
class DenseRows:
    """One sum at a time."""

    name: ClassVar[str] = "dense_rows"
    covers: ClassVar[tuple[Pattern, ...]] = PATTERNS

    def offers(self, request: Request) -> Iterable[Offer]:
        """One; where several sums could grow side by side it is the slowest."""
        op = layer_of(request.ops)
        n_out, n_in = op.weight.shape
        if n_out > 1 and is_plain(op):
            return
        code, cycles = converting(request.ops)
        unroll = _unroll(op, request.goal.optimize)
        yield Offer(
            kernel=self,
            ops=request.ops,
            flash=table_bytes(request) + (code + 16) * unroll + 20,
            cycles=n_out * n_in * (cycles + 4),
            stack=72,
            choice={"unroll": unroll},
            plan=unroll,
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """A loop over outputs, if there are several, around one over features."""
        op = layer_of(offer.ops)
        (n_out, n_in), bits = op.weight.shape, op.accumulator_bits
        single, how = n_out == 1, "saturate" if op.saturate else "round"
        conversion = Conversion.of(offer.ops, scope, op.output)
        weight = aligned_table(
            f"{op.weight.dtype.name}_t",
            scope.constant(f"{op.output}_weight"),
            op.weight.ravel(),
            "Weights, output by output.",
        )
        bias = bias_table(
            op, scope.constant(f"{op.output}_bias"), range(n_out), "Bias of each sum."
        )
        # One bias is a literal of the code, if it need not be replaced.
        literal = single and not scope.in_block
        start = c_bias(op, 0) if literal else f"{bias.name}[{0 if single else 'k'}]"
        factor = f"{weight.name}[j]" if single else "*w++"
        unroll: int = offer.plan
        body = [*conversion.statements("j", "value"), f"sum += (int{bits}_t){factor} * value;"]
        row = [
            f"int{bits}_t sum = {start};",
            *([f"THB_UNROLL_BY({unroll})"] if unroll > 1 else []),
            *loop("j", n_in, body),
            f"out[{0 if single else 'k'}] = thb_dense_{how}_acc{bits}(sum, {op.shift}U);",
        ]
        if not single:
            row = [f"const {weight.c_type} *w = {weight.name};", *loop("k", n_out, row)]
        tables = (weight,) if literal else (weight, bias)
        return finish(offer, scope, conversion, Fused(lines=row, tables=tables))


def _unroll(op: Dense, optimize: str) -> int:
    if optimize != "speed":
        return 1
    n_out, n_in = op.weight.shape
    return n_in if n_out == 1 and n_in <= _STRAIGHT else _TURN
