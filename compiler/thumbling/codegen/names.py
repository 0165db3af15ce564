# SPDX-License-Identifier: MIT
"""Identifiers of generated C, all given out by one object."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

_LONGEST_PREFIX = 20


def prefix(model: str) -> str:
    """The beginning of every private identifier at file scope.

    Long names are cut, so that lines fit the page; a hash keeps two such models apart where both
    files are compiled as one.
    """
    if len(model) <= _LONGEST_PREFIX:
        return model
    return f"{model[:15].rstrip('_')}_{hashlib.sha256(model.encode()).hexdigest()[:4]}"


@dataclass(slots=True)
class Names:
    """Gives out every identifier at file scope once, and the names of constants.

    `block` is what stands before a constant where C reads it: empty where it is at file scope too.
    """

    model: str
    block: str = ""
    _taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        public = ("predict", "push", "reset", "output_t", "state_t", "model")
        apart = ("predict_with", "push_with", "check", "data", "data_t")
        self._taken |= {f"{self.model}_{suffix}" for suffix in (*public, *apart)}
        if self.block:  # the first member, the type inside the code
            self._taken |= {
                f"{prefix(self.model)}_{suffix}" for suffix in ("head", "data_t", "data_size")
            }

    def take(self, hint: str) -> str:
        """`<prefix>_<hint>`, or with a number behind it where that is taken."""
        first = f"{prefix(self.model)}_{hint}"
        name, number = first, 1
        while name in self._taken:
            number += 1
            name = f"{first}_{number}"
        self._taken.add(name)
        return name

    def constant(self, hint: str) -> str:
        """How C reads a constant of that name, or with a number behind it where that is taken."""
        name = self.take(hint)
        return self.block + name.removeprefix(f"{prefix(self.model)}_") if self.block else name
