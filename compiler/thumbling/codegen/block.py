# SPDX-License-Identifier: MIT
"""Constants as one block apart from the code: a struct, its bytes, and who may read it.

The bytes are chosen here and not by a compiler: members stand at multiples of their size, largest
first, and every gap is a member of its own. So the struct is the same on every target, and the
block of another model can be loaded in its place where the code is the same.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from thumbling.codegen.opcode import OpCode
from thumbling.codegen.table import Constant, octets_of, table
from thumbling.errors import InternalError
from thumbling.ir import Graph, model_id
from thumbling.version import RUNTIME_ABI

MAGIC = 0x43424854
HEADER = "thumbling/block_check.h"
RUNTIME = ("include/thumbling/block.h", f"include/{HEADER}", "src/block.c")
POINTER = "data->"
_HEAD_BYTES, _CRC_FROM, _ID_BYTES = 32, 16, 8
_GAP = "pad"
# Of the whole block, and the greatest of a member: that of a 64-bit bias.
ALIGN = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """The block of one model.

    `members` are its constants with the gaps between them; `layout_id` names all that the code
    counts on, `model_id` the model.
    """

    name: str
    members: tuple[Constant, ...]
    layout_id: bytes
    model_id: bytes

    @cached_property
    def octets(self) -> bytes:
        """The whole block, as it lies in flash."""
        body = self.layout_id + self.model_id + b"".join(m.octets() for m in self.members)
        head = [MAGIC, RUNTIME_ABI, _CRC_FROM + len(body), zlib.crc32(body)]
        return octets_of("uint32_t", head) + body

    def types(self) -> str:
        """The struct, for the header."""
        inner = "".join(member.types() for member in self.members)
        members = "".join(f"    {member.member()}\n" for member in self.members)
        return (
            f"{inner}"
            "/* All that was learned. Its bytes are the same on every target. */\n"
            f"typedef struct {{\n    thb_block_t head;\n{members}}} {self.name}_data_t;\n"
        )

    def definition(self) -> str:
        """The values, for the file that holds nothing but the block."""
        ids = {"layout_id": self.layout_id, "model_id": self.model_id}
        head = [
            ".magic = THB_BLOCK_MAGIC",
            f".abi = {RUNTIME_ABI}U",
            f".length = {len(self.octets)}U",
            f".crc32 = 0x{zlib.crc32(self.octets[_CRC_FROM:]):08X}U",
            *(f".{key} = {c_octets(value)}" for key, value in ids.items()),
        ]
        lines = "".join(f"        {line},\n" for line in head)
        values = "".join(member.initialiser() for member in self.members)
        return f"    .head = {{\n{lines}    }},\n{values}"


def c_octets(octets: bytes) -> str:
    """Bytes as the initialiser of an array."""
    return "{" + ", ".join(f"0x{octet:02X}" for octet in octets) + "}"


def block_of(
    graph: Graph, codes: Sequence[OpCode], layout: Sequence[OpCode], around: Sequence[str]
) -> Block:
    """The constants of a program's code.

    `layout` is the same code under a name that all models share, `around` the rest of the file:
    what the function takes and declares first, and how state begins.
    """
    return Block(
        name=graph.name,
        members=_placed(codes),
        layout_id=_layout_id(graph, _placed(layout), layout, around),
        model_id=model_id(graph),
    )


def _placed(codes: Sequence[OpCode]) -> tuple[Constant, ...]:
    """Constants as they lie in a block, with gaps as members, to a multiple of eight bytes."""
    placed: list[Constant] = []
    at = _HEAD_BYTES
    constants = [constant for code in codes for constant in code.tables]
    stray = [constant.name for constant in constants if not constant.name.startswith(POINTER)]
    if stray:
        raise InternalError(f"{stray[0]} has a name of its own in C, so it is in no block")
    for constant in sorted(constants, key=lambda c: -c.align):
        at = _fill(placed, at, constant.align)
        placed.append(constant)
        at += len(constant.octets())
    _fill(placed, at, ALIGN)
    return tuple(placed)


def _fill(placed: list[Constant], at: int, align: int) -> int:
    """Add a gap up to a multiple of `align`, if there is one."""
    gap = -at % align
    if gap:
        number = sum(member.name.startswith(_GAP) for member in placed)
        placed.append(table("uint8_t", f"{_GAP}{number}", [0] * gap, "Zeros up to a word."))
    return at + gap


def _layout_id(
    graph: Graph, members: Sequence[Constant], codes: Sequence[OpCode], around: Sequence[str]
) -> bytes:
    """A hash of all that a block must fit: its members, the code that reads it, what callers know.

    Numbers that are in the code are part of the code, so whatever a block does not hold is equal in
    two models of one layout.
    """
    specs = [(p.name, p.spec.dtype.value, p.spec) for p in graph.inputs]
    inputs = [(name, dtype, s.scale, s.offset, s.names) for name, dtype, s in specs]
    outputs = [(o.field, graph.tensors[o.tensor].size, graph.scale_text(o)) for o in graph.outputs]
    parts = [
        repr((RUNTIME_ABI, inputs)),
        repr((outputs, graph.class_names)),
        *(f"{member.types()}{member.member()}" for member in members),
        *around,
        *(f"{code.functions}{code.body}" for code in codes),
    ]
    return hashlib.sha256("\0".join(parts).encode()).digest()[:_ID_BYTES]
