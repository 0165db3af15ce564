# SPDX-License-Identifier: MIT
"""What a split means to the one who reads the C: the feature's name and the real threshold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from thumbling.codegen.scope import Scope
from thumbling.codegen.text import comment_text
from thumbling.fixedpoint import key_float
from thumbling.ir.origin import origin
from thumbling.ir.types import InputSpec


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitWords:
    """Comments on splits of one row. `keyed` are its numbers that are keys of floats."""

    spec: InputSpec
    keyed: frozenset[int] = frozenset()

    @classmethod
    def of(cls, scope: Scope, tensor: str) -> SplitWords:
        """Those of what trees read: an input, or numbers brought together from several places."""
        graph = scope.graph
        specs = {port.name: port.spec for port in graph.inputs}
        if tensor in specs:
            return cls(spec=specs[tensor])
        producers = {op.output: op for op in graph.ops}
        found = [origin(producers, tensor, j) for j in range(graph.size(tensor))]
        given = [
            (specs[name].scale[j], specs[name].offset[j], specs[name].names[j])
            if name in specs
            else (1.0, 0.0, f"{name}[{j}]")
            for name, j in found
        ]
        scale, offset, names = zip(*given, strict=True)
        floats = {name for name, spec in specs.items() if spec.dtype.is_float}
        keyed = (j for j, (name, _) in enumerate(found) if name in floats)
        spec = InputSpec(dtype=graph.type_of(tensor), scale=scale, offset=offset, names=names)
        return cls(spec=spec, keyed=frozenset(keyed))

    def comment(self, feature: int, key: int, *, left: bool) -> str:
        """A comment with a blank before it, for the branch taken where `x <= key` holds or not.

        Empty where the C says all there is: an integer that is the real value, without a name.
        """
        name = self._names[feature]
        if not self._is_float(feature) and self._is_plain:
            return f" /* {name} */" if name else ""
        said = f"{self._sign(feature, left)} {self._real(feature, key)}"
        return f" /* {name} {said} */" if name else f" /* {said} */"

    def _sign(self, feature: int, left: bool) -> str:
        if self.spec.scale[feature] < 0:
            return ">=" if left else "<"
        return "<=" if left else ">"

    def _is_float(self, feature: int) -> bool:
        return self.spec.dtype.is_float or feature in self.keyed

    def _real(self, feature: int, key: int) -> str:
        if self._is_plain:
            # The shortest text that is this float again.
            return str(key_float(np.array([key]))[0])
        stored = float(key_float(np.array([key]))[0]) if self._is_float(feature) else key
        return f"{stored * self.spec.scale[feature] + self.spec.offset[feature]:.6g}"

    @cached_property
    def _is_plain(self) -> bool:
        return self.spec.is_plain

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """Names as comments take them, empty where they were made up."""
        given = enumerate(self.spec.names)
        return tuple("" if name == f"x{j}" else comment_text(name) for j, name in given)
