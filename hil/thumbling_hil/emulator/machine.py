# SPDX-License-Identifier: MIT
"""A microcontroller in Unicorn: memories, a polled UART, and peripherals that read as written.

The firmware's own ELF boots from its vector table. When it has polled an empty receive register
`IDLE_POLLS` times in a row it is waiting for the host, and `exchange` gives control back: request
and answer need neither threads nor clocks.
"""

from __future__ import annotations

import struct
from collections import deque
from dataclasses import dataclass
from typing import Any

import unicorn as _untyped_unicorn
from unicorn import arm_const

from thumbling.errors import UsageError, VerificationError
from thumbling.targets import CORES
from thumbling_hil.emulator.instruction_lint import refuse_foreign_instructions
from thumbling_hil.emulator.symbols import Image

# The package ships incomplete type hints.
unicorn: Any = _untyped_unicorn

IDLE_POLLS = 64
PAGE = 0x1000
SCRATCH = 0x70000000
"""A region no Cortex-M maps memory in: arguments and results of functions called directly."""
_RETURN = 0x7FFF0000

_ARGUMENTS = (
    *(arm_const.UC_ARM_REG_R0, arm_const.UC_ARM_REG_R1),
    *(arm_const.UC_ARM_REG_R2, arm_const.UC_ARM_REG_R3),
)
# Peripherals and the private peripheral bus become memory where the firmware touches them.
_PERIPHERALS = ((0x40000000, 0x60000000), (0xE0000000, 0xE0100000))

_CPACR = 0xE000ED88
_CP10_CP11 = 0xF << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class UartRegisters:
    """Offsets and bits of one UART family; `None` where it has no such register."""

    status: int
    receive: int
    transmit: int
    idle: int
    """Status when nothing has arrived: the transmitter is always ready."""
    ready: int
    """Status when a byte can be read."""


