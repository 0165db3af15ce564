# SPDX-License-Identifier: MIT
"""The wire protocol between host and firmware (`compiler/README.md`, "Wire protocol").

A frame is COBS-encoded and ends in a zero byte. Decoded, it is type, sequence number, payload and
a CRC-16/CCITT-FALSE, little-endian.
"""

from __future__ import annotations

import binascii
import math
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from thumbling.errors import TargetError, VerificationError

PROTOCOL_VERSION = 2
TYPE_IDENTIFY = 0x01
TYPE_PREDICT = 0x02
ANSWER_BIT = 0x80
TYPE_ERROR = 0xFF
FEATURE_CYCLES = 0x01
_IDENTITY = struct.Struct("<B8sIIBB")
# At 115,200 baud, ten bits a byte, and as much again for a busy machine.
_SECONDS_A_BYTE = 2 * 10 / 115200

_AGAIN_S = 1.0

_ERROR_TEXT = {
    1: "the frame arrived damaged (CRC or COBS)",
    2: "the firmware does not know this request",
    3: "the request's length is not the model's input size",
    4: "the request is longer than the firmware's buffer",
}


class FrameError(ValueError):
    """A received frame is damaged: no valid COBS, too short, or a wrong CRC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One decoded frame."""

    type: int
    sequence: int
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a firmware says about itself."""

    protocol: int
    model_id: bytes
    in_bytes: int
    out_bytes: int
    counts_cycles: bool
    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One prediction: the C status, the cycles where the target counts them, the output bytes."""

    status: int
    cycles: int | None
    output: bytes


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: poly 0x1021, init 0xFFFF, no reflection, no final xor."""
    return binascii.crc_hqx(data, 0xFFFF)


def cobs_encode(data: bytes) -> bytes:
    """COBS without the closing zero: every zero becomes the distance to the next one."""
    out = bytearray()
    for group in data.split(b"\0"):
        # A full code (0xFF) stands for 254 bytes with no zero after them.
        while len(group) >= 254:
            out.append(0xFF)
            out += group[:254]
            group = group[254:]
        out.append(len(group) + 1)
        out += group
    return bytes(out)


def cobs_decode(data: bytes) -> bytes:
    """Inverse of `cobs_encode`; raises `FrameError` when `data` is no COBS."""
    out = bytearray()
    at = 0
    while at < len(data):
        code = data[at]
        group = data[at + 1 : at + code]
        if code == 0 or len(group) != code - 1 or 0 in group:
            raise FrameError(f"byte {at} of the frame is no valid COBS code")
        out += group
        at += code
        if code != 0xFF and at < len(data):
            out.append(0)
    return bytes(out)


def encode_frame(kind: int, sequence: int, payload: bytes = b"") -> bytes:
    """A frame as it goes over the wire, closing zero included."""
    body = bytes((kind, sequence)) + payload
    return cobs_encode(body + struct.pack("<H", crc16(body))) + b"\0"


def decode_frame(encoded: bytes) -> Frame:
    """Decode what stood between two zero bytes; raises `FrameError`."""
    body = cobs_decode(encoded)
    if len(body) < 4:
        raise FrameError(f"the frame holds {len(body)} bytes, the shortest valid one 4")
    (expected,) = struct.unpack("<H", body[-2:])
    if crc16(body[:-2]) != expected:
        raise FrameError(f"CRC is 0x{crc16(body[:-2]):04X}, the frame says 0x{expected:04X}")
    return Frame(type=body[0], sequence=body[1], payload=body[2:-2])


def parse_identity(payload: bytes) -> Identity:
    """Read an identify answer's payload; raises `FrameError` where it is too short."""
    try:
        protocol, model_id, in_bytes, out_bytes, features, n = _IDENTITY.unpack_from(payload)
        texts = payload[_IDENTITY.size :]
        name, rest = texts[:n], texts[n:]
        version = rest[1 : 1 + rest[0]]
        if len(name) != n or len(version) != rest[0]:
            raise FrameError("the identify answer is cut off")
        return Identity(
            protocol=protocol,
            model_id=model_id,
            in_bytes=in_bytes,
            out_bytes=out_bytes,
            counts_cycles=bool(features & FEATURE_CYCLES),
            name=name.decode("utf-8", "replace"),
            version=version.decode("utf-8", "replace"),
        )
    except (struct.error, IndexError) as error:
        raise FrameError("the identify answer is cut off") from error


