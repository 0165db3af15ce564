# SPDX-License-Identifier: MIT
"""Runs one function of the image again and again, counting blocks and painting the stack.

The child process's half of `thumbling_hil.cost`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from unicorn import UC_HOOK_BLOCK, arm_const

from thumbling.errors import VerificationError
from thumbling_hil.emulator.cycle_model import BlockCost, CycleModel
from thumbling_hil.emulator.machine import Machine

_PAINT = bytes.fromhex("a5c35a3c")
_LEFT = 0
"""Stands for "outside": where a function is entered from and returns to."""


def _aligned(n_bytes: int) -> int:
    """8 is the strictest alignment of any C type here."""
    return -(-n_bytes // 8) * 8


class _Caller:
    """Calls one function on inputs in a scratch region, on an aligned stack."""

    def __init__(
        self,
        machine: Machine,
        symbol: str,
        in_bytes: int,
        out_bytes: int,
        *,
        offsets: Sequence[int],
        state_bytes: int,
    ) -> None:
        self._machine = machine
        self._address = machine.image.function_address(symbol)
        self._sp = arm_const.UC_ARM_REG_SP
        self._out_bytes, self._state_bytes = out_bytes, state_bytes
        size = _aligned(in_bytes) + _aligned(out_bytes) + state_bytes
        self._x = machine.map_scratch(size)
        self._out = self._x + _aligned(in_bytes)
        self._state = self._out + _aligned(out_bytes)
        kept = [self._state] if state_bytes else []
        self._arguments = [*kept, *(self._x + offset for offset in offsets), self._out]
        self.stack_top = machine.uc.reg_read(self._sp) & ~7

    @property
    def state(self) -> bytes:
        """What is kept for the next call."""
        return bytes(self._machine.uc.mem_read(self._state, self._state_bytes))

    @state.setter
    def state(self, value: bytes) -> None:
        self._machine.uc.mem_write(self._state, value)

    def reset(self, symbol: str) -> None:
        """Begin anew with the function `symbol`."""
        self._machine.uc.reg_write(self._sp, self.stack_top)
        self._machine.call(self._machine.image.function_address(symbol), self._state)

    def __call__(self, x: bytes) -> tuple[int, bytes]:
        uc = self._machine.uc
        uc.mem_write(self._x, x)
        uc.mem_write(self._out, bytes(self._out_bytes))
        uc.reg_write(self._sp, self.stack_top)
        status = self._machine.call(self._address, *self._arguments)
        return status, bytes(uc.mem_read(self._out, self._out_bytes))


class _BlockCounter:
    """Counts which block followed which during one call."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._model = CycleModel(machine.spec.core)
        self._blocks: dict[tuple[int, int], BlockCost] = {}
        self._edges: defaultdict[tuple[int, int], int] = defaultdict(int)
        self._sizes: dict[int, int] = {}
        self._previous = _LEFT

    def on_block(self, uc: Any, address: int, size: int, _: Any) -> None:
        """Unicorn calls this at the start of each basic block."""
        self._edges[self._previous, address] += 1
        self._sizes[address] = size
        self._previous = address

    def totals(self) -> tuple[int, int]:
        """Instructions and cycles since the last call; starts anew."""
        self._edges[self._previous, _LEFT] += 1
        instructions = cycles = 0
        for (source, target), count in self._edges.items():
            if source == _LEFT:
                continue
            block = self._block(source)
            follower = None if target == _LEFT else self._block(target)
            instructions += count * block.instructions
            cycles += count * block.cycles(follower, target, self._model.timing)
        self._edges.clear()
        self._previous = _LEFT
        return instructions, cycles

    def _block(self, address: int) -> Any:
        key = (address, self._sizes[address])
        if key not in self._blocks:
            code = bytes(self._machine.uc.mem_read(address, key[1]))
            self._blocks[key] = self._model.block(code, address)
        return self._blocks[key]


def measure(
    machine: Machine,
    symbol: str,
    inputs: bytes,
    in_bytes: int,
    out_bytes: int,
    *,
    counted: int | None = None,
    offsets: Sequence[int] = (0,),
    state_bytes: int = 0,
    reset: str = "",
) -> tuple[dict[str, Any], bytes]:
    """What `measure_cost` asks of the child process: figures as JSON, outputs as bytes.

    Every input is called once for its output and the stack; the first `counted` of them, or all,
    once more, with the state that it met, for instructions and cycles.
    """
    uc = machine.uc
    idle = uc.context_save()
    call = _Caller(machine, symbol, in_bytes, out_bytes, offsets=offsets, state_bytes=state_bytes)
    if reset:
        call.reset(reset)
    rows = [inputs[i : i + in_bytes] for i in range(0, len(inputs), in_bytes)]
    floor = _paint(machine, call.stack_top)
    states, answers = [], []
    for x in rows:
        states.append(call.state)
        answers.append(call(x))
    stack = _painted_over(machine, floor, call.stack_top)
    counter = _BlockCounter(machine)
    hook = uc.hook_add(UC_HOOK_BLOCK, counter.on_block)
    # Blocks translated before the hook was there would run uncounted.
    uc.ctl_flush_tb()
    counts = []
    for x, state, answer in list(zip(rows, states, answers, strict=True))[:counted]:
        call.state = state
        if call(x) != answer:
            raise VerificationError(f"{symbol} gave two answers to one input: it keeps state")
        counts.append(counter.totals())
    uc.hook_del(hook)
    uc.ctl_flush_tb()
    uc.context_restore(idle)
    figures = {
        "instructions": [c[0] for c in counts],
        "cycles": [c[1] for c in counts],
        "stack_bytes": stack,
        "statuses": [a[0] for a in answers],
    }
    return figures, b"".join(a[1] for a in answers)


def _paint(machine: Machine, top: int) -> int:
    """Fill the free stack below `top` with a pattern; the lowest painted address."""
    floor = machine.spec.ram[0]
    for start, end in machine.image.sections:
        if floor <= start < top:
            # A section around the stack pointer is the stack itself.
            floor = max(floor, start if end >= top else end)
    floor = -(-floor // 4) * 4
    machine.uc.mem_write(floor, _PAINT * ((top - floor) // 4))
    return floor


def _painted_over(machine: Machine, floor: int, top: int) -> int:
    """Bytes from the lowest word that lost its paint up to `top`."""
    data = bytes(machine.uc.mem_read(floor, top - floor))
    for at in range(0, len(data), 4):
        if data[at : at + 4] != _PAINT:
            return len(data) - at
    return 0
