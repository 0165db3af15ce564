# SPDX-License-Identifier: MIT
"""A dense layer over converted features, chunk by chunk: eight of them in registers for all sums.

Features are converted in pairs; sums grow in the output array.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from thumbling.codegen.kernels.convert import Conversion, is_narrow
from thumbling.codegen.kernels.dense.fusing import (
    PATTERNS,
    STACK_BYTES,
    Fused,
    checked,
    converting,
    finish,
    indent,
    is_plain,
    layer_of,
    loop,
    table_bytes,
)
from thumbling.codegen.kernels.dense.packing import aligned_table, bias_table, largest_divisor
from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.ir.ops.dense import Dense
from thumbling.schedule import Offer, Pattern, Request, kernel

_CHUNK = 8
_MAX_ROWS = 5


@kernel
class DenseChunks:
    """Pairs of converted features, multiplied by 16-bit weights."""

    name: ClassVar[str] = "dense_chunks"
    covers: ClassVar[tuple[Pattern, ...]] = PATTERNS

    def offers(self, request: Request) -> Iterable[Offer]:
        """One, of several 32-bit sums of 16-bit numbers, where size is not all."""
        op = layer_of(request.ops)
        n_out, n_in = op.weight.shape
        if n_out == 1 or not is_plain(op) or request.goal.optimize == "size":
            return
        if not is_narrow(request.ops) or op.weight.dtype != np.int16:
            return
        code, cycles = converting(request.ops)
        rows = largest_divisor(n_out, _MAX_ROWS) if request.goal.optimize == "speed" else 1
        yield Offer(
            kernel=self,
            ops=request.ops,
            flash=table_bytes(request) + 3 * code + 40 * (1 + rows),
            cycles=n_in * cycles + n_in * n_out * 2,
            stack=STACK_BYTES,
            choice={"rows": rows},
            plan=rows,
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """A loop over whole chunks, and the rest."""
        op, rows = layer_of(offer.ops), int(offer.plan)
        (n_out, n_in), rest = op.weight.shape, op.weight.shape[1] % _CHUNK
        conversion = Conversion.of(offer.ops, scope, op.output)
        weight = aligned_table(
            "int16_t",
            scope.constant(f"{op.output}_weight"),
            _by_chunks(op),
            f"Weights by {_CHUNK} features, an odd rest filled with zero: those of each output.",
        )
        bias = bias_table(
            op, scope.constant(f"{op.output}_bias"), range(n_out), "Bias of each sum."
        )
        convert = {
            whole: scope.name(f"{op.output}_{'pair' if whole else 'last'}")
            for whole in (True, False)
        }
        lines = [
            f"const int16_t *w = {weight.name};",
            "uint32_t j = 0;",
            *loop("k", n_out, [f"out[k] = {bias.name}[k];"]),
        ]
        if n_in >= _CHUNK:
            chunk = _add_chunk(op, conversion, convert, _CHUNK, rows)
            lines += [f"for (; j < {n_in - rest}U; j += {_CHUNK}U) {{", *indent(chunk), "}"]
        if rest:
            lines += _add_chunk(op, conversion, convert, rest, rows)
        functions = [_pair_function(conversion, convert, whole=True)] if n_in > 1 else []
        functions += [_pair_function(conversion, convert, whole=False)] if rest % 2 else []
        fused = Fused(lines=lines, tables=(weight, bias), functions="\n".join([*functions, ""]))
        return finish(offer, scope, conversion, fused)


def _add_chunk(
    op: Dense, conversion: Conversion, convert: dict[bool, str], width: int, rows: int
) -> list[str]:
    """Statements that convert `width` features, from j on, and add them to all sums."""
    pairs = range(-(-width // 2))
    lines = [f"thb_s16x2_t {', '.join(f'p{p}' for p in pairs)};"]
    for p in pairs:
        call = f"{convert[2 * p + 1 < width]}(x, j + {2 * p}U, &p{p}{conversion.scope.argument})"
        lines += checked(call) if conversion.quantize is not None else [f"{call};"]
    turn, at = ["int32_t sum;"], 0
    for r in range(rows):
        turn.append(f"sum = out[k + {r}U];" if r else "sum = out[k];")
        for p in pairs:
            turn.append(f"sum = thb_s16x2_mac32(sum, p{p}, thb_s16x2_weights(&w[{at}]));")
            at += 2
        turn.append(f"out[k + {r}U] = sum;" if r else "out[k] = sum;")
        turn.append("THB_DENSE_IN_ORDER();")
    return [*lines, *loop("k", op.weight.shape[0], [*turn, f"w += {at};"], step=rows)]


def _by_chunks(op: Dense) -> npt.NDArray[np.signedinteger]:
    """Weights by chunk of features, output, feature; an odd rest is filled with zero."""
    n_out, n_in = op.weight.shape
    whole = n_in - n_in % _CHUNK
    body = op.weight[:, :whole].reshape(n_out, -1, _CHUNK).transpose(1, 0, 2)
    rest = np.pad(op.weight[:, whole:], ((0, 0), (0, n_in % 2)))
    return np.concatenate([body.ravel(), rest.ravel()])


def _pair_function(conversion: Conversion, convert: dict[bool, str], *, whole: bool) -> str:
    """A function that converts two features, or the last one."""
    high = conversion.statements("j + 1U", "hi") if whole else []
    lines = [
        *conversion.statements("j", "lo"),
        *high,
        f"*pair = thb_s16x2_pack(lo, {'hi' if whole else '0'});",
        *(["return THB_OK;"] if conversion.quantize is not None else []),
    ]
    body = "".join(f"    {line}\n" for line in lines)
    head = f"THB_INLINE {conversion.returns} {convert[whole]}(const {conversion.c_type} *x,"
    rest = f"uint32_t j, thb_s16x2_t *pair{conversion.scope.parameter})"
    return f"{head} {rest}\n{{\n{body}}}\n"
