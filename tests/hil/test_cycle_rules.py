# SPDX-License-Identifier: MIT
"""Every rule of the cycle model on a small block of code.

The rules are those of Arm 100166_0001 table 3-1 (M4), DDI0337 (M3), DDI0484C table 3.1 (M0+) and
DDI0432C table 3.1 (M0). A block that ends in a branch is one whose branch is taken.
"""

from __future__ import annotations

import pytest

from thumbling.errors import InternalError, UsageError

pytest.importorskip(
    "capstone", reason="Capstone is not installed: pip install 'thumbling[emulator]'"
)

from thumbling_hil.emulator.cycle_model import CycleModel

M0, M0PLUS, M3, M4 = "cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4"
SMALL, LARGE, ALL = (M0, M0PLUS), (M3, M4), (M0, M0PLUS, M3, M4)

# Assembly, its code, cores, cycles.
RULES = [
    # Arithmetic.
    ("adds r0, r0, r1", "4018", ALL, 1),
    ("muls r0, r1, r0", "4843", ALL, 1),
    ("mul r0, r1, r2", "01fb02f0", LARGE, 1),
    ("mla r1, r0, r3, r0", "00fb0301", (M4,), 1),
    ("mla r1, r0, r3, r0", "00fb0301", (M3,), 2),
    ("mls r0, r1, r2, r3", "01fb1230", (M4,), 1),
    ("mls r0, r1, r2, r3", "01fb1230", (M3,), 2),
    ("smlad r0, r1, r2, r3", "21fb0230", (M4,), 1),
    ("smull r0, r1, r0, r3", "80fb0301", (M4,), 1),
    ("smull r0, r1, r0, r3", "80fb0301", (M3,), 4),
    ("umlal r0, r3, r2, r1", "e2fb0103", (M4,), 1),
    ("umlal r0, r3, r2, r1", "e2fb0103", (M3,), 5),
    ("udiv r0, r0, r1", "b0fbf1f0", LARGE, 7),
    ("sdiv r0, r1, r2", "91fbf2f0", LARGE, 7),
    ("it eq; moveq r0, r1", "08bf 0846", LARGE, 1 + 1),
    ("dmb sy", "bff35f8f", (M0,), 4),
    ("dmb sy", "bff35f8f", (M0PLUS,), 3),
    # Loads and stores, alone.
    ("ldr r1, [r0]", "0168", ALL, 2),
    ("strb r1, [r0, #1]", "4170", SMALL, 2),
    ("strh r1, [r0, r2]", "8152", SMALL, 2),
    ("str r1, [r0, #4]", "4160", LARGE, 1),
    ("strh r1, [r0, r2]", "8152", LARGE, 2),
    ("ldm r0!, {r1, r2, r3}", "0ec8", ALL, 1 + 3),
    ("stm r0!, {r1, r2}", "06c0", ALL, 1 + 2),
    ("push {r4, lr}", "10b5", ALL, 1 + 2),
    ("pop {r4, r5}", "30bc", ALL, 1 + 2),
    ("ldrd r0, r1, [r0]", "d0e90001", LARGE, 1 + 2),
    ("strd r1, r2, [r0]", "c0e90012", LARGE, 1 + 2),
    ("vldr s0, [r0]", "90ed000a", (M4,), 1 + 1),
    ("vldr d0, [r0]", "90ed000b", (M4,), 1 + 2),
    ("vldmia r0!, {s0-s3}", "b0ec040a", (M4,), 1 + 4),
    # Pairs on M3 and M4: loads overlap where the second does not wait for the first.
    ("ldr r1, [r0]; ldr r2, [r0, #4]", "0168 4268", LARGE, 2 + 1),
    ("ldr r1, [r0]; ldr r2, [r1, #4]", "0168 4a68", LARGE, 2 + 2),
    ("ldr r1, [r0], #4; ldr r2, [r0, #4]", "50f8041b 4268", LARGE, 2 + 2),
    ("ldr r2, [r0, #4]; ldr r1, [r0], #4", "4268 50f8041b", LARGE, 2 + 2),
    ("ldr r1, [r0]; ldr r2, [r0, #4]; ldr r3, [r0, #4]", "0168 4268 4368", LARGE, 2 + 1 + 1),
    ("ldr r1, [r0]; adds r0, r0, r1; ldr r2, [r1, #4]", "0168 4018 4a68", LARGE, 2 + 1 + 2),
    ("str r1, [r0]; ldr r2, [r0, #4]", "0160 4268", LARGE, 1 + 3),
    ("ldr r1, [r0]; ldr r2, [r0, #4]", "0168 4268", SMALL, 2 + 2),
    # Pairs on M3 and M4: an address just computed is a cycle late.
    ("adds r0, #4; ldr r1, [r0]", "0430 0168", LARGE, 1 + 3),
    ("adds r0, #4; str r1, [r0]", "0430 0160", LARGE, 1 + 2),
    ("adds r0, #4; ldm r0, {r1, r2}", "0430 90e80600", LARGE, 1 + 1 + 3),
    ("adds r0, #4; ldr r2, [r1, #4]", "0430 4a68", LARGE, 1 + 2),
    ("add sp, #8; ldr r1, [sp]", "02b0 0099", LARGE, 1 + 2),
    ("adds r0, #4; ldr r1, [r0]", "0430 0168", SMALL, 1 + 2),
    # Branches, taken.
    ("b", "7ee0", (M0,), 3),
    ("b", "7ee0", (M0PLUS, M3, M4), 2),
    ("bl", "00f07ef8", (M0,), 4),
    ("bl", "00f07ef8", (M0PLUS,), 3),
    ("bl", "00f07ef8", LARGE, 2),
    ("bx lr", "7047", (M0,), 3),
    ("bx lr", "7047", (M0PLUS, M3, M4), 2),
    ("blx r3", "9847", (M0,), 3),
    ("blx r3", "9847", (M0PLUS, M3, M4), 2),
    ("mov pc, r3", "9f46", (M0,), 3),
    ("mov pc, r3", "9f46", (M0PLUS, M3, M4), 2),
    ("pop {r3-r7, pc}", "f8bd", (M0,), 4 + 6),
    ("pop {r3-r7, pc}", "f8bd", (M0PLUS,), 3 + 6),
    ("pop {r3-r7, pc}", "f8bd", LARGE, 1 + 6 + 2),
    ("ldr pc, [r0]", "d0f800f0", LARGE, 2 + 2),
    ("tbb [pc, r0]", "dfe800f0", LARGE, 6),
    ("tbh [pc, r0, lsl #1]", "dfe810f0", LARGE, 6),
    # Floating point.
    ("vadd.f32 s4, s5, s6", "32ee832a", (M4,), 1),
    ("vmul.f32 s0, s1, s2", "20ee810a", (M4,), 1),
    ("vcvt.s32.f32 s0, s1", "bdeee00a", (M4,), 1),
    ("vmla.f32 s0, s1, s2", "00ee810a", (M4,), 3),
    ("vfma.f32 s0, s1, s2", "a0ee810a", (M4,), 3),
    ("vdiv.f32 s14, s0, s1", "80ee207a", (M4,), 14),
    ("vsqrt.f32 s0, s1", "b1eee00a", (M4,), 14),
    ("vadd.f32 s14, s0, s1; vadd.f32 s14, s14, s1", "30ee207a 37ee207a", (M4,), 1 + 2),
    ("vmul.f32 s0, s1, s2; vadd.f32 s4, s5, s6", "20ee810a 32ee832a", (M4,), 1 + 1),
]
CASES = [
    pytest.param(code, core, cycles, id=f"{text} on {core}")
    for text, code, cores, cycles in RULES
    for core in cores
]


