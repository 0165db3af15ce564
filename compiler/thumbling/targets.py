# SPDX-License-Identifier: MIT
"""The cores we compile for: one record each, which everything that differs by core reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Cycles of a core without wait states; branch numbers are whole instructions when taken.

    Sources: Arm 100166_0001 table 3-1 (Cortex-M4), DDI0337 (M3), DDI0484C table 3.1 (M0+),
    DDI0432C table 3.1 (M0).
    """

    pipelined: bool
    """M3, M4: loads overlap and stores hide in the write buffer; M0, M0+: 2 cycles each."""
    branch: int
    branch_link: int
    branch_register: int
    barrier: int
    """DMB, DSB, ISB, MRS, MSR."""
    pop_pc_extra: int
    """`POP {.., pc}` of N registers takes 1 + N + this."""
    multiply_add: int
    long_multiply: int
    long_multiply_add: int
    align_penalty: int
    """Extra when a branch goes to a 32-bit instruction across a word border."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """A core. `title` is its name for people, `name` that of board files and of GCC's `-mcpu`.

    `dsp` says whether it has SMLAD and its kin, `dwt` whether it counts cycles itself. `fpu_flags`
    tell GCC about its FPU, `zig_fpu` zig's Clang; they are empty where a core has none.
    `unicorn_cpu` is the constant of the emulator's core with the same instructions.
    """

    name: str
    title: str
    dsp: bool
    dwt: bool
    zig_cpu: str
    unicorn_cpu: str
    timing: Timing
    fpu_flags: tuple[str, ...] = ()
    zig_fpu: str = ""

    @property
    def has_fpu(self) -> bool:
        """Whether some chips with this core have an FPU."""
        return bool(self.fpu_flags)


_M0PLUS: Final = Timing(
    pipelined=False,
    branch=2,
    branch_link=3,
    branch_register=2,
    barrier=3,
    pop_pc_extra=2,
    multiply_add=1,
    long_multiply=1,
    long_multiply_add=1,
    align_penalty=0,
)
_M4: Final = Timing(
    pipelined=True,
    branch=2,
    branch_link=2,
    branch_register=2,
    barrier=2,
    pop_pc_extra=2,
    multiply_add=1,
    long_multiply=1,
    long_multiply_add=1,
    align_penalty=1,
)
_ALL: Final = (
    Core(
        name="cortex-m0",
        title="Cortex-M0",
        dsp=False,
        dwt=False,
        zig_cpu="cortex_m0",
        unicorn_cpu="UC_CPU_ARM_CORTEX_M0",
        timing=replace(
            _M0PLUS, branch=3, branch_link=4, branch_register=3, barrier=4, pop_pc_extra=3
        ),
    ),
    Core(
        name="cortex-m0plus",
        title="Cortex-M0+",
        dsp=False,
        dwt=False,
        zig_cpu="cortex_m0plus",
        # The same instructions as M0; only cycles differ.
        unicorn_cpu="UC_CPU_ARM_CORTEX_M0",
        timing=_M0PLUS,
    ),
    Core(
        name="cortex-m3",
        title="Cortex-M3",
        dsp=False,
        dwt=True,
        zig_cpu="cortex_m3",
        unicorn_cpu="UC_CPU_ARM_CORTEX_M3",
        timing=replace(_M4, multiply_add=2, long_multiply=4, long_multiply_add=5),
    ),
    Core(
        name="cortex-m4",
        title="Cortex-M4",
        dsp=True,
        dwt=True,
        zig_cpu="cortex_m4",
        unicorn_cpu="UC_CPU_ARM_CORTEX_M4",
        timing=_M4,
        fpu_flags=("-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"),
        zig_fpu="+vfp4d16sp",
    ),
)
CORES: Final[Mapping[str, Core]] = MappingProxyType({core.name: core for core in _ALL})
