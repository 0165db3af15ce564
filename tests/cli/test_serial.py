# SPDX-License-Identifier: MIT
"""`--on serial` over a pseudo-terminal with Unicorn behind it: cables, noise, silence."""

from __future__ import annotations

import os
import random
import select
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from thumbling.boards import load_board

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals", allow_module_level=True)
pytest.importorskip("serial", reason="pyserial is not installed: pip install 'thumbling[hil]'")
pytest.importorskip("unicorn", reason="Unicorn is not installed: pip install 'thumbling[emulator]'")

import tty

from thumbling_hil.emulator.process import UnicornProcess
from thumbling_hil.protocol import decode_frame, encode_frame

Answer = Callable[[bytes], bytes | None]


class Port:
    """A serial port whose far side gives `answer(received)`; `None` pulls the cable."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.name = os.ttyname(self._slave)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._end.is_set():
            if not select.select([self._master], [], [], 0.05)[0]:
                continue
            answer = self._answer(os.read(self._master, 4096))
            if answer is None:
                break
            while answer:
                answer = answer[os.write(self._master, answer[:1024]) :]
        # As with a pulled cable, nobody holds the far side any more.
        os.close(self._slave)
        os.close(self._master)

    def close(self) -> None:
        self._end.set()
        self._thread.join(10)


@pytest.fixture
def port() -> Iterator[Callable[[Answer], str]]:
    """Give what the board answers, get the name of its port."""
    ports: list[Port] = []

    def make(answer: Answer) -> str:
        ports.append(Port(answer))
        return ports[-1].name

    yield make
    for opened in ports:
        opened.close()


@pytest.fixture
def chip(compiled: Path) -> Iterator[Answer]:
    """The compiled firmware on the emulated chip."""
    with UnicornProcess(compiled / "firmware.elf", load_board("nucleo_f401re")) as process:
        process.boot()
        yield lambda data: process.ask({"do": "exchange"}, data)[1]


def _after_noise(noise: bytes, answer: Answer) -> Answer:
    """The first answer comes after `noise`."""
    waiting = [noise]

    def reply(data: bytes) -> bytes:
        return (waiting.pop() if waiting else b"") + (answer(data) or b"")

    return reply


NOISE = {
    "nothing": b"",
    "boot text of a line": b"\r\nBooting v1.2 ...\r\n\0",
    "text that runs into the answer": b"Booting v1.2 ...",
    "all byte values": bytes(range(256)) * 3,
    "half an answer, then the banner": encode_frame(0x82, 9, bytes(99))[:40] + b"\0",
}


@pytest.mark.parametrize("noise", NOISE)
def test_verify_whatever_stands_before_the_first_answer(
    run: Run, compiled: Path, port: Callable[[Answer], str], chip: Answer, noise: str
) -> None:
    name = port(_after_noise(NOISE[noise], chip))
    done = run("verify", compiled, "--on", "serial", "--port", name, "--samples", 30, "--json")
    assert done.code == 0, done.err
    (result,) = done.document["verification"]
    assert (result["on"], result["vectors"], result["mismatches"]) == ("serial", 30, 0)


def test_inspect_asks_the_board(
    run: Run, compiled: Path, port: Callable[[Answer], str], chip: Answer
) -> None:
    document = run("inspect", "--port", port(chip), "--json").document
    assert document["name"] == "tree"
    assert document["model"]["id"] == run("inspect", compiled, "--json").document["model"]["id"]


def _pulled_after(count: int, answer: Answer) -> Answer:
    left = [count]

    def reply(data: bytes) -> bytes | None:
        left[0] -= len(data)
        return answer(data) if left[0] > 0 else None

    return reply


def test_a_cable_pulled_in_mid_run(
    run: Run, compiled: Path, port: Callable[[Answer], str], chip: Answer
) -> None:
    name = port(_pulled_after(400, chip))
    done = run("verify", compiled, "--on", "serial", "--port", name, "--json")
    body = done.error(1, "target")
    assert f"the connection to {name} broke" in body["message"]
    assert "plug the board in again" in body["hint"]


def test_a_board_that_falls_silent_in_mid_run(
    run: Run, compiled: Path, port: Callable[[Answer], str], chip: Answer
) -> None:
    left = [400]

    def reply(data: bytes) -> bytes:
        left[0] -= len(data)
        return (chip(data) or b"") if left[0] > 0 else b""

    name = port(reply)
    done = run("verify", compiled, "--on", "serial", "--port", name, "--json")
    message = done.error(1, "target")["message"]
    assert f"the board on {name} gave no answer to predict request" in message


@pytest.mark.parametrize("kind", ["silent", "wrong baud rate"])
def test_a_board_that_says_nothing_sensible(
    run: Run, compiled: Path, port: Callable[[Answer], str], kind: str
) -> None:
    rng = random.Random(5)
    name = port(lambda data: b"" if kind == "silent" else rng.randbytes(len(data)))
    done = run("verify", compiled, "--on", "serial", "--port", name, "--json")
    body = done.error(1, "target")
    assert f"the board on {name} gave no answer to identify in 5 s" in body["message"]
    assert "baud rate" in body["hint"]


def test_another_model_on_the_board(
    run: Run, compiled: Path, port: Callable[[Answer], str]
) -> None:
    identity = b"\x02" + bytes(8) + struct.pack("<IIB", 2, 4, 0) + b"\x05other\x011"

    def reply(data: bytes) -> bytes:
        requests = [decode_frame(part) for part in data.split(b"\0") if part]
        return encode_frame(0x81, requests[-1].sequence, identity)

    name = port(reply)
    body = run("verify", compiled, "--on", "serial", "--port", name, "--json").error(1, "data")
    assert "the firmware on serial holds another model: other, 2 bytes in" in body["message"]