UARTS = {
    # STM32F1/F2/F4: SR (TXE 7, TC 6, RXNE 5), DR for both directions.
    "usart_v1": UartRegisters(status=0x00, receive=0x04, transmit=0x04, idle=0xC0, ready=0xE0),
    # STM32F0/F3/F7/G0/H7/L4: ISR (TEACK 21, REACK 22), RDR, TDR.
    "usart_v2": UartRegisters(
        status=0x1C, receive=0x24, transmit=0x28, idle=0x6000C0, ready=0x6000E0
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSpec:
    """What of a board the emulator needs."""

    core: str
    fpu: bool
    flash: tuple[int, int]
    """Origin and bytes."""
    ram: tuple[int, int]
    uart_kind: str
    uart_base: int

    def __post_init__(self) -> None:
        if self.core not in CORES:
            raise UsageError(
                f"Unicorn has no {self.core}", hint=f"it has {', '.join(sorted(CORES))}; try qemu"
            )
        if self.uart_kind not in UARTS:
            raise UsageError(
                f'the Unicorn target has no model of the UART "{self.uart_kind}"',
                hint=f"it has {', '.join(sorted(UARTS))}; verify on host, qemu or serial",
            )


class Machine:
    """One emulated chip with its image loaded; `boot` starts it, or `prepare` and `call`."""

    def __init__(self, image: Image, spec: MachineSpec, *, timeout_s: float = 60.0) -> None:
        self.image = image
        self.spec = spec
        self._timeout_us = int(timeout_s * 1e6)
        self._pages: set[int] = set()
        self._rx: deque[int] = deque()
        self._tx = bytearray()
        self._polls = 0
        self._idle = False
        self._fault = ""
        self._has_scratch = False
        # UC_MODE_MCLASS would silently select the Cortex-M33, whatever the model asked for.
        self.uc: Any = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB)
        self.uc.ctl_set_cpu_model(getattr(arm_const, CORES[spec.core].unicorn_cpu))
        self._map_memories()
        self._map_uart()
        self.uc.hook_add(unicorn.UC_HOOK_MEM_UNMAPPED, self._on_unmapped)
        self.uc.hook_add(unicorn.UC_HOOK_INTR, self._on_exception)

    def boot(self) -> bytes:
        """Reset and run until the firmware waits for input; what it sent meanwhile."""
        stack, entry = self._vector(0), self._vector(4)
        self.uc.reg_write(arm_const.UC_ARM_REG_SP, stack)
        self.uc.reg_write(arm_const.UC_ARM_REG_PC, entry | 1)
        uses_fp = refuse_foreign_instructions(self.image, self.spec.core, fpu=self.spec.fpu)
        sent = self.exchange(b"")
        if uses_fp and not self._fpu_is_on():
            raise VerificationError(
                "the image holds floating-point instructions, but nothing switched the FPU on",
                hint="set CP10 and CP11 in CPACR in the reset handler",
            )
        return sent

    def prepare(self) -> None:
        """Make an image without startup code ready for `call`: the stack begins where RAM ends."""
        refuse_foreign_instructions(self.image, self.spec.core, fpu=self.spec.fpu)
        self.uc.reg_write(arm_const.UC_ARM_REG_SP, sum(self.spec.ram))

    def _fpu_is_on(self) -> bool:
        if _CPACR & ~(PAGE - 1) not in self._pages:
            return False
        value = int.from_bytes(self.uc.mem_read(_CPACR, 4), "little")
        return value & _CP10_CP11 == _CP10_CP11

    def exchange(self, data: bytes) -> bytes:
        """Give the firmware `data`, run it until it waits again, and return what it sent."""
        self._rx.extend(data)
        self._idle = False
        self._polls = 0
        self._run(self.uc.reg_read(arm_const.UC_ARM_REG_PC), until=None)
        if not self._idle:
            raise self._stopped(self._unfinished("wait for input"))
        sent = bytes(self._tx)
        self._tx.clear()
        return sent

    def call(self, address: int, *arguments: int) -> int:
        """Call the C function at `address`; its result in r0, as a signed number.

        What r0 to r3 have no room for goes to the stack (AAPCS32, 6.5: aligned to 8 bytes).
        """
        for register, value in zip(_ARGUMENTS, arguments, strict=False):
            self.uc.reg_write(register, value)
        if rest := arguments[len(_ARGUMENTS) :]:
            top = self.uc.reg_read(arm_const.UC_ARM_REG_SP) - -(-4 * len(rest) // 8) * 8
            self.uc.mem_write(top, struct.pack(f"<{len(rest)}I", *rest))
            self.uc.reg_write(arm_const.UC_ARM_REG_SP, top)
        self.uc.reg_write(arm_const.UC_ARM_REG_LR, _RETURN | 1)
        self._run(address, until=_RETURN)
        if self.uc.reg_read(arm_const.UC_ARM_REG_PC) & ~1 != _RETURN:
            raise self._stopped(self._unfinished("return"))
        result = int(self.uc.reg_read(arm_const.UC_ARM_REG_R0))
        return result - (1 << 32) if result & 0x80000000 else result

    def map_scratch(self, size: int) -> int:
        """Map at least `size` bytes for arguments of `call`, once for all; their address."""
        if self._has_scratch:
            return SCRATCH
        self._has_scratch = True
        rounded = max(PAGE, -(-size // PAGE) * PAGE)
        rw = unicorn.UC_PROT_READ | unicorn.UC_PROT_WRITE
        self.uc.mem_map(SCRATCH, rounded, rw)
        self.uc.mem_map(_RETURN, PAGE, unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC)
        return SCRATCH

    def _map_memories(self) -> None:
        flash, size = self.spec.flash
        readable = unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC
        self.uc.mem_map(flash, -(-size // PAGE) * PAGE, readable)
        ram, size = self.spec.ram
        self.uc.mem_map(ram, -(-size // PAGE) * PAGE, unicorn.UC_PROT_ALL)
        for address, data in self.image.segments:
            try:
                self.uc.mem_write(address, data)
            except unicorn.UcError as error:
                raise VerificationError(
                    f"the image does not fit: {len(data)} bytes at 0x{address:08X} lie outside"
                    " the board's memories",
                    hint="the image was built for another board",
                ) from error

    def _map_uart(self) -> None:
        page = self.spec.uart_base & ~(PAGE - 1)
        self.uc.mmio_map(page, PAGE, self._uart_read, None, self._uart_write, None)
        self._uart = UARTS[self.spec.uart_kind]
        self._uart_offset = self.spec.uart_base - page
        self._uart_page: dict[int, int] = {}

    def _uart_read(self, uc: Any, offset: int, size: int, _: Any) -> int:
        register = offset - self._uart_offset
        if register == self._uart.status:
            if self._rx:
                self._polls = 0
                return self._uart.ready
            self._polls += 1
            if self._polls >= IDLE_POLLS:
                self._idle = True
                uc.emu_stop()
            return self._uart.idle
        if register == self._uart.receive:
            return self._rx.popleft() if self._rx else 0
        return self._uart_page.get(offset, 0)

    def _uart_write(self, uc: Any, offset: int, size: int, value: int, _: Any) -> None:
        if offset - self._uart_offset == self._uart.transmit:
            self._tx.append(value & 0xFF)
            # Status is also polled for room to send; only reading in vain is idling.
            self._polls = 0
        else:
            self._uart_page[offset] = value

    def _on_unmapped(self, uc: Any, access: int, address: int, size: int, v: int, _: Any) -> bool:
        if access == unicorn.UC_MEM_FETCH_UNMAPPED:
            return False
        if not any(low <= address < high for low, high in _PERIPHERALS):
            kind = "write to" if access == unicorn.UC_MEM_WRITE_UNMAPPED else "read of"
            self._fault = f"{kind} unmapped address 0x{address:08X}"
            return False
        for page in {address & ~(PAGE - 1), (address + size - 1) & ~(PAGE - 1)} - self._pages:
            uc.mem_map(page, PAGE, unicorn.UC_PROT_READ | unicorn.UC_PROT_WRITE)
            self._pages.add(page)
        return True

    def _on_exception(self, uc: Any, number: int, _: Any) -> None:
        self._fault = f"exception {number} (undefined instruction, SVC, BKPT or bus fault)"
        uc.emu_stop()

    def _run(self, start: int, *, until: int | None) -> None:
        # An odd address no code can have: run until a hook stops the engine.
        end = 0xFFFFFFFF if until is None else until
        try:
            self.uc.emu_start(start | 1, end, timeout=self._timeout_us)
        except unicorn.UcError as error:
            raise self._stopped(self._fault or str(error)) from error
        if self._fault:
            raise self._stopped(self._fault)

    def _stopped(self, why: str) -> VerificationError:
        pc = self.uc.reg_read(arm_const.UC_ARM_REG_PC) & ~1
        lr = self.uc.reg_read(arm_const.UC_ARM_REG_LR) & ~1
        return VerificationError(
            f"the emulated chip stopped at {self.image.where(pc)}: {why}",
            hint=f"called from {self.image.where(lr)}",
        )

    def _unfinished(self, what: str) -> str:
        if self.uc.query(unicorn.UC_QUERY_TIMEOUT):
            return f"it did not {what} within {self._timeout_us / 1e6:g} s"
        # Only WFI and WFE end a run early, and no interrupt will ever come.
        return f"it sleeps and does not {what}"

    def _vector(self, offset: int) -> int:
        data = self.uc.mem_read(self.vector_table() + offset, 4)
        return int.from_bytes(data, "little")

    def vector_table(self) -> int:
        """Where the vector table stands: a symbol of the image, else the start of flash."""
        for name in ("thb_vectors", "g_pfnVectors", "__isr_vector", "_vectors"):
            if name in self.image.symbols:
                return self.image.symbols[name]
        return self.spec.flash[0]
