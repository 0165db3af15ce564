# SPDX-License-Identifier: MIT
"""The C of one kernel, in parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from thumbling.codegen.table import Constant

_WORD = re.compile(r"(?<!->)\b[A-Za-z_]\w*")  # no member of a struct
# A statement at the level of the function that begins with a type, and the names that it sets.
_DECLARATION = re.compile(r"    (?:const )?\w+_t \*?(?:const )?\w.*")
_SET = re.compile(r"(?<!->)\b\w+(?= =|\[|,|;)")


def apart(codes: Sequence[OpCode]) -> list[OpCode]:
    """Kernels' C with bodies in blocks of their own where variables of one would meet another's."""
    declaring = [code for code in codes if code.declared]
    meet = any(
        code.declared & other.words for code in declaring for other in codes if other is not code
    )
    if len(declaring) < 2 and not meet:
        return list(codes)
    return [code.in_block() if code.declared else code for code in codes]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpCode:
    """What a kernel gives.

    `tables` and `functions` stand at file scope, `body` inside the predict function: statements,
    indented by four spaces. `runtime` lists files below `runtime_c`, `includes` the headers among
    them that the model's source includes. `gcc_options` are names of GCC's `-f` options for a model
    that is not compiled for size.
    """

    tables: tuple[Constant, ...] = ()
    functions: str = ""
    body: str = ""
    runtime: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    gcc_options: tuple[str, ...] = ()

    @property
    def declared(self) -> frozenset[str]:
        """The variables that the body declares at the level of the function."""
        lines = [line for line in self.body.splitlines() if _DECLARATION.match(line)]
        return frozenset(name for line in lines for name in _SET.findall(line))

    @property
    def words(self) -> frozenset[str]:
        """Every identifier in the body."""
        return frozenset(_WORD.findall(self.body))

    def in_block(self) -> OpCode:
        """The same with the body in a block of its own."""
        lines = "".join(f"    {line}\n" if line else "\n" for line in self.body.splitlines())
        return replace(self, body=f"    {{\n{lines}    }}\n")


def merge(*parts: OpCode) -> OpCode:
    """The C of one kernel from parts, in order."""
    return OpCode(
        tables=tuple(table for part in parts for table in part.tables),
        functions="\n".join(part.functions for part in parts if part.functions),
        body="".join(part.body for part in parts),
        runtime=tuple(path for part in parts for path in part.runtime),
        includes=tuple(header for part in parts for header in part.includes),
        gcc_options=tuple(option for part in parts for option in part.gcc_options),
    )
