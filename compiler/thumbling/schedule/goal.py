# SPDX-License-Identifier: MIT
"""What the user wants most of the generated code."""

from __future__ import annotations

from dataclasses import dataclass

from thumbling.options import option

OPTIMIZE = option("optimize").choices
CONSTANTS = option("constants").choices
STACK_BYTES = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """`optimize` says what counts; `stack` is the most a prediction may take beyond its caller.

    `balanced` pays flash for time while a model stays within `balanced_bytes`. `constants` are
    `inline`, part of the code where that is better, or in a `block` apart from it.
    """

    optimize: str = "balanced"
    stack: int = STACK_BYTES
    balanced_bytes: int = 4096
    constants: str = "inline"

    def __post_init__(self) -> None:
        if self.optimize not in OPTIMIZE:
            raise ValueError(f"no goal is called {self.optimize!r}")
        if self.constants not in CONSTANTS:
            raise ValueError(f"no place of constants is called {self.constants!r}")

    @property
    def inline(self) -> bool:
        """Whether constants may be part of the code."""
        return self.constants == "inline"

    def cost(self, flash: float, cycles: float) -> tuple[int, float, float]:
        """What a model of so many bytes and cycles costs: less is better, the first part first."""
        if self.optimize == "size":
            return 0, flash, cycles
        if self.optimize == "balanced" and flash > self.balanced_bytes:
            return 1, flash, cycles
        return 0, cycles, flash
