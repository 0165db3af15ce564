# SPDX-License-Identifier: MIT
"""An integer graph in the making."""

from __future__ import annotations

from dataclasses import dataclass, field

from thumbling.ir.graph import Domain
from thumbling.ir.ops import Op
from thumbling.ir.types import TensorType


@dataclass(slots=True, eq=False)
class Draft:
    """Ops so far, their tensors, and the inputs for which everything proved of them holds.

    Names in `kept` are those of values, and given to nothing else.
    """

    ops: list[Op] = field(default_factory=list)
    tensors: dict[str, TensorType] = field(default_factory=dict)
    domain: Domain | None = None
    kept: frozenset[str] = frozenset()

    def name(self, wanted: str) -> str:
        """A tensor name that is still free: the wanted one, or one with a number."""
        number, name = 1, wanted
        while name in self.tensors or name in self.kept:
            number += 1
            name = f"{wanted}_{number}"
        return name

    def add(self, op: Op, kind: TensorType) -> str:
        """Append an op; returns the tensor it writes."""
        self.ops.append(op)
        self.tensors[op.output] = kind
        return op.output

    def within(self, domain: Domain | None) -> None:
        """Have proofs hold only where a part was proved too."""
        if domain is not None:
            self.domain = domain if self.domain is None else self.domain.both(domain)

    def copy(self) -> Draft:
        """Another to try something with."""
        return Draft(ops=list(self.ops), tensors=dict(self.tensors), domain=self.domain)