@pytest.mark.parametrize(("code", "core", "cycles"), CASES)
def test_rule(code: str, core: str, cycles: int) -> None:
    model = CycleModel(core)
    block = model.block(bytes.fromhex(code), 0x08000000)
    assert block.cycles(None, 0, model.timing) == cycles


@pytest.mark.parametrize("code", ["fed0", "08b1"], ids=["beq", "cbz r0"])
def test_conditional_branch_costs_by_edge(code: str) -> None:
    model = CycleModel(M4)
    block = model.block(bytes.fromhex(code), 0x08000000)
    assert block.cycles(None, 0x08000002, model.timing) == 1
    assert block.cycles(None, 0x08000100, model.timing) == 2


def test_branch_to_an_unaligned_wide_instruction() -> None:
    model = CycleModel(M4)
    block = model.block(bytes.fromhex("7ee0"), 0x08000000)  # b 0x08000100
    wide = model.block(bytes.fromhex("00fb0123"), 0x08000102)
    aligned = model.block(bytes.fromhex("00fb0123"), 0x08000100)
    assert block.cycles(wide, 0x08000102, model.timing) == 3
    assert block.cycles(aligned, 0x08000100, model.timing) == 2


def test_code_that_is_none() -> None:
    with pytest.raises(InternalError, match="cannot be decoded"):
        CycleModel(M4).block(b"\x00\x68\xff", 0x08000000)


def test_core_without_model() -> None:
    with pytest.raises(UsageError, match="no cycle model of cortex-m55"):
        CycleModel("cortex-m55")
