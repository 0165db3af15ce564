# SPDX-License-Identifier: MIT
"""Static cycle costs of Thumb code for in-order cores, one basic block at a time.

What differs by core is in `thumbling.targets`. Memory without wait states is assumed; hazards are
followed inside a block. A division takes 2 to 12 cycles, depending on its operands; the model
takes 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import capstone
from capstone import arm

from thumbling.errors import InternalError, UsageError
from thumbling.targets import CORES, Timing

_LOADS = {"ldr", "ldrb", "ldrh", "ldrsb", "ldrsh"}
_STORES = {"str", "strb", "strh"}
_MULTIPLE = {"ldm", "ldmdb", "stm", "stmdb", "push", "pop", "ldrd", "strd"}
_VECTOR_MEMORY = {"vldr", "vstr", "vldmia", "vldmdb", "vstmia", "vstmdb", "vpush", "vpop"}
_MULTIPLY_ADD = {"mla", "mls"}
_LONG_MULTIPLY = {"smull", "umull"}
_LONG_MULTIPLY_ADD = {"smlal", "umlal"}
_DIVIDE = {"sdiv", "udiv"}
_FP_FUSED = {"vmla", "vmls", "vnmla", "vnmls", "vfma", "vfms", "vfnma", "vfnms"}
_FP_LONG = {"vdiv", "vsqrt"}
_TABLE_BRANCH = {"tbb", "tbh"}
_BARRIERS = {"dmb", "dsb", "isb", "mrs", "msr"}
_COMPARE_BRANCH = {"cbz", "cbnz"}
_DIVIDE_CYCLES = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockCost:
    """Cost of one basic block, by how it is left."""

    instructions: int
    end: int
    """Address after the block: the next block starts there when no branch was taken."""
    cycles_fall: int
    cycles_taken: int
    conditional: bool
    starts_unaligned: bool
    """The block starts with a 32-bit instruction that is not word-aligned."""

    def cycles(self, follower: BlockCost | None, follower_address: int, timing: Timing) -> int:
        """Cycles of one pass that went on to `follower`; `None` where it left the function."""
        if self.conditional and follower_address == self.end:
            return self.cycles_fall
        unaligned = follower is not None and follower.starts_unaligned
        left_by_branch = follower_address != self.end or self.cycles_taken != self.cycles_fall
        penalty = timing.align_penalty if unaligned and left_by_branch else 0
        return self.cycles_taken + penalty


class CycleModel:
    """Decodes blocks of code for one core."""

    def __init__(self, core: str) -> None:
        if core not in CORES:
            raise UsageError(
                f"there is no cycle model of {core}",
                hint=f"there is one of {', '.join(sorted(CORES))}",
            )
        self.timing = CORES[core].timing
        self._decoder = capstone.Cs(
            capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS
        )
        self._decoder.detail = True

    def block(self, code: bytes, address: int) -> BlockCost:
        """Cost of the basic block `code`, whose last instruction may branch."""
        instructions = list(self._decoder.disasm(code, address))
        if sum(i.size for i in instructions) != len(code) or not instructions:
            raise InternalError(f"the block at 0x{address:08X} cannot be decoded: {code.hex()}")
        cycles = 0
        previous = None
        for instruction in instructions[:-1]:
            cycles += self._cycles(instruction, previous)
            previous = instruction
        last = instructions[-1]
        taken = self._taken(last)
        straight = self._cycles(last, previous)
        conditional = last.insn_name() in _COMPARE_BRANCH or last.cc not in (
            arm.ARM_CC_AL,
            arm.ARM_CC_INVALID,
        )
        first = instructions[0]
        return BlockCost(
            instructions=len(instructions),
            end=address + len(code),
            cycles_fall=cycles + (1 if taken is not None else straight),
            cycles_taken=cycles + (straight if taken is None else taken),
            conditional=conditional,
            starts_unaligned=first.size == 4 and address % 4 == 2,
        )

    def _taken(self, instruction: Any) -> int | None:
        """Cycles of a taken branch; nothing for an instruction that cannot branch."""
        name = instruction.insn_name()
        if name in _TABLE_BRANCH:
            return 6
        if name == "bl":
            return self.timing.branch_link
        if name in ("bx", "blx"):
            return self.timing.branch_register
        if name == "b" or name in _COMPARE_BRANCH:
            return self.timing.branch
        if arm.ARM_REG_PC not in instruction.regs_access()[1]:
            return None
        if name in ("pop", "ldm", "ldmdb"):
            return 1 + _words(instruction) + self.timing.pop_pc_extra
        return (2 if name in _LOADS else 0) + self.timing.branch_register

    def _cycles(self, instruction: Any, previous: Any) -> int:
        """Cycles of an instruction that does not branch, after `previous` of the same block."""
        name = instruction.insn_name()
        if name in _BARRIERS:
            return self.timing.barrier
        if name in _MULTIPLE or name in _VECTOR_MEMORY:
            return 1 + _words(instruction) + self._address_wait(instruction, previous)
        if name in _LOADS or name in _STORES:
            if not self.timing.pipelined:
                return 2
            return self._memory(instruction, previous) + self._address_wait(instruction, previous)
        return self._arithmetic(name) + _fp_wait(instruction, previous)

    def _memory(self, instruction: Any, previous: Any) -> int:
        if instruction.insn_name() in _STORES:
            return 2 if _memory_operand(instruction).index else 1
        if previous is None:
            return 2
        if previous.insn_name() in _STORES:
            return 3
        if previous.insn_name() not in _LOADS:
            return 2
        depends = _address_registers(instruction) & set(previous.regs_access()[1])
        apart = not depends and not instruction.writeback and not previous.writeback
        return 1 if apart else 2

    def _address_wait(self, instruction: Any, previous: Any) -> int:
        """M3, M4: an address register written by the ALU just before is one cycle late."""
        if previous is None or not self.timing.pipelined:
            return 0
        if previous.insn_name() in _LOADS | _STORES | _MULTIPLE | _VECTOR_MEMORY:
            return 0
        return int(bool(_address_registers(instruction) & set(previous.regs_access()[1])))

    def _arithmetic(self, name: str) -> int:
        if name in _MULTIPLY_ADD:
            return self.timing.multiply_add
        if name in _LONG_MULTIPLY:
            return self.timing.long_multiply
        if name in _LONG_MULTIPLY_ADD:
            return self.timing.long_multiply_add
        if name in _DIVIDE:
            return _DIVIDE_CYCLES
        if name in _FP_FUSED:
            return 3
        return 14 if name in _FP_LONG else 1


def _fp_wait(instruction: Any, previous: Any) -> int:
    """A floating-point result used by the very next instruction is one cycle late."""
    if previous is None or not instruction.insn_name().startswith("v"):
        return 0
    name = previous.insn_name()
    if not name.startswith("v") or name in _VECTOR_MEMORY:
        return 0
    return int(bool(set(instruction.regs_access()[0]) & set(previous.regs_access()[1])))


def _memory_operand(instruction: Any) -> Any:
    return next(o.mem for o in instruction.operands if o.type == arm.ARM_OP_MEM)


def _address_registers(instruction: Any) -> set[int]:
    """Base and index; of a load or store multiple its base. The stack pointer is never late."""
    for operand in instruction.operands:
        if operand.type == arm.ARM_OP_MEM:
            return {operand.mem.base, operand.mem.index} - {0, arm.ARM_REG_SP}
    name = instruction.insn_name()
    if name in ("push", "pop", "vpush", "vpop"):
        return set()
    return {instruction.operands[0].reg} - {arm.ARM_REG_SP}


def _words(instruction: Any) -> int:
    """How many words a load or store multiple moves."""
    name = instruction.insn_name()
    if name in ("ldrd", "strd"):
        return 2
    registers = [o for o in instruction.operands if o.type == arm.ARM_OP_REG]
    if name not in ("push", "pop", "vpush", "vpop", "vldr", "vstr"):
        registers = registers[1:]
    return sum(2 if instruction.reg_name(o.reg).startswith("d") else 1 for o in registers)
