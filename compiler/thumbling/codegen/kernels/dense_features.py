# SPDX-License-Identifier: MIT
"""A dense layer over converted features, feature by feature: all sums grow in the output array.

The least code for several outputs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from thumbling.codegen.kernels.convert import Conversion
from thumbling.codegen.kernels.dense.fusing import (
    PATTERNS,
    STACK_BYTES,
    Fused,
    converting,
    finish,
    is_plain,
    layer_of,
    loop,
    table_bytes,
)
from thumbling.codegen.kernels.dense.packing import aligned_table, bias_table
from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.schedule import Offer, Pattern, Request, kernel


@kernel
class DenseFeatures:
    """Each feature is converted once and added to every sum."""

    name: ClassVar[str] = "dense_features"
    covers: ClassVar[tuple[Pattern, ...]] = PATTERNS

    def offers(self, request: Request) -> Iterable[Offer]:
        """One, of several sums that are their own results."""
        op = layer_of(request.ops)
        n_out, n_in = op.weight.shape
        if n_out == 1 or not is_plain(op):
            return
        code, cycles = converting(request.ops)
        yield Offer(
            kernel=self,
            ops=request.ops,
            flash=table_bytes(request) + code + 40,
            cycles=n_in * (cycles + 9 * n_out),
            stack=STACK_BYTES,
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """A loop over features around one over outputs."""
        op = layer_of(offer.ops)
        n_out, n_in = op.weight.shape
        conversion = Conversion.of(offer.ops, scope, op.output)
        weight = aligned_table(
            f"{op.weight.dtype.name}_t",
            scope.constant(f"{op.output}_weight"),
            op.weight.T.ravel(),
            "Weights, feature by feature.",
        )
        bias = bias_table(
            op, scope.constant(f"{op.output}_bias"), range(n_out), "Bias of each sum."
        )
        add = loop("k", n_out, ["out[k] += *w++ * value;"])
        lines = [
            f"const {weight.c_type} *w = {weight.name};",
            *loop("k", n_out, [f"out[k] = {bias.name}[k];"]),
            *loop("j", n_in, [*conversion.statements("j", "value"), *add]),
        ]
        return finish(offer, scope, conversion, Fused(lines=lines, tables=(weight, bias)))
