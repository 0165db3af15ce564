# SPDX-License-Identifier: MIT
"""What the frame layer owes for any stream of bytes, and streams that are good and bad."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass

from thumbling_hil.protocol import FrameError, cobs_decode, cobs_encode, crc16, encode_frame

SPARE = 16
"""Bytes a request may be too long and still be told a wrong length."""


def error(code: int, sequence: int = 0) -> bytes:
    """An error answer, without its closing zero."""
    return encode_frame(0xFF, sequence, bytes((code,)))[:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameModel:
    """The frame layer around one model: sizes, its identify payload, what it predicts."""

    in_bytes: int
    out_bytes: int
    identity: bytes
    predict: Callable[[bytes], tuple[int, bytes]]
    """Status and output bytes."""

    def answers(self, sent: bytes) -> list[bytes]:
        """All answers to a stream; what follows the last zero is not answered yet."""
        answers = (self._answer(part) for part in sent.split(b"\0")[:-1])
        return [answer for answer in answers if answer is not None]

    def _answer(self, encoded: bytes) -> bytes | None:
        """What is owed for the bytes between two zeros; None for nothing."""
        if not encoded:
            return None
        # A receiver of bounded memory notices the length before anything else.
        if _received_bytes(encoded) > 2 + self.in_bytes + 2 + SPARE:
            return error(4)
        try:
            body = cobs_decode(encoded)
        except FrameError:
            return error(1)
        if len(body) < 4 or crc16(body[:-2]) != int.from_bytes(body[-2:], "little"):
            return error(1)
        return self._request(body[0], body[1], body[2:-2])

    def _request(self, kind: int, sequence: int, payload: bytes) -> bytes:
        if kind not in (1, 2):
            return error(2, sequence)
        if len(payload) != (0 if kind == 1 else self.in_bytes):
            return error(3, sequence)
        if kind == 1:
            return encode_frame(0x81, sequence, self.identity)[:-1]
        status, y = self.predict(payload)
        return encode_frame(0x82, sequence, struct.pack("<bI", status, 0) + y)[:-1]

    def random_stream(self, rng: random.Random, parts: int) -> bytes:
        """`parts` frames or what is none, one after the other, and a last identify request."""
        stream = b"".join(self._random_part(rng) for _ in range(parts))
        return stream + b"\0" + encode_frame(1, rng.randrange(256))

    def _random_part(self, rng: random.Random) -> bytes:
        """A frame, good or bad in one of many ways; may hold zeros of its own."""
        payload = bytes(
            rng.choice((0, 0, 1, 255, rng.randrange(256))) for _ in range(self.in_bytes)
        )
        sequence = rng.randrange(256)
        match rng.randrange(10):
            case 0:
                return encode_frame(1, sequence)
            case 1 | 2:
                return encode_frame(2, sequence, payload)
            case 3:
                shorter = payload[: rng.randrange(self.in_bytes)]
                return encode_frame(rng.randrange(256), sequence, shorter)
            case 4:
                return encode_frame(2, sequence, payload + bytes(rng.randrange(SPARE + 6)))
            case 5:
                damaged = bytearray(encode_frame(2, sequence, payload))
                damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
                return bytes(damaged)
            case 6:
                whole = encode_frame(2, sequence, payload)
                return whole[rng.randrange(len(whole)) :]
            case 7:
                whole = encode_frame(2, sequence, payload)
                return whole[: rng.randrange(len(whole))]
            case 8:
                return cobs_encode(rng.randbytes(rng.randrange(2000))) + b"\0"
            case _:
                return rng.randbytes(rng.randrange(900)) + b"\0" * rng.randrange(1, 4)


def _received_bytes(encoded: bytes) -> int:
    """How many bytes the frame decodes to, as far as it goes: damaged ones may end early."""
    count = at = 0
    while at < len(encoded):
        code = encoded[at]
        count += len(encoded[at + 1 : at + code])
        at += code
        if code != 0xFF and at < len(encoded):
            count += 1
    return count
