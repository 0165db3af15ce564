# SPDX-License-Identifier: MIT
"""The same streams of good and bad frames, to the firmware on the emulated chip."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest
from tests.firmware.building import GCC, ZIG, build
from tests.firmware.frame_model import FrameModel
from tests.firmware.tiny_model import expected, make_model

from thumbling.boards import load_board
from thumbling_hil.emulator.process import UnicornProcess
from thumbling_hil.protocol import encode_frame


def _predict(x: bytes) -> tuple[int, bytes]:
    return 0, struct.pack("<3i", *expected(struct.unpack("<3h", x)))


IDENTITY = struct.pack("<B8sIIB", 2, bytes(range(1, 9)), 6, 12, 0) + b"\x04tiny\x051.2.3"
TINY = FrameModel(in_bytes=6, out_bytes=12, identity=IDENTITY, predict=_predict)


def _pieces(rng: random.Random, stream: bytes) -> list[bytes]:
    """The stream as a UART may deliver it: in pieces, with pauses in the middle of frames."""
    pieces = []
    while stream:
        size = rng.choice((1, 2, 7, 64, 1000))
        pieces.append(stream[:size])
        stream = stream[size:]
    return pieces


@pytest.mark.parametrize("builder", [GCC, ZIG])
@pytest.mark.parametrize(
    "name", ["nucleo_f072rb", "nucleo_f103rb", "nucleo_f401re", "nucleo_g071rb"]
)
def test_random_streams_on_the_chip(tmp_path: Path, name: str, builder: str) -> None:
    board = load_board(name)
    elf = build(make_model(), board, tmp_path, builder)
    rng = random.Random(name + builder)
    stream = TINY.random_stream(rng, 250)
    with UnicornProcess(elf, board) as process:
        banner = process.boot()
        assert banner == b"\0" + encode_frame(0x81, 0, IDENTITY)
        pieces = _pieces(rng, stream)
        received = b"".join(process.ask({"do": "exchange"}, piece)[1] for piece in pieces)
    assert received.endswith(b"\0")
    answers = received[:-1].split(b"\0")
    assert answers == TINY.answers(stream)
    kinds = {answer[1] for answer in answers if answer[0] > 1}
    assert {0x81, 0x82, 0xFF} <= kinds
