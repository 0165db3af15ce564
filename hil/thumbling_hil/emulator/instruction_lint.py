# SPDX-License-Identifier: MIT
"""Instructions in an image which its core does not have, though the emulator runs them.

Unicorn executes DSP instructions on a Cortex-M3 and floating point on a core without an FPU, or
with an FPU nobody switched on. On silicon each of these is a fault.
"""

from __future__ import annotations

from typing import Any

import capstone
from capstone import arm

from thumbling.errors import VerificationError
from thumbling.targets import CORES
from thumbling_hil.emulator.symbols import Image

_DSP = frozenset((arm.ARM_GRP_THUMB2DSP, arm.ARM_GRP_T2EXTRACTPACK))
_FP = frozenset((arm.ARM_GRP_VFP2, arm.ARM_GRP_VFP3, arm.ARM_GRP_VFP4, arm.ARM_GRP_FPARMV8))


def refuse_foreign_instructions(image: Image, core: str, *, fpu: bool) -> bool:
    """Raise `VerificationError` at the first instruction `core` lacks.

    Returns whether the image holds floating-point instructions at all.
    """
    decoder: Any = capstone.Cs(
        capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS
    )
    decoder.detail = True
    decoder.skipdata = True
    uses_fp = False
    for address, code in image.code_regions():
        for instruction in decoder.disasm(code, address):
            # What capstone cannot decode it hands out as data, which has no groups.
            groups = frozenset(instruction.groups) if instruction.id else frozenset()
            if groups & _DSP and not CORES[core].dsp:
                raise _foreign(image, instruction, f"a {core} has no DSP extension")
            if groups & _FP and not fpu:
                raise _foreign(image, instruction, "the board has no FPU")
            uses_fp = uses_fp or bool(groups & _FP)
    return uses_fp


def _foreign(image: Image, instruction: Any, why: str) -> VerificationError:
    return VerificationError(
        f"the image holds `{instruction.mnemonic}` at {image.where(instruction.address)}: {why}",
        hint="it was compiled for another core; check -mcpu and -mfpu",
    )
