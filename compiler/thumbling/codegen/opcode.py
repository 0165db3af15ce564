# SPDX-License-Identifier: MIT
"""The C of one kernel, in parts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from thumbling.codegen.table import Constant


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
    def declares(self) -> bool:
        """Whether the body declares variables, which another body might too."""
        lines = self.body.splitlines()
        return any(_declaration(line) for line in lines)

    def in_block(self) -> OpCode:
        """The same with the body in a block of its own."""
        lines = "".join(f"    {line}\n" if line else "\n" for line in self.body.splitlines())
        return replace(self, body=f"    {{\n{lines}    }}\n")


def _declaration(line: str) -> bool:
    """Whether a statement at the level of the function declares a variable."""
    if not line.startswith("    ") or line.startswith("     "):
        return False
    word = line.split()[0]
    return word == "const" or word.endswith("_t")


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
