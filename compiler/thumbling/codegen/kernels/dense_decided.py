# SPDX-License-Identifier: MIT
"""A dense layer over converted features whose label alone is wanted, block by block.

A few sums at a time and the first greatest so far, for scores that would fill the stack unseen;
features are converted anew for each block.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np

from thumbling.codegen.kernels.convert import Conversion
from thumbling.codegen.kernels.dense.fusing import (
    PATTERNS,
    STACK_BYTES,
    Fused,
    converting,
    finish,
    indent,
    layer_of,
    loop,
    table_bytes,
)
from thumbling.codegen.kernels.dense.packing import aligned_table, bias_table
from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.ir.ops.argmax import ArgMax
from thumbling.schedule import Offer, Pattern, Request, kernel


@kernel
class DenseDecided:
    """Blocks of sums in registers, no array of scores."""

    name: ClassVar[str] = "dense_decided"
    covers: ClassVar[tuple[Pattern, ...]] = tuple((*pattern, ArgMax) for pattern in PATTERNS)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One, of one label whose scores the stack has no room for."""
        op, label = layer_of(request.ops), request.ops[-1]
        assert isinstance(label, ArgMax)
        n_out, n_in = op.weight.shape
        if len(label.groups) > 1 or 4 * n_out + STACK_BYTES <= request.goal.stack:
            return
        code, cycles = converting(request.ops)
        rows = 128 // op.accumulator_bits
        blocks = -(-n_out // rows)
        yield Offer(
            kernel=self,
            ops=request.ops,
            flash=table_bytes(request) + code + 30 * rows + 100,
            cycles=blocks * n_in * (cycles + 4 * rows) + 8 * n_out,
            stack=104,
            choice={"rows": rows},
            plan=rows,
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """A loop over blocks; the last is filled with copies of the last output, which cannot be
        greater than it."""
        op, rows = layer_of(offer.ops), int(offer.plan)
        bits, how = op.accumulator_bits, "saturate" if op.saturate else "round"
        n_out, n_in = op.weight.shape
        conversion = Conversion.of(offer.ops, scope, op.output)
        filled = np.pad(op.weight, ((0, -n_out % rows), (0, 0)), mode="edge")
        weight = aligned_table(
            f"{op.weight.dtype.name}_t",
            scope.constant(f"{op.output}_weight"),
            filled.reshape(-1, rows, n_in).transpose(0, 2, 1).ravel(),
            f"Weights by {rows} outputs, feature by feature.",
        )
        bias = bias_table(
            op,
            scope.constant(f"{op.output}_bias"),
            [min(k, n_out - 1) for k in range(len(filled))],
            "Bias of each sum.",
        )
        each = range(rows)
        add = [f"a{r} += (int{bits}_t)w[{r}] * value;" for r in each]
        result = [f"thb_dense_{how}_acc{bits}(a{r}, {op.shift}U)" for r in each]
        block = [
            *[f"int{bits}_t a{r} = {bias.name}[k + {r}];" for r in each],
            *loop("j", n_in, [*conversion.statements("j", "value"), *add, f"w += {rows};"]),
            *[f"thb_argmax_next(&best, out, {result[r]}, k + {r});" for r in each],
        ]
        lines = [
            f"const {weight.c_type} *w = {weight.name};",
            "int32_t best = INT32_MIN;",
            "*out = 0;",
            f"for (int32_t k = 0; k < {n_out}; k += {rows}) {{",
            *indent(block),
            "}",
        ]
        return finish(offer, scope, conversion, Fused(lines=lines, tables=(weight, bias)))
