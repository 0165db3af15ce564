# SPDX-License-Identifier: MIT
"""After boot the two pins belong to the UART: registers as the reference manuals number them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.firmware.building import build, needs_gcc
from tests.firmware.tiny_model import make_model

from thumbling.boards import Board, load_board

pytest.importorskip("unicorn", reason="Unicorn is not installed: pip install 'thumbling[emulator]'")
pytest.importorskip(
    "capstone", reason="Capstone is not installed: pip install 'thumbling[emulator]'"
)

from thumbling_hil.emulator.machine import Machine, MachineSpec
from thumbling_hil.emulator.symbols import Image

# PA2, PA3: bits 4 to 7 of the fields of two bits, 8 to 15 of the fields of four.
REGISTERS = {
    # RM0091: RCC_AHBENR, RCC_APB1ENR, GPIOA MODER, PUPDR, AFRL (AF1).
    "nucleo_f072rb": [
        (0x40021014, 1 << 17, 1 << 17),
        (0x4002101C, 1 << 17, 1 << 17),
        (0x48000000, 0xF0, 0xA0),
        (0x4800000C, 0xF0, 0x50),
        (0x48000020, 0xFF00, 0x1100),
    ],
    # RM0008: RCC_APB2ENR, RCC_APB1ENR, GPIOA CRL (AF output, pulled input), BSRR (both high).
    "nucleo_f103rb": [
        (0x40021018, 1 << 2, 1 << 2),
        (0x4002101C, 1 << 17, 1 << 17),
        (0x40010800, 0xFF00, 0x8900),
        (0x40010810, 1 << 3, 1 << 3),
    ],
    # RM0368: RCC_AHB1ENR, RCC_APB1ENR, GPIOA MODER, PUPDR, AFRL (AF7).
    "nucleo_f401re": [
        (0x40023830, 1, 1),
        (0x40023840, 1 << 17, 1 << 17),
        (0x40020000, 0xF0, 0xA0),
        (0x4002000C, 0xF0, 0x50),
        (0x40020020, 0xFF00, 0x7700),
    ],
    # RM0444: RCC_IOPENR, RCC_APBENR1, GPIOA MODER, PUPDR, AFRL (AF1).
    "nucleo_g071rb": [
        (0x40021034, 1, 1),
        (0x4002103C, 1 << 17, 1 << 17),
        (0x50000000, 0xF0, 0xA0),
        (0x5000000C, 0xF0, 0x50),
        (0x50000020, 0xFF00, 0x1100),
    ],
}


def _booted(elf: Path, board: Board) -> Machine:
    spec = MachineSpec(
        core=board.core,
        fpu=board.fpu,
        flash=(board.flash_origin, board.flash_bytes),
        ram=(board.ram_origin, board.ram_bytes),
        uart_kind=board.uart.kind,
        uart_base=board.uart.base,
    )
    machine = Machine(Image(elf), spec)
    machine.boot()
    return machine


@needs_gcc
@pytest.mark.parametrize("name", REGISTERS)
def test_pins_belong_to_the_uart(tmp_path: Path, name: str) -> None:
    board = load_board(name)
    machine = _booted(build(make_model(), board, tmp_path, "gcc"), board)
    for address, mask, expected in REGISTERS[name]:
        value = int.from_bytes(machine.uc.mem_read(address, 4), "little")
        assert value & mask == expected, f"0x{address:08X} holds 0x{value:08X}"
