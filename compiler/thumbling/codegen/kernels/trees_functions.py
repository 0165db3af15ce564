# SPDX-License-Identifier: MIT
"""Trees of one value: a function each, whose answers are added."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from thumbling.codegen.kernels.trees.estimates import suits
from thumbling.codegen.kernels.trees.split_words import SplitWords
from thumbling.codegen.kernels.trees.straight import (
    nested_bytes,
    nested_cycles,
    straight,
    tree_function,
)
from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.codegen.text import c_int
from thumbling.ir.ops.trees import TreeEnsemble
from thumbling.schedule import Offer, Pattern, Request, kernel


@kernel
class TreesFunctions:
    """A function a tree that answers its leaf value."""

    name: ClassVar[str] = "trees_functions"
    covers: ClassVar[tuple[Pattern, ...]] = ((TreeEnsemble,),)

    def offers(self, request: Request) -> Iterable[Offer]:
        """One, of ensembles of one value whose leaves are not better shared."""
        (op,) = request.ops
        assert isinstance(op, TreeEnsemble)
        if op.leaf.shape[1] > 1 or suits(op, request.graph):
            return
        dtype = request.graph.type_of(op.inputs[0])
        yield Offer(
            kernel=self,
            ops=request.ops,
            updatable=False,
            flash=nested_bytes(op, dtype),
            cycles=nested_cycles(op, dtype) + 8 * len(op.trees),
            stack=32,
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The functions and a sum of calls."""
        (op,) = offer.ops
        assert isinstance(op, TreeEnsemble)
        values, base = op.leaf[:, 0], int(op.base[0])
        words, x = SplitWords.of(scope, op.inputs[0]), scope.pointer(op.inputs[0])
        names = [scope.name(f"tree{i}") for i in range(len(op.trees))]
        functions = [
            tree_function(name, i, tree, words, lambda row: f"return {c_int(int(values[row]))};")
            for i, (name, tree) in enumerate(zip(names, op.trees, strict=True))
        ]
        calls, target = [f"{name}({x})" for name in names], scope.element(op.output, 0)
        if len(calls) == 1 and base == 0:
            body = f"    {target} = {calls[0]};\n"
        else:
            body = f"    int32_t sum = {c_int(base)};\n"
            body += "".join(f"    sum += {call};\n" for call in calls)
            body += f"    {target} = sum;\n"
        return straight(OpCode(functions="\n".join(functions), body=body), words.spec.dtype)
