# SPDX-License-Identifier: MIT
"""QEMU runs the ELF; its UART is a socket on this machine."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from pathlib import Path

from thumbling.boards import Board
from thumbling.errors import MissingToolError, TargetError, UsageError
from thumbling_hil.protocol import Identity, Link
from thumbling_hil.targets.socket_stream import SocketStream
from thumbling_hil.targets.target import LinkTarget

_PROGRAM = "qemu-system-arm"
_START_S = 10.0


class QemuTarget(LinkTarget):
    """Firmware in `qemu-system-arm`, on the machine its board names."""

    name = "qemu"

    def __init__(self, elf: Path, board: Board) -> None:
        super().__init__()
        if not board.emulators.qemu:
            raise UsageError(
                f"QEMU has no machine for {board.name}", hint="verify on unicorn or host"
            )
        program = shutil.which(_PROGRAM)
        if program is None:
            raise MissingToolError(
                f"{_PROGRAM} is not on PATH",
                hint="Debian, Ubuntu: apt install qemu-system-arm; macOS: brew install qemu;"
                " Windows: winget install SoftwareFreedomConservancy.QEMU",
            )
        self._program = program
        self._elf = elf
        self._board = board
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None

    def _connect(self) -> tuple[Link, Identity]:
        # We listen and QEMU connects: no port is guessed, and no byte of the banner is lost.
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(_START_S)
            port = server.getsockname()[1]
            self._process = subprocess.Popen(
                self._command(port),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            self._connection = self._accept(server)
        stream = SocketStream(self._connection, "the firmware in QEMU")
        # One request at a time: the emulated UART holds one byte and QEMU waits for it to be read.
        link = Link(stream.send, stream.receive, timeout_s=10.0, where="the firmware in QEMU")
        return link, link.wait_for_banner()

    def _command(self, port: int) -> list[str]:
        uart = ["-serial", "null"] * self._board.emulators.qemu_uart
        return [
            self._program,
            *("-machine", self._board.emulators.qemu, "-kernel", str(self._elf)),
            *("-display", "none", "-monitor", "none", "-nodefaults"),
            # Without nodelay each answer waits 40 ms for an acknowledgement of its first byte.
            *("-chardev", f"socket,id=link,host=127.0.0.1,port={port},nodelay=on"),
            *uart,
            *("-serial", "chardev:link"),
        ]

    def _accept(self, server: socket.socket) -> socket.socket:
        assert self._process is not None
        deadline = time.monotonic() + _START_S
        server.settimeout(0.2)
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(TimeoutError):
                return server.accept()[0]
        self._process.kill()
        text = self._process.communicate()[1].decode("utf-8", "replace").strip()
        raise TargetError(f"QEMU does not start: {text or 'no message'}")

    def _release(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
