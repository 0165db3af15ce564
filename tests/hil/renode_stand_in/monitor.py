# SPDX-License-Identifier: MIT
"""Keywords of Renode for the stand-in: the monitor's commands that our files use, on Unicorn.

As strict as the monitor is: an unknown command, variable or file fails the keyword, and a path ends
at the first space that is not escaped. And as the real one is, seen on 1.16.1 and its successor:
the external `host` is there from the beginning, bytes that come before the UART is enabled are
lost, later ones arrive at the baud rate that follows from the UART's `frequency`, and while the
firmware polls for them a second of the chip costs the host 20 s at the 100 MIPS of a core.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from pathlib import Path

from thumbling.boards import Board, all_boards
from thumbling.errors import VerificationError
from thumbling_hil.emulator.process import UnicornProcess

__all__ = [
    "execute_command",
    "reset_emulation",
    "setup",
    "start_emulation",
    "teardown",
    "test_teardown",
]

_TOKEN = re.compile(
    r"""\s+|(?P<comment>[#:].*)|(?P<variable>\$[A-Za-z_][\w.]*)|(?P<string>"[^"]*")
    |(?P<path>@(?:\\[ ]|[^\s;])+)|(?P<operator>\?=|=)|(?P<split>;)|(?P<word>[\w.-]+)""",
    re.VERBOSE,
)
_USING = re.compile(r'^using "platforms/cpus/(\w+)\.repl"$', re.MULTILINE)
_BOOT_S = 0.3  # from the first byte sent: time enough for a firmware to enable its UART
_POLLING = 5e6  # instructions a second that the host emulates of a core that polls
_BITS = 10  # of a byte on the wire


class _Emulation:
    """One machine, as far as it is described."""

    def __init__(self) -> None:
        self.variables: dict[str, str] = {}
        self.machine = ""
        self.externals = {"host"}
        self.board: Board | None = None
        self.host_s_per_byte = 0.0
        self.elf: Path | None = None
        self.server: socket.socket | None = None
        self.connected = False
        self.halted = False
        self.process: UnicornProcess | None = None

    def execute(self, command: str) -> str:
        return "".join([self._one(words) for words in _commands(command)])

    def _one(self, words: list[tuple[str, str]]) -> str:
        if words[0][0] == "variable":
            (_, name), (_, operator), (_, value) = words
            if operator == "=" or name not in self.variables:
                self.variables[name] = value
            return ""
        values = [self.variables[text] if kind == "variable" else text for kind, text in words]
        match values:
            case ["include", path]:
                for line in Path(path).read_text(encoding="utf-8").splitlines():
                    self.execute(line)
            case ["mach", "create", name]:
                self.machine = name
            case ["machine", "LoadPlatformDescription", path] if self.machine:
                text = Path(path).read_text(encoding="utf-8")
                self.board = _board(path, text)
                self.host_s_per_byte = _host_s_per_byte(self.board, text)
            case ["sysbus", "LoadELF", path] if self.board:
                self.elf = Path(path).resolve(strict=True)
            case ["emulation", "CreateServerSocketTerminal", port, name, "false"]:
                assert name not in self.externals, "External's name already in use"
                self.server = socket.create_server(("127.0.0.1", int(port)))
                self.externals.add(name)
            case ["connector", "Connect", uart, name] if self.board and name in self.externals:
                assert uart == f"sysbus.{self.board.uart.name.lower()}", uart
                self.connected = True
            case ["cpu", "IsHalted"] if self.process:
                return f"{self.halted}\n"
            case _:
                raise AssertionError(f"No such command or device: {' '.join(values)}")
        return ""

    def start(self) -> None:
        assert self.elf is not None
        assert self.board is not None
        self.process = UnicornProcess(self.elf, self.board)
        try:
            self.process.boot()  # nobody is connected yet: the banner is lost
        except VerificationError:
            self.halted = True
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        assert self.server is not None
        assert self.process is not None
        connection, _ = self.server.accept()
        with connection:
            enabled_at = time.monotonic() + _BOOT_S
            while self.connected and (data := connection.recv(4096)):
                if self.halted or time.monotonic() < enabled_at:
                    continue
                time.sleep(len(data) * self.host_s_per_byte)
                try:
                    connection.sendall(self.process.ask({"do": "exchange"}, data)[1])
                except VerificationError:
                    return

    def close(self) -> None:
        self.connected = False
        if self.process is not None:
            self.process.close()
        if self.server is not None:
            self.server.close()


def _commands(text: str) -> list[list[tuple[str, str]]]:
    """Commands of one line, each a list of (kind, text)."""
    commands: list[list[tuple[str, str]]] = [[]]
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        assert found is not None, f"cannot be read: {text[at:]}"
        at = found.end()
        kind = found.lastgroup
        if kind == "split":
            commands.append([])
        elif kind == "path":
            commands[-1].append((kind, found[0][1:].replace("\\ ", " ")))
        elif kind is not None and kind != "comment":
            commands[-1].append((kind, found[0].strip('"')))
    return [words for words in commands if words]


def _board(repl: str, text: str) -> Board:
    cpu = _USING.search(text)
    assert cpu is not None, f"{repl} uses no CPU file"
    boards = [board for board in all_boards() if board.emulators.renode == cpu[1]]
    assert boards, (
        "Could not execute command 'include @firmware.resc':\n"
        f"Error E36: Using 'platforms/cpus/{cpu[1]}.repl' does not exist.\nAt {repl}:3:7:"
    )
    return boards[0]


def _host_s_per_byte(board: Board, text: str) -> float:
    """Seconds for which the host emulates polling until the chip has received one byte."""
    frequency = _value(text, board.uart.name.lower(), "frequency", 8_000_000)
    mips = _value(text, "cpu", "PerformanceInMips", 100)
    baud = board.uart.baud * frequency / board.uart_clock_hz
    return _BITS / baud * mips * 1e6 / _POLLING


def _value(text: str, device: str, key: str, default: int) -> int:
    found = re.search(rf"^{device}:\n(?: +.*\n)* +{key}: (\d+)$", text, re.MULTILINE)
    return default if found is None else int(found[1])


_emulation = _Emulation()


def execute_command(command: str) -> str:
    """One line of the monitor; what it prints."""
    return _emulation.execute(command)


def start_emulation() -> None:
    """Let the machine run."""
    _emulation.start()


def reset_emulation() -> None:
    """Forget all machines."""
    global _emulation
    _emulation.close()
    _emulation = _Emulation()


def setup() -> None:
    """Suite setup where a suite has none."""
    reset_emulation()


def teardown() -> None:
    """Suite teardown where a suite has none."""


def test_teardown() -> None:
    """Test teardown where a test has none."""
    reset_emulation()
