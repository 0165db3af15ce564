# SPDX-License-Identifier: MIT
"""Constants of generated C: data until the one place that prints them, in code or in a block."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from thumbling.codegen.layout import wrap_comments
from thumbling.codegen.text import c_integer, fill

_WORD = 4

Integers = npt.NDArray[np.signedinteger] | npt.NDArray[np.unsignedinteger]


class Constant(Protocol):
    """Something in flash that has a name: a definition in the code, or a member of its block.

    `name` is how C reads it. In a block it lies at a multiple of `align`, and `octets` are its
    bytes: little-endian, none of them chosen by a compiler.
    """

    @property
    def name(self) -> str:
        """How C reads it."""
        ...

    @property
    def n_bytes(self) -> int:
        """Bytes of flash."""
        ...

    @property
    def align(self) -> int:
        """What its place in a block is a multiple of."""
        ...

    def text(self) -> str:
        """The definition in the code."""
        ...

    def types(self) -> str:
        """What a block declares before it has such a member; ends in an empty line, if any."""
        ...

    def member(self) -> str:
        """Its declaration in the struct of a block, without comment."""
        ...

    def initialiser(self) -> str:
        """Its comment and values where the block is defined, a line each."""
        ...

    def octets(self) -> bytes:
        """Its bytes in a block."""
        ...


def member_name(name: str) -> str:
    """What a member of a block is called, of how C reads it."""
    return name.rpartition("->")[2]


def narrowest(values: Iterable[int], *, signed: bool = False) -> str:
    """The smallest C type that holds all values; where both do, the signed one if asked for."""
    kept = list(values)
    low, high = min(kept, default=0), max(kept, default=0)
    names = ("int8", "uint8", "int16", "uint16") if signed else ("uint8", "int8", "uint16", "int16")
    for name in names:
        info = np.iinfo(name)
        if info.min <= low and high <= info.max:
            return f"{name}_t"
    return "int32_t"


def size_of(c_type: str) -> int:
    """Bytes of an integer type of C."""
    bits = "".join(c for c in c_type if c.isdigit())
    return int(bits) // 8


def octets_of(c_type: str, values: Iterable[int]) -> bytes:
    """Integers of a C type, little-endian."""
    dtype = np.dtype(c_type.removesuffix("_t")).newbyteorder("<")
    return np.array(list(values), dtype=dtype).tobytes()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """A constant array of integers.

    `comment` says what they are for. `qualifier`, which begins the table at a word, stands before
    the type, `suffix` behind every literal.
    """

    c_type: str
    name: str
    values: tuple[int, ...]
    comment: str
    qualifier: str = ""
    suffix: str = ""

    @property
    def n_bytes(self) -> int:
        """Bytes of flash."""
        return len(self.values) * size_of(self.c_type)

    @property
    def align(self) -> int:
        """See `Constant`."""
        return max(size_of(self.c_type), _WORD if self.qualifier else 1)

    def text(self) -> str:
        """The definition. Layout is ours, since formatters would put a number on each line."""
        kind = f"{self.qualifier} {self.c_type}".strip()
        return (
            f"{wrap_comments(f'/* {self.comment} */')}"
            "/* clang-format off */\n"
            f"static const {kind} {self.name}[{len(self.values)}] = {{\n"
            f"{fill(self._literals())}\n"
            "};\n"
            "/* clang-format on */\n"
        )

    def types(self) -> str:
        """See `Constant`."""
        return ""

    def member(self) -> str:
        """See `Constant`."""
        return f"{self.c_type} {member_name(self.name)}[{len(self.values)}];"

    def initialiser(self) -> str:
        """See `Constant`."""
        values = fill(self._literals(), "        ")
        return f"    /* {self.comment} */\n    .{member_name(self.name)} = {{\n{values}\n    }},\n"

    def octets(self) -> bytes:
        """See `Constant`."""
        return octets_of(self.c_type, self.values)

    def _literals(self) -> list[str]:
        return [f"{c_integer(value, self.c_type)}{self.suffix}" for value in self.values]


def table(
    c_type: str,
    name: str,
    values: Iterable[int],
    comment: str,
    *,
    qualifier: str = "",
    suffix: str = "",
) -> Table:
    """A table of integers that fit `c_type`."""
    return Table(
        c_type=c_type,
        name=name,
        values=tuple(int(v) for v in values),
        comment=comment,
        qualifier=qualifier,
        suffix=suffix,
    )
