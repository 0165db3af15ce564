# SPDX-License-Identifier: MIT
"""A function a tree in straight code whose answer names a leaf vector, all of it added at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from thumbling.codegen.kernels.trees.estimates import (
    all_at_once,
    ending,
    join_bytes,
    leaf_type,
    stack_of,
    suits,
)
from thumbling.codegen.kernels.trees.packed_sums import finish, packed_sums, words_of
from thumbling.codegen.kernels.trees.split_words import SplitWords
from thumbling.codegen.kernels.trees.straight import (
    nested_bytes,
    nested_cycles,
    straight,
    tree_function,
)
from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.codegen.table import table
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.trees import TreeEnsemble
from thumbling.schedule import Offer, Pattern, Request, kernel

# Cycles to add a word.
_WORD_CYCLES = 6


@kernel
class TreesJoins:
    """A join behind each tree adds a row of a table to all sums."""

    name: ClassVar[str] = "trees_joins"
    covers: ClassVar[tuple[Pattern, ...]] = ((TreeEnsemble, ArgMax), (TreeEnsemble,))

    def offers(self, request: Request) -> Iterable[Offer]:
        """One, of several sums."""
        op, graph = request.ops[0], request.graph
        assert isinstance(op, TreeEnsemble)
        if op.leaf.shape[1] == 1 or suits(op, graph):
            return
        words = words_of(op, graph).shape[1]
        if not all_at_once(op, request, words):
            return
        dtype, (flash, cycles) = graph.type_of(op.inputs[0]), ending(op, request)
        yield Offer(
            kernel=self,
            ops=request.ops,
            updatable=False,
            flash=nested_bytes(op, dtype) + join_bytes(op, graph) + flash,
            cycles=nested_cycles(op, dtype) + len(op.trees) * words * _WORD_CYCLES + cycles,
            stack=stack_of(request, words),
        )

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The functions, the table and the joins."""
        op, label = offer.ops[0], offer.ops[1] if len(offer.ops) > 1 else None
        assert isinstance(op, TreeEnsemble)
        assert label is None or isinstance(label, ArgMax)
        sums = packed_sums(op, scope, label)
        words, x = SplitWords.of(scope, op.inputs[0]), scope.pointer(op.inputs[0])
        names = [scope.name(f"tree{i}") for i in range(len(op.trees))]
        functions = [
            tree_function(name, i, tree, words, lambda row: f"return {row * sums.count};")
            for i, (name, tree) in enumerate(zip(names, op.trees, strict=True))
        ]
        kind, suffix = leaf_type(op, scope.graph), "U" if sums.packed else ""
        what = "votes, two to a word, low half first; no sum exceeds 65535"
        leaf = table(
            kind,
            scope.constant("leaf"),
            sums.words.ravel().tolist(),
            f"Leaf vectors of {op.leaf.shape[1]} {what if sums.packed else 'values'}.",
            suffix=suffix,
        )
        body = f"    const {kind} *row;\n{sums.start}"
        for name in names:
            body += f"    row = {leaf.name} + {name}({x});\n"
            body += "".join(f"    {word} += row[{k}];\n" for k, word in enumerate(sums.names))
        code = OpCode(
            tables=(leaf,),
            functions="\n".join(functions),
            body=body + finish(op, scope, sums, label),
        )
        return straight(code, words.spec.dtype)
