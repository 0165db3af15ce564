# SPDX-License-Identifier: MIT
"""Names of parameters and of arrays on the stack, chosen when all kernels have been written.

Kernels declare variables of their own in blocks inside the function, which would hide a tensor of
the same name. So they mark tensors, and each gets its name, or one made of it, if nothing else in
the text is called that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from thumbling.codegen.opcode import OpCode
from thumbling.ir.c_words import RESERVED

_MARK = re.compile(r"@(\w+)@")
_WORD = re.compile(r"(?<!->)\b[A-Za-z_]\w*")
# Types, macros and functions of the runtime and of headers.
_FOREIGN = re.compile(r".*_t|[A-Z0-9_]+|thb_.*")


def marked(tensor: str) -> str:
    """A tensor in the text of a kernel's body, until it has a name."""
    return f"@{tensor}@"


def variable_names(tensors: Iterable[str], bodies: Iterable[str]) -> dict[str, str]:
    """A name for each tensor which no other word of the bodies is, and no two share."""
    taken = set(RESERVED)
    for body in bodies:
        taken |= set(_WORD.findall(_MARK.sub(" ", body)))
    found: dict[str, str] = {}
    for tensor in tensors:
        name = f"{tensor}_values" if _FOREIGN.fullmatch(tensor) else tensor
        number = 1
        while name in taken:
            number += 1
            name = f"{tensor}_{number}"
        taken.add(name)
        found[tensor] = name
    return found


def named(code: OpCode, names: Mapping[str, str]) -> OpCode:
    """The C of a kernel with names in place of marks."""
    return replace(code, body=_MARK.sub(lambda match: names[match[1]], code.body))
