# SPDX-License-Identifier: MIT
"""Keywords of Renode for the stand-in: the monitor's commands that our files use, on Unicorn.

As strict as the monitor is: an unknown command, variable or file fails the keyword, and a path ends
at the first space that is not escaped.
"""

from __future__ import annotations

import re
import socket
import threading
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


class _Emulation:
    """One machine, as far as it is described."""

    def __init__(self) -> None:
        self.variables: dict[str, str] = {}
        self.machine = ""
        self.board: Board | None = None
        self.elf: Path | None = None
        self.server: socket.socket | None = None
        self.terminal = ""
        self.connected = False
        self.process: UnicornProcess | None = None

    def execute(self, command: str) -> None:
        for words in _commands(command):
            self._one(words)

    def _one(self, words: list[tuple[str, str]]) -> None:
        if words[0][0] == "variable":
            (_, name), (_, operator), (_, value) = words
            if operator == "=" or name not in self.variables:
                self.variables[name] = value
            return
        values = [self.variables[text] if kind == "variable" else text for kind, text in words]
        match values:
            case ["include", path]:
                for line in Path(path).read_text(encoding="utf-8").splitlines():
                    self.execute(line)
            case ["mach", "create", name]:
                self.machine = name
            case ["machine", "LoadPlatformDescription", path] if self.machine:
                self.board = _board(Path(path))
            case ["sysbus", "LoadELF", path] if self.board:
                self.elf = Path(path).resolve(strict=True)
            case ["emulation", "CreateServerSocketTerminal", port, name, "false"]:
                self.server = socket.create_server(("127.0.0.1", int(port)))
                self.terminal = name
            case ["connector", "Connect", uart, name] if self.board and name == self.terminal:
                assert uart == f"sysbus.{self.board.uart.name.lower()}", uart
                self.connected = True
            case _:
                raise AssertionError(f"No such command or device: {' '.join(values)}")

    def start(self) -> None:
        assert self.elf is not None
        assert self.board is not None
        self.process = UnicornProcess(self.elf, self.board)
        self.process.boot()  # nobody is connected yet: the banner is lost
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        assert self.server is not None
        assert self.process is not None
        connection, _ = self.server.accept()
        with connection:
            while self.connected and (data := connection.recv(4096)):
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


def _board(repl: Path) -> Board:
    cpu = _USING.search(repl.read_text(encoding="utf-8"))
    assert cpu is not None, f"{repl} uses no CPU file"
    return next(board for board in all_boards() if board.emulators.renode == cpu[1])


_emulation = _Emulation()


def execute_command(command: str) -> None:
    """One line of the monitor."""
    _emulation.execute(command)


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
