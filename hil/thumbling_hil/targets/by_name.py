# SPDX-License-Identifier: MIT
"""Opens a target by its name on the command line."""

from __future__ import annotations

from pathlib import Path

from thumbling import options
from thumbling.boards import Board
from thumbling.errors import UsageError
from thumbling_hil.targets.qemu import QemuTarget
from thumbling_hil.targets.renode import RenodeTarget
from thumbling_hil.targets.serial_port import SerialTarget
from thumbling_hil.targets.target import Target
from thumbling_hil.targets.unicorn import UnicornTarget

# The host runs the model's C, not its firmware.
TARGETS = tuple(name for name in options.TARGETS if name != "host")


def open_target(on: str, elf: Path, board: Board, port: str | None = None) -> Target:
    """The target named `on`, not opened yet: use it in a `with` block.

    `port` is the serial port of `on="serial"`. Raises `UsageError` for an unknown name and
    `MissingToolError` where the emulator is not installed.
    """
    match on:
        case "unicorn":
            return UnicornTarget(elf, board)
        case "qemu":
            return QemuTarget(elf, board)
        case "renode":
            return RenodeTarget(elf, board)
        case "serial":
            return SerialTarget(port, baud=board.uart.baud)
    raise UsageError(
        f'"{on}" is no target that runs firmware', hint=f"known targets: {', '.join(TARGETS)}"
    )
