# SPDX-License-Identifier: MIT
"""What kernels share that convert features inside a dense layer, so that no row lies between.

The sums are the same integers in another order; no partial sum can overflow, since the range
analysis bounds the sum of magnitudes.
"""

from __future__ import annotations

from dataclasses import dataclass

from thumbling.codegen.kernels.convert import Conversion
from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.codegen.table import Constant
from thumbling.ir.ops import Op
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.clamp import Clamp
from thumbling.ir.ops.dense import Dense
from thumbling.ir.ops.quantize import Quantize
from thumbling.schedule import Offer, Request

PATTERNS: tuple[tuple[type[Op], ...], ...] = (
    (Quantize, Clamp, Dense),
    (Quantize, Dense),
    (Clamp, Dense),
)
# Stack of a kernel whose sums grow in an array.
STACK_BYTES = 88
# Cycles to convert a feature, and bytes of code that do.
FLOAT_CYCLES, FLOAT_BYTES, INT_CYCLES, INT_BYTES = 24, 60, 5, 20


def layer_of(ops: tuple[Op, ...]) -> Dense:
    """The dense layer of a chain."""
    return next(op for op in ops if isinstance(op, Dense))


def is_plain(op: Dense) -> bool:
    """Whether sums are their own results, so that they can grow in the output array."""
    return op.accumulator_bits == 32 and op.shift == 0


def converting(ops: tuple[Op, ...]) -> tuple[int, int]:
    """Estimated bytes of code, and cycles a feature, that the conversion takes."""
    floats = any(isinstance(op, Quantize) for op in ops)
    return (FLOAT_BYTES, FLOAT_CYCLES) if floats else (INT_BYTES, INT_CYCLES)


def table_bytes(request: Request) -> int:
    """Flash of weights, biases, units and limits."""
    op = layer_of(request.ops)
    n_out, n_in = op.weight.shape
    return int(op.weight.nbytes + n_out * op.accumulator_bits // 8 + n_in)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fused:
    """The layer's function: statements, functions it calls, constants beside the conversion's."""

    lines: list[str]
    tables: tuple[Constant, ...]
    functions: str = ""


def indent(lines: list[str]) -> list[str]:
    """Lines of an inner block."""
    return [f"    {line}" for line in lines]


def loop(counter: str, end: int, body: list[str], *, step: int = 1) -> list[str]:
    """A loop from 0."""
    forward = f"{counter}++" if step == 1 else f"{counter} += {step}U"
    return [f"for (uint32_t {counter} = 0; {counter} < {end}U; {forward}) {{", *indent(body), "}"]


def checked(call: str) -> list[str]:
    """A call that a NaN makes fail."""
    return [f"if ({call} != THB_OK) {{", "    return THB_ERR_NAN;", "}"]


def finish(offer: Offer, scope: Scope, conversion: Conversion, fused: Fused) -> OpCode:
    """Constants, the function and its call; a NaN ends the prediction."""
    fallible = conversion.quantize is not None
    name = scope.name(f"{layer_of(offer.ops).output}_run")
    lines = [*fused.lines, *(["return THB_OK;"] if fallible else [])]
    body = "".join(f"    {line}\n" for line in lines)
    call = (
        f"{name}({scope.pointer(conversion.source)}, {scope.pointer(offer.writes)}{scope.argument})"
    )
    labels = any(isinstance(op, ArgMax) for op in offer.ops)
    headers = ("dense.h", *(["argmax.h"] if labels else []), *conversion.headers)
    inner = ("dense_pairs.h", "dense_pairs_v6m.h")
    head = f"{name}(const {conversion.c_type} *x, int32_t *out{scope.parameter})"
    return OpCode(
        tables=(*conversion.tables, *fused.tables),
        functions=f"{fused.functions}{scope.layer} {conversion.returns} {head}\n{{\n{body}}}\n",
        body="".join(f"    {line}\n" for line in (checked(call) if fallible else [f"{call};"])),
        runtime=tuple(f"include/thumbling/{h}" for h in (*headers, *inner)),
        includes=tuple(f"thumbling/{h}" for h in headers),
    )
