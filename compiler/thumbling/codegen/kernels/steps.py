# SPDX-License-Identifier: MIT
"""Codes of numbers: the value of the piece in which each lies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.codegen.table import Table, narrowest, table
from thumbling.ir.ops.steps import Steps
from thumbling.schedule import Offer, Pattern, Request, kernel

_HEADER = "thumbling/float_order.h"


@kernel
class StepsLoop:
    """A loop over outputs, and inside it one over thresholds until one is not passed."""

    name: ClassVar[str] = "steps_loop"
    covers: ClassVar[tuple[Pattern, ...]] = ((Steps,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One."""
        (op,) = request.ops
        assert isinstance(op, Steps)
        n, thresholds = len(op.column), len(op.threshold)
        yield Offer(
            kernel=self,
            ops=request.ops,
            flash=64 + 3 * n + 3 * thresholds,
            cycles=12 + 18 * n + 4 * thresholds,
            stack=32,
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The tables, a function and its call; a value that is refused ends the prediction."""
        (op,) = offer.ops
        assert isinstance(op, Steps)
        column, count, threshold, value = _tables(op, scope)
        name, kind = scope.name(f"{op.output}_run"), scope.c_type(op.inputs[0])
        is_float = kind == "float"
        number = f"x[{column.name}[j]]"
        key = f"thb_f32_key(thb_f32_bits(&{number}), 0U)" if is_float else number
        fails = op.rejects_nan
        refusing = (
            "        if (value[passed] == INT32_MIN) {\n"
            "            return THB_ERR_NAN;\n"
            "        }\n"
        )
        x, out = scope.pointer(op.inputs[0]), scope.pointer(op.output)
        call = f"{name}({x}, {out}{scope.argument})"
        checked = f"    if ({call} != THB_OK) {{\n        return THB_ERR_NAN;\n    }}\n"
        return OpCode(
            tables=(column, count, threshold, value),
            functions=f"static {'thb_status_t' if fails else 'void'} {name}(const {kind} *x,"
            f" int32_t *out{scope.parameter})\n"
            "{\n"
            f"    const {threshold.c_type} *threshold = {threshold.name};\n"
            f"    const {value.c_type} *value = {value.name};\n"
            f"    for (uint32_t j = 0; j < {len(op.column)}U; j++) {{\n"
            f"        int32_t key = {key};\n"
            f"        uint32_t passed = 0U, count = {count.name}[j];\n"
            "        while (passed < count && key > threshold[passed]) {\n"
            "            passed++;\n"
            "        }\n"
            f"{refusing if fails else ''}"
            "        out[j] = value[passed];\n"
            "        threshold += count;\n"
            "        value += count + 1U;\n"
            "    }\n"
            f"{'    return THB_OK;' + chr(10) if fails else ''}"
            "}\n",
            body=checked if fails else f"    {call};\n",
            runtime=(f"include/{_HEADER}",) if is_float else (),
            includes=(_HEADER,) if is_float else (),
        )


def _tables(op: Steps, scope: Scope) -> tuple[Table, Table, Table, Table]:
    columns, counts = op.column.tolist(), op.count.tolist()
    # C knows no array of nothing.
    thresholds, values = op.threshold.tolist() or [0], op.value.tolist()
    return (
        table(
            narrowest(columns),
            scope.constant(f"{op.output}_column"),
            columns,
            "The number that each code is of.",
        ),
        table(
            narrowest(counts),
            scope.constant(f"{op.output}_count"),
            counts,
            "How many thresholds each code has.",
        ),
        table(
            "int32_t" if scope.in_block else narrowest(thresholds, signed=True),
            scope.constant(f"{op.output}_threshold"),
            thresholds,
            "Where codes change, code by code: that many thresholds a number is above.",
        ),
        table(
            "int32_t" if scope.in_block else narrowest(values, signed=True),
            scope.constant(f"{op.output}_value"),
            values,
            "What stands for each piece, code by code.",
        ),
    )
