# SPDX-License-Identifier: MIT
"""Renode runs the ELF; its UART is a TCP port on this machine.

Renode ends with code 0 whatever happens, so nothing is judged by that: the answers on the UART
are. `check_banner` runs the Robot test instead, which needs `renode-test`.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from thumbling.boards import Board
from thumbling.errors import MissingToolError, UsageError, VerificationError
from thumbling_hil.protocol import Identity, Link
from thumbling_hil.qemu_target import SocketStream
from thumbling_hil.target import LinkTarget

SETTING = "THUMBLING_RENODE"
_FILES = Path(__file__).parent / "renode"
_START_S = 60.0
_WHERE = "the firmware in Renode"


def find_renode(program: str) -> str:
    """Path of `renode` or `renode-test`: in the folder THUMBLING_RENODE names, else on PATH."""
    folder = os.environ.get(SETTING)
    path = shutil.which(program, path=folder) if folder else shutil.which(program)
    if path is None:
        looked = f"in {folder} ({SETTING})" if folder else "on PATH"
        raise MissingToolError(
            f"{program} is not {looked}",
            hint="download the portable release 1.16 or newer from renode.io, unpack it, and put"
            f" its folder on PATH or into {SETTING}",
        )
    return path


def platform_file(board: Board) -> Path:
    """Our offline variant of the board's CPU file; `UsageError` where there is none."""
    path = _FILES / f"{board.emulators.renode}.repl"
    if not board.emulators.renode or not path.is_file():
        raise UsageError(
            f"there is no Renode platform for {board.name}", hint="verify on unicorn or host"
        )
    return path


def check_banner(elf: Path, board: Board, results: Path) -> None:
    """Run `banner.robot` on `elf`; its reports go to `results`. Raises `VerificationError`."""
    command = [
        find_renode("renode-test"),
        str(_FILES / "banner.robot"),
        *("-r", str(results)),
        *("--variable", f"ELF:{elf.resolve()}"),
        *("--variable", f"REPL:{platform_file(board)}"),
        *("--variable", f"UART:sysbus.{board.uart.name.lower()}"),
    ]
    try:
        result = subprocess.run(
            command, capture_output=True, text=True, timeout=10 * _START_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise VerificationError("renode-test did not end") from error
    if result.returncode != 0:
        raise VerificationError(f"renode-test failed:\n{result.stdout.strip()[-2000:]}")


class RenodeTarget(LinkTarget):
    """Firmware in Renode, on the platform its board names."""

    def __init__(self, elf: Path, board: Board) -> None:
        super().__init__()
        self._platform = platform_file(board)
        self._program = find_renode("renode")
        self._elf = elf
        self._uart = board.uart.name.lower()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def _connect(self) -> tuple[Link, Identity]:
        self._folder = tempfile.TemporaryDirectory(prefix="thumbling-renode-")
        folder = Path(self._folder.name)
        # Copies under fixed names: the monitor's commands cannot quote a path with spaces.
        shutil.copyfile(self._elf, folder / "firmware.elf")
        shutil.copyfile(self._platform, folder / "chip.repl")
        port = _free_port()
        self._process = subprocess.Popen(
            [self._program, "--disable-gui", "--plain", "-e", self._commands(port)],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._connection = self._await_port(port)
        stream = SocketStream(self._connection, _WHERE)
        link = Link(stream.send, stream.receive, timeout_s=30.0, where=_WHERE)
        # The banner may be gone before we are connected: ask instead of waiting for it.
        return link, link.identify()

    def _commands(self, port: int) -> str:
        return "; ".join(
            (
                'mach create "chip"',
                "machine LoadPlatformDescription @chip.repl",
                "sysbus LoadELF @firmware.elf",
                f'emulation CreateServerSocketTerminal {port} "host" false',
                f"connector Connect sysbus.{self._uart} host",
                "start",
            )
        )

    def _await_port(self, port: int) -> socket.socket:
        assert self._process is not None
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=1.0)
            except OSError:
                time.sleep(0.1)
        raise VerificationError(
            f"Renode opened no port for the UART within {_START_S:g} s",
            hint="start it by hand with firmware.resc to see what it says",
        )

    def _release(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
