# SPDX-License-Identifier: MIT
"""The sums of straight code, two to a word where they are proved to fit.

A few are variables. Many lie in an array `sum`: that of the caller's struct where they are wanted,
else a local one of which the label is found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from thumbling.codegen.kernels.argmax import search
from thumbling.codegen.scope import Scope
from thumbling.codegen.text import c_int
from thumbling.ir.graph import Graph
from thumbling.ir.ops.argmax import ArgMax
from thumbling.ir.ops.trees import TreeEnsemble

# Sums of more words than that are not held in registers: they would not stay there.
WORDS_IN_REGISTERS = 4
# A local array of up to so many words can yet become registers, if no function gets its address.
_WORDS_OF_ITS_OWN = 8

Words = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedSums:
    """What each leaf row adds to each word, shape (rows, words), and whether a word has two sums.

    `names` are the words in C, elements of the array `sum` if `in_array`; `start` are statements
    that declare them and set them to the base.
    """

    words: Words
    packed: bool
    in_array: bool
    names: tuple[str, ...]
    start: str

    @property
    def count(self) -> int:
        """The number of words."""
        return int(self.words.shape[1])

    @property
    def c_type(self) -> str:
        """The C type of a word."""
        return "uint32_t" if self.packed else "int32_t"

    def constant(self, value: int) -> str:
        """What a leaf adds to a word, in C."""
        return f"0x{value:08X}U" if self.packed else c_int(value)

    def sum(self, j: int) -> str:
        """Sum `j` as a C expression."""
        if not self.packed:
            return self.names[j]
        word = self.names[j // 2]
        return f"(int32_t)({word} >> 16)" if j % 2 else f"(int32_t)({word} & 0xFFFFU)"


def packs(op: TreeEnsemble, graph: Graph) -> bool:
    """Whether two sums fit one word: they begin at 0, no leaf is negative, none tops 65535."""
    low_enough = graph.tensors[op.output].high <= 65535
    positive = (op.leaf >= 0).all() and not op.base.any()
    return bool(op.leaf.shape[1] > 1 and positive and low_enough)


def _packed_rows(op: TreeEnsemble) -> Words:
    """Leaf rows as words of two lanes, low half first; shape (rows, words)."""
    width = op.leaf.shape[1]
    halves = np.zeros((len(op.leaf), -(-width // 2) * 2), dtype=np.int64)
    halves[:, :width] = op.leaf
    return np.asarray(halves[:, 0::2] | halves[:, 1::2] << 16)


def words_of(op: TreeEnsemble, graph: Graph) -> Words:
    """What each leaf row adds to each word; shape (rows, words)."""
    return _packed_rows(op) if packs(op, graph) else op.leaf.astype(np.int64)


def _declare(op: TreeEnsemble, scope: Scope, c_type: str, n: int, local: bool) -> str:
    """The array of `n` words."""
    if local:
        return f"    {c_type} sum[{n}];\n"
    cast = "" if c_type == "int32_t" else f"({c_type} *)"
    return f"    {c_type} *const sum = {cast}{scope.pointer(op.output)};\n"


def packed_sums(
    op: TreeEnsemble, scope: Scope, label: ArgMax | None = None, *, array: bool = False
) -> PackedSums:
    """The sums of an ensemble: an array if there are many or one is asked for.

    With `label` they are not wanted themselves.
    """
    packed, words = packs(op, scope.graph), words_of(op, scope.graph)
    n, c_type = int(words.shape[1]), "uint32_t" if packed else "int32_t"
    base = ["0U"] * n if packed else [c_int(int(b)) for b in op.base]
    in_array = array or n > WORDS_IN_REGISTERS
    names = tuple(f"sum[{k}]" if in_array else f"sum{k}" for k in range(n))
    local = label is not None or (packed and not array and n <= _WORDS_OF_ITS_OWN)
    start = _declare(op, scope, c_type, n, local) if in_array else ""
    kind = "" if in_array else f"{c_type} "
    start += "".join(f"    {kind}{w} = {b};\n" for w, b in zip(names, base, strict=True))
    return PackedSums(words=words, packed=packed, in_array=in_array, names=names, start=start)


def finish(op: TreeEnsemble, scope: Scope, sums: PackedSums, label: ArgMax | None) -> str:
    """Statements that write the label, or the sums where they are not in place.

    From the last to the first: packed words lie in the array that they are unpacked to.
    """
    width = op.leaf.shape[1]
    if label is not None:
        return search([sums.sum(j) for j in range(width)], label, scope)
    if sums.in_array and not sums.packed:
        return ""
    written = [f"    {scope.element(op.output, j)} = {sums.sum(j)};\n" for j in range(width)]
    return "".join(reversed(written))
