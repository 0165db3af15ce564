# SPDX-License-Identifier: MIT
"""COBS, CRC, frames, and the link over a scripted byte stream."""

from __future__ import annotations

import struct
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thumbling.errors import VerificationError
from thumbling_hil import protocol
from thumbling_hil.protocol import (
    Answer,
    FrameError,
    Link,
    cobs_decode,
    cobs_encode,
    crc16,
    decode_frame,
    encode_frame,
)

# A busy machine is no finding.
relaxed = settings(deadline=None)

# Lengths around 254 are where COBS changes its shape.
payloads = st.one_of(
    st.binary(max_size=600),
    st.integers(250, 260).map(lambda n: b"\x01" * n),
    st.integers(250, 260).map(lambda n: b"\x01" * n + b"\0"),
)


def test_crc_check_value() -> None:
    assert crc16(b"123456789") == 0x29B1


@pytest.mark.parametrize(
    ("plain", "encoded"),
    [
        ("", "01"),
        ("00", "0101"),
        ("0000", "010101"),
        ("11220033", "0311220233"),
        ("11000000", "0211010101"),
    ],
)
def test_cobs_known_pairs(plain: str, encoded: str) -> None:
    assert cobs_encode(bytes.fromhex(plain)).hex() == encoded
    assert cobs_decode(bytes.fromhex(encoded)).hex() == plain


@relaxed
@given(payloads)
def test_cobs_round_trip_holds_no_zero(data: bytes) -> None:
    encoded = cobs_encode(data)
    assert 0 not in encoded
    assert cobs_decode(encoded) == data


@relaxed
@given(st.integers(0, 255), st.integers(0, 255), payloads)
def test_frame_round_trip(kind: int, sequence: int, payload: bytes) -> None:
    encoded = encode_frame(kind, sequence, payload)
    assert encoded.count(0) == 1
    frame = decode_frame(encoded[:-1])
    assert (frame.type, frame.sequence, frame.payload) == (kind, sequence, payload)


@relaxed
@given(st.binary(max_size=40), st.data())
def test_a_flipped_bit_never_passes(payload: bytes, data: st.DataObject) -> None:
    body = bytes((2, 9)) + payload
    sealed = bytearray(body + struct.pack("<H", crc16(body)))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(FrameError):
        decode_frame(cobs_encode(bytes(sealed)))


@relaxed
@given(st.binary(max_size=40), st.data())
def test_a_frame_cut_short_never_passes(payload: bytes, data: st.DataObject) -> None:
    encoded = encode_frame(2, 9, payload)[:-1]
    keep = data.draw(st.integers(0, len(encoded) - 1))
    try:
        frame = decode_frame(encoded[:keep])
    except FrameError:
        return
    # A CRC cannot exclude that a beginning of a frame is a frame: one in 65,536 is.
    assert encode_frame(frame.type, frame.sequence, frame.payload)[:-1] == encoded[:keep]


@relaxed
@given(st.binary(max_size=60))
def test_noise_is_refused_or_a_frame(noise: bytes) -> None:
    try:
        frame = decode_frame(noise)
    except FrameError:
        return
    again = decode_frame(encode_frame(frame.type, frame.sequence, frame.payload)[:-1])
    assert again == frame


def scripted(reply: Callable[[bytes], bytes], timeout_s: float = 20.0) -> Link:
    """A link whose other side answers each `send` with `reply(sent)`; late is what never comes."""
    waiting = bytearray()

    def receive(_: float) -> bytes:
        data = bytes(waiting[:3])  # in small pieces, as serial ports do
        del waiting[:3]
        return data

    return Link(lambda data: waiting.extend(reply(data)), receive, timeout_s=timeout_s, window=2)


def requests(sent: bytes) -> list[tuple[int, bytes]]:
    frames = [decode_frame(f) for f in sent.split(b"\0") if f]
    return [(f.sequence, f.payload) for f in frames]


def echo(sent: bytes) -> bytes:
    return b"\0".join(
        encode_frame(0x82, sequence, struct.pack("<bI", 0, 77) + payload)
        for sequence, payload in requests(sent)
    )


