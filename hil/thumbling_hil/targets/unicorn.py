# SPDX-License-Identifier: MIT
"""The embedded default: Unicorn runs the real ELF in a child process."""

from __future__ import annotations

from pathlib import Path

from thumbling.boards import Board
from thumbling.errors import UsageError
from thumbling_hil.emulator.process import UnicornProcess, require_unicorn
from thumbling_hil.protocol import Identity, Link
from thumbling_hil.targets.target import LinkTarget

_WINDOW = 128


class UnicornTarget(LinkTarget):
    """Firmware on the emulated chip, spoken to over its emulated UART."""

    name = "unicorn"

    def __init__(self, elf: Path, board: Board) -> None:
        super().__init__()
        if not board.emulators.unicorn:
            raise UsageError(
                f"Unicorn does not emulate {board.name}",
                hint="verify on host, or on the board itself: --on serial --port PORT",
            )
        require_unicorn()
        self._elf = elf
        self._board = board
        self._process: UnicornProcess | None = None
        self._received = b""

    def _connect(self) -> tuple[Link, Identity]:
        self._process = UnicornProcess(self._elf, self._board)
        self._received = self._process.boot()
        # The machine runs inside `send`, so an answer is there at once or never.
        link = Link(
            self._send,
            self._receive,
            timeout_s=0.2,
            window=_WINDOW,
            where="the firmware in Unicorn",
        )
        return link, link.wait_for_banner()

    def _release(self) -> None:
        if self._process is not None:
            self._process.close()
            self._process = None

    def _send(self, data: bytes) -> None:
        assert self._process is not None
        self._received += self._process.ask({"do": "exchange"}, data)[1]

    def _receive(self, seconds: float) -> bytes:
        data, self._received = self._received, b""
        return data
