# SPDX-License-Identifier: MIT
"""The loop of kernels that make each value of one: in the predict function."""

from __future__ import annotations

from collections.abc import Sequence

from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.codegen.table import Constant
from thumbling.ir.ops import Op

INDEX = "k"
"""The variable that counts the values."""


def value_loop(
    op: Op,
    scope: Scope,
    value: str,
    *,
    before: Sequence[str] = (),
    tables: tuple[Constant, ...] = (),
    header: str = "",
) -> OpCode:
    """Store the expression `value`, behind the statements `before`, for each value of an op.

    `header` is the one of the runtime that they need, such as `thumbling/interpolate.h`.
    """
    lines = [
        f"for (uint32_t {INDEX} = 0; {INDEX} < {scope.graph.size(op.output)}U; {INDEX}++) {{",
        *(f"    {line}" for line in before),
        f"    {scope.element(op.output, INDEX)} = {value};",
        "}",
    ]
    return OpCode(
        tables=tables,
        body="".join(f"    {line}\n" for line in lines),
        runtime=(f"include/{header}",) if header else (),
        includes=(header,) if header else (),
    )