def test_many_predictions_come_back_in_order() -> None:
    xs = [bytes((i % 256, 0)) for i in range(600)]
    answers = scripted(echo).predict_many(xs, 2)
    assert answers == [Answer(status=0, cycles=77, output=x) for x in xs]


def test_identify_ignores_noise_before_the_answer() -> None:
    payload = struct.pack("<B8sIIB", 2, b"ABCDEFGH", 4, 8, 1) + b"\x03abc\x031.0"

    def reply(sent: bytes) -> bytes:
        ((sequence, _),) = requests(sent)
        return b"noise\0" + encode_frame(0xFF, 0, b"\x01") + encode_frame(0x81, sequence, payload)

    identity = scripted(reply).identify()
    assert (identity.name, identity.version, identity.in_bytes) == ("abc", "1.0", 4)
    assert identity.counts_cycles


def test_identify_asks_again_every_second_while_a_chip_boots(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three questions are lost; the answer to the fourth comes with one to a fifth."""
    payload = struct.pack("<B8sIIB", 2, b"ABCDEFGH", 2, 2, 0) + b"\x03abc\x031.0"
    now = 100.0
    asked: list[float] = []
    waiting = bytearray()

    def send(sent: bytes) -> None:
        ((sequence, x),) = requests(sent)
        if x:
            waiting.extend(encode_frame(0x81, 1, payload) + echo(sent))
            return
        asked.append(now - 100.0)
        waiting.extend(encode_frame(0x81, sequence, payload) if len(asked) == 4 else b"")

    def receive(seconds: float) -> bytes:
        nonlocal now
        data = bytes(waiting)
        waiting.clear()
        now += 0.0 if data else seconds
        return data

    monkeypatch.setattr(protocol, "time", SimpleNamespace(monotonic=lambda: now))
    link = Link(send, receive, timeout_s=20.0)
    assert link.identify().name == "abc"
    assert asked == [0.0, 1.0, 2.0, 3.0]
    assert link.predict(b"\x05\x06", 2).output == b"\x05\x06"


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (lambda sent: b"", "gave no answer to predict request 1"),
        (lambda sent: echo(sent)[:-4] + b"\x55\0", "the last frame was damaged"),
        (lambda sent: encode_frame(0xFF, 1, b"\x03"), "length is not the model's input size"),
        (lambda sent: encode_frame(0x82, 9, bytes(7)), "sequence 9 where"),
        (lambda sent: encode_frame(0x82, 1, bytes(9)), "answered 4 output bytes, not 2"),
    ],
)
def test_bad_answers_are_named(reply: Callable[[bytes], bytes], message: str) -> None:
    with pytest.raises(VerificationError, match=message):
        scripted(reply, timeout_s=0.3).predict(b"\x01\x02", 2)


def test_another_protocol_is_refused() -> None:
    payload = struct.pack("<B8sHHB", 1, bytes(8), 4, 8, 0) + b"\0\0"
    link = scripted(lambda sent: encode_frame(0x81, requests(sent)[0][0], payload))
    with pytest.raises(VerificationError, match="speaks protocol 1, this tool 2"):
        link.identify()


@pytest.mark.parametrize("noise", [b"\x55", b"\x55\x55\0"])
def test_noise_without_end_is_no_endless_wait(noise: bytes) -> None:
    link = Link(lambda _: None, lambda _: noise, timeout_s=0.05)
    with pytest.raises(VerificationError, match="gave no answer to identify"):
        link.identify()


@relaxed
@given(st.lists(st.binary(max_size=30), min_size=2, max_size=6))
def test_noise_between_answers_is_skipped(noises: list[bytes]) -> None:
    """A zero ends each noise; what is no frame does not stand in for an answer."""
    left = list(noises)

    def reply(sent: bytes) -> bytes:
        return left.pop() + b"\0" + echo(sent)

    link = scripted(reply)
    xs = [bytes((i, 0)) for i in range(2 * len(noises))]
    assert [answer.output for answer in link.predict_many(xs, 2)] == xs
