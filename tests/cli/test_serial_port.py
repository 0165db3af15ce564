# SPDX-License-Identifier: MIT
"""Boards that do not answer, talk nonsense or lose their cable, on a pseudo-terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import COMMAND, Done

pytest.importorskip("serial", reason="a serial port needs pyserial")
if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals on Windows", allow_module_level=True)

import tty

Board = Callable[[int], None]


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    """The board's end of a line, and the name of the host's end."""
    board, host = os.openpty()
    tty.setraw(host)
    yield board, os.ttyname(host)
    for end in (board, host):
        try:
            os.close(end)
        except OSError:
            continue  # the board pulled its cable


def asked(terminal: tuple[int, str], board: Board, *arguments: object) -> Done:
    """The command with `--port`, while `board` plays its part on the other end."""
    end, port = terminal
    part = threading.Thread(target=board, args=(end,), daemon=True)
    part.start()
    done = subprocess.run(
        [*COMMAND, *map(str, arguments), "--port", port, "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)


def silent(_: int) -> None:
    """No answer at all."""


def babbling(end: int) -> None:
    """Frames without end, none of them an answer."""
    try:
        while True:
            os.write(end, b"\x05nonsense\0")
            time.sleep(0.001)
    except OSError:
        return


def pulled(end: int) -> None:
    """Half a frame, then nothing: the line is gone."""
    os.read(end, 1)
    os.write(end, b"\x11\x81\x01")
    os.close(end)


@pytest.mark.parametrize(
    ("board", "message"),
    [
        (silent, "gave no answer to identify"),
        (babbling, "gave no answer to identify"),
        (pulled, "gave no answer|connection to .* broke"),
    ],
)
def test_a_board_that_fails(
    compiled: Path, terminal: tuple[int, str], board: Board, message: str
) -> None:
    done = asked(terminal, board, "verify", compiled, "--on", "serial")
    body = done.error(1, "verification")
    assert re.search(message, body["message"])
    assert body["hint"]
