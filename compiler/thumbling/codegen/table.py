# SPDX-License-Identifier: MIT
"""Constants of generated C: data until the one place that prints them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from thumbling.codegen.layout import wrap_comments
from thumbling.codegen.text import c_int, fill

Integers = npt.NDArray[np.signedinteger] | npt.NDArray[np.unsignedinteger]


class Constant(Protocol):
    """Something in flash that has a name."""

    @property
    def name(self) -> str:
        """Its identifier."""
        ...

    @property
    def n_bytes(self) -> int:
        """Bytes of flash."""
        ...

    def text(self) -> str:
        """The definition in C."""
        ...


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """A constant array of integers. `comment` says what they are for, `unsigned` marks literals.

    `qualifier` stands before the type, such as an alignment.
    """

    c_type: str
    name: str
    values: tuple[str, ...]
    comment: str
    qualifier: str = ""

    @property
    def n_bytes(self) -> int:
        """Bytes of flash."""
        return len(self.values) * size_of(self.c_type)

    def text(self) -> str:
        """The definition. Layout is ours, since formatters would put a number on each line."""
        kind = f"{self.qualifier} {self.c_type}".strip()
        return (
            f"{wrap_comments(f'/* {self.comment} */')}"
            "/* clang-format off */\n"
            f"static const {kind} {self.name}[{len(self.values)}] = {{\n"
            f"{fill(self.values)}\n"
            "};\n"
            "/* clang-format on */\n"
        )


def table(
    c_type: str, name: str, values: Iterable[int], comment: str, *, qualifier: str = ""
) -> Table:
    """A table of integers that fit `c_type`."""
    return Table(
        c_type=c_type,
        name=name,
        values=tuple(c_int(int(v)) for v in values),
        comment=comment,
        qualifier=qualifier,
    )