class Link:
    """Requests and answers over a byte stream.

    `send` takes bytes; `receive(seconds)` gives what has arrived, or nothing after that time.
    `window` is how many requests may be under way: 1 for hardware without a receive buffer.
    `silence` is the error where no answer comes.
    """

    def __init__(
        self,
        send: Callable[[bytes], None],
        receive: Callable[[float], bytes],
        *,
        timeout_s: float = 5.0,
        window: int = 1,
        where: str = "the target",
        silence: type[VerificationError] = VerificationError,
    ) -> None:
        self._send = send
        self._receive = receive
        self._timeout_s = timeout_s
        self._window = window
        self._where = where
        self._silence = silence
        self._pending = bytearray()
        self._sequence = 0

    def wait_for_banner(self) -> Identity:
        """The identify answer which the firmware sends unasked after boot."""
        frame = self._next_frame("the banner after boot", lambda f: f.type != TYPE_ERROR)
        return self._identity(frame)

    def identify(self) -> Identity:
        """Ask the firmware who it is; leading zeros end whatever half frame it may hold.

        Asked again every second while no answer comes: bytes are lost while a chip still boots.
        """
        sequence = self._next_sequence()
        request = b"\0\0" + encode_frame(TYPE_IDENTIFY, sequence)
        self._send(request)
        # Sequence-0 errors answer the noise before our zeros and are no answer to us.
        frame = self._next_frame("identify", lambda f: f.sequence == sequence, again=request)
        return self._identity(frame)

    def predict(self, x: bytes, out_bytes: int) -> Answer:
        """One prediction."""
        return self.predict_many([x], out_bytes)[0]

    def predict_many(self, xs: Sequence[bytes], out_bytes: int) -> list[Answer]:
        """Predictions for all `xs`, `window` requests at a time."""
        return list(self._predict_all(xs, out_bytes))

    def _predict_all(self, xs: Sequence[bytes], out_bytes: int) -> Iterator[Answer]:
        rows = iter(xs)
        while batch := list(islice(rows, self._window)):
            sequences = [self._next_sequence() for _ in batch]
            requests = zip(sequences, batch, strict=True)
            self._send(b"".join(encode_frame(TYPE_PREDICT, s, x) for s, x in requests))
            for sequence, x in zip(sequences, batch, strict=True):
                yield self._answer(sequence, out_bytes, len(x) + out_bytes)

    def _answer(self, sequence: int, out_bytes: int, n_bytes: int) -> Answer:
        """The answer of `out_bytes` to a request, both together `n_bytes` long."""
        # A late second answer to a repeated identify may stand before ours.
        identify = TYPE_IDENTIFY | ANSWER_BIT
        purpose = f"predict request {sequence}"
        frame = self._next_frame(purpose, lambda f: f.type != identify, n_bytes=n_bytes)
        self._refuse_error(frame)
        expected = TYPE_PREDICT | ANSWER_BIT
        if frame.type != expected or frame.sequence != sequence:
            raise VerificationError(
                f"{self._where} answered type 0x{frame.type:02X}, sequence {frame.sequence}"
                f" where type 0x{expected:02X}, sequence {sequence} was due",
                hint="another program may use the same port, or the firmware was reset",
            )
        if len(frame.payload) != 5 + out_bytes:
            raise VerificationError(
                f"{self._where} answered {len(frame.payload) - 5} output bytes, not {out_bytes}",
                hint="the firmware holds another model: build and flash it again",
            )
        status, cycles = struct.unpack_from("<bI", frame.payload)
        return Answer(status=status, cycles=cycles or None, output=frame.payload[5:])

    def _identity(self, frame: Frame) -> Identity:
        self._refuse_error(frame)
        try:
            if frame.type != TYPE_IDENTIFY | ANSWER_BIT:
                raise FrameError(f"type 0x{frame.type:02X} is no identify answer")
            self._refuse_protocol(frame.payload)
            return parse_identity(frame.payload)
        except FrameError as error:
            raise TargetError(f"{self._where} does not identify itself: {error}") from error

    def _refuse_protocol(self, payload: bytes) -> None:
        """What follows the first byte is read by that number's rules."""
        if payload and payload[0] != PROTOCOL_VERSION:
            raise TargetError(
                f"{self._where} speaks protocol {payload[0]}, this tool {PROTOCOL_VERSION}",
                hint="build the firmware with this version of thumbling",
            )

    def _refuse_error(self, frame: Frame) -> None:
        if frame.type == TYPE_ERROR:
            code = frame.payload[0] if frame.payload else 0
            text = _ERROR_TEXT.get(code, "unknown error")
            raise VerificationError(f"{self._where} refused the request: {text} (code {code})")

    def _next_sequence(self) -> int:
        # 0 is left to the banner and to errors of unknown origin.
        self._sequence = self._sequence % 255 + 1
        return self._sequence

    def _next_frame(
        self, purpose: str, wanted: Callable[[Frame], bool], again: bytes = b"", n_bytes: int = 0
    ) -> Frame:
        """The next frame that is `wanted`; `again` is sent every second while none comes.

        `n_bytes` is how much a UART must carry before it is there.
        """
        now = time.monotonic()
        deadline = now + self._timeout_s + n_bytes * _SECONDS_A_BYTE
        again_at = now + _AGAIN_S if again else math.inf
        damage = ""
        while True:
            encoded = self._next_encoded(min(again_at, deadline))
            now = time.monotonic()
            if now > deadline + self._timeout_s:
                encoded, again_at = None, math.inf  # it talks without end and never answers
            if encoded is None and again_at < deadline:
                self._send(again)
                again_at = now + _AGAIN_S
                continue
            if encoded is None:
                raise self._silence(
                    f"{self._where} gave no answer to {purpose} in {self._timeout_s:g} s{damage}",
                    hint="check that the firmware runs and that port and baud rate are right",
                )
            try:
                frame = decode_frame(encoded)
            except FrameError as error:
                damage = f"; the last frame was damaged: {error}"
                continue
            if wanted(frame):
                return frame

    def _next_encoded(self, deadline: float) -> bytes | None:
        """What stands before the next zero byte; nothing at the deadline. Empty frames pass."""
        while True:
            end = self._pending.find(0)
            if end > 0:
                encoded = bytes(self._pending[:end])
                del self._pending[: end + 1]
                return encoded
            if end == 0:
                del self._pending[0]
                continue
            # What has arrived is taken even when a busy machine let the deadline pass.
            left = deadline - time.monotonic()
            self._pending += self._receive(max(left, 0.0))
            if left <= 0 and 0 not in self._pending:
                return None
