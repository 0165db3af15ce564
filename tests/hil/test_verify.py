# SPDX-License-Identifier: MIT
"""`verify` over emulators, a serial line, and its JUnit report."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from thumbling.boards import Board
from thumbling.errors import DataError, MissingToolError, UsageError, VerificationError
from thumbling_hil.emulator.process import UnicornProcess
from thumbling_hil.verify import Comparison, verify

NO_UNICORN = "Unicorn is not installed: pip install 'thumbling[emulator]'"
NO_SERIAL = "pyserial is not installed: pip install 'thumbling[hil]'"
Vectors = tuple[npt.NDArray[np.int16], list[bytes]]
Image = Callable[[str], tuple[Path, Board]]


def test_unicorn(chip: tuple[Path, Board], vectors: Vectors) -> None:
    pytest.importorskip("unicorn", reason=NO_UNICORN)
    x, expected = vectors
    seen: list[tuple[int, int]] = []
    result = verify(
        "unicorn",
        inputs=x,
        expected=expected,
        elf=chip[0],
        board=chip[1],
        model_id=b"TESTIMAG",
        progress=lambda done, total: seen.append((done, total)),
    )
    assert result == Comparison(on="unicorn", vectors=300, mismatches=0, first=None)
    assert seen[-1] == (300, 300)


def test_qemu(image: Image, vectors: Vectors) -> None:
    if shutil.which("qemu-system-arm") is None:
        pytest.skip("qemu-system-arm is not installed: apt install qemu-system-arm")
    elf, board = image("nucleo_f401re")
    x, expected = vectors
    result = verify("qemu", inputs=x, expected=expected, elf=elf, board=board)
    assert result == Comparison(on="qemu", vectors=300, mismatches=0, first=None)


def test_qemu_missing(image: Image, monkeypatch: pytest.MonkeyPatch, vectors: Vectors) -> None:
    elf, board = image("nucleo_f401re")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingToolError, match="qemu-system-arm"):
        verify("qemu", inputs=vectors[0], expected=vectors[1], elf=elf, board=board)


def test_board_without_a_qemu_machine(image: Image, vectors: Vectors) -> None:
    elf, board = image("nucleo_g071rb")
    with pytest.raises(UsageError, match="no machine for nucleo_g071rb"):
        verify("qemu", inputs=vectors[0], expected=vectors[1], elf=elf, board=board)


def test_another_model_is_refused(image: Image, vectors: Vectors) -> None:
    pytest.importorskip("unicorn", reason=NO_UNICORN)
    elf, board = image("nucleo_f401re")
    with pytest.raises(DataError, match="another model: image"):
        verify(
            "unicorn",
            inputs=vectors[0],
            expected=vectors[1],
            elf=elf,
            board=board,
            model_id=bytes(8),
        )


def test_rows_and_outputs_must_match(vectors: Vectors) -> None:
    with pytest.raises(DataError, match="300 input rows stand against 1"):
        verify("unicorn", inputs=vectors[0], expected=[b""])


class _Board:
    """A TCP port behind which the emulated chip answers, and which hangs up after some bytes."""

    def __init__(self, process: UnicornProcess, hang_up_after: int) -> None:
        self._process = process
        self._left = hang_up_after
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"socket://127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._server.accept()
        with connection, self._server:
            while self._left > 0 and (data := connection.recv(4096)):
                self._left -= len(data)
                connection.sendall(self._process.ask({"do": "exchange"}, data)[1])


def test_serial(image: Image, vectors: Vectors) -> None:
    pytest.importorskip("serial", reason=NO_SERIAL)
    pytest.importorskip("unicorn", reason=NO_UNICORN)
    elf, board = image("nucleo_f401re")
    x, expected = vectors
    with UnicornProcess(elf, board) as process:
        process.boot()
        port = _Board(process, 1 << 30).url
        result = verify(
            "serial", inputs=x[:20], expected=expected[:20], elf=elf, board=board, port=port
        )
    assert result == Comparison(on="serial", vectors=20, mismatches=0, first=None)


def test_serial_cable_pulled_in_mid_run(image: Image, vectors: Vectors) -> None:
    pytest.importorskip("serial", reason=NO_SERIAL)
    pytest.importorskip("unicorn", reason=NO_UNICORN)
    elf, board = image("nucleo_f401re")
    x, expected = vectors
    with UnicornProcess(elf, board) as process:
        process.boot()
        port = _Board(process, 200).url
        with pytest.raises(VerificationError, match="connection to socket"):
            verify("serial", inputs=x, expected=expected, elf=elf, board=board, port=port)


def test_serial_port_that_does_not_exist(image: Image, vectors: Vectors) -> None:
    pytest.importorskip("serial", reason=NO_SERIAL)
    elf, board = image("nucleo_f401re")
    with pytest.raises(VerificationError, match="cannot be opened"):
        verify(
            "serial",
            inputs=vectors[0],
            expected=vectors[1],
            elf=elf,
            board=board,
            port="/dev/thumbling-has-no-such-port",
        )
