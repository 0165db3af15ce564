# SPDX-License-Identifier: MIT
"""The firmware's frame layer, compiled for the host under sanitizers, against a Python model."""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from thumbling.resources import data_dir
from thumbling_hil.protocol import FrameError, cobs_decode, cobs_encode, crc16, encode_frame

IN_BYTES, OUT_BYTES, SPARE = 300, 600, 16
CAPACITY = 2 + IN_BYTES + 2 + SPARE
MODEL_ID = bytes((0xDE, 0xAD, 0x00, 0xEF, 1, 2, 3, 0))
WARNINGS = (
    *("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion"),
    *("-Wshadow", "-Wdouble-promotion", "-Wundef", "-Werror"),
)


@pytest.fixture(scope="module", params=["gcc", "clang"])
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The host program, built with AddressSanitizer and UndefinedBehaviorSanitizer."""
    compiler = shutil.which(request.param)
    if compiler is None:
        pytest.skip(f"{request.param} is not installed: apt install {request.param}")
    templates = data_dir("firmware_templates")
    target = tmp_path_factory.mktemp("frame") / str(request.param)
    sources = [Path(__file__).with_name("frame_host.c"), templates / "thb_frame.c"]
    include = [f"-I{templates}", f"-I{data_dir('runtime_c') / 'include'}"]
    sanitizers = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    command = [compiler, *WARNINGS, *sanitizers, *include, *map(str, sources), "-o", str(target)]
    subprocess.run(command, check=True)
    return target


def talk(program: Path, sent: bytes, *arguments: str) -> list[bytes]:
    """The encoded frames which the program answers, the banner left out."""
    done = subprocess.run(
        [program, *arguments], input=sent, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.startswith(b"\0")
    assert done.stdout.endswith(b"\0")
    banner, *answers = done.stdout[1:-1].split(b"\0")
    assert banner == encode_frame(0x81, 0, identity(bool(arguments)))[:-1]
    return answers


def identity(counts: bool) -> bytes:
    fixed = struct.pack("<B8sHHB", 1, MODEL_ID, IN_BYTES, OUT_BYTES, counts)
    return fixed + b"\x04host" + b"\x050.0.1"


def error(code: int, sequence: int = 0) -> bytes:
    return encode_frame(0xFF, sequence, bytes((code,)))[:-1]


def prediction(x: bytes) -> tuple[int, bytes]:
    if x[0] & 1:
        return -2, x[: OUT_BYTES // 2].ljust(OUT_BYTES, b"\0")
    return 0, (x * 2)[:OUT_BYTES]


def model_answer(encoded: bytes) -> bytes | None:
    """What the firmware owes for the bytes between two zeros; None for nothing."""
    if not encoded:
        return None
    # A receiver of bounded memory notices the length before anything else.
    if received_bytes(encoded) > CAPACITY:
        return error(4)
    try:
        body = cobs_decode(encoded)
    except FrameError:
        return error(1)
    if len(body) < 4 or crc16(body[:-2]) != int.from_bytes(body[-2:], "little"):
        return error(1)
    return model_request(body[0], body[1], body[2:-2])


def received_bytes(encoded: bytes) -> int:
    """How many bytes the frame decodes to, as far as it goes: damaged ones may end early."""
    count = at = 0
    while at < len(encoded):
        code = encoded[at]
        count += len(encoded[at + 1 : at + code])
        at += code
        if code != 0xFF and at < len(encoded):
            count += 1
    return count


def model_request(kind: int, sequence: int, payload: bytes) -> bytes:
    if kind not in (1, 2):
        return error(2, sequence)
    if len(payload) != (0 if kind == 1 else IN_BYTES):
        return error(3, sequence)
    if kind == 1:
        return encode_frame(0x81, sequence, identity(False))[:-1]
    status, y = prediction(payload)
    return encode_frame(0x82, sequence, struct.pack("<bI", status, 0) + y)[:-1]


def model(sent: bytes) -> list[bytes]:
    """All answers to a stream; what follows the last zero is not answered yet."""
    answers = (model_answer(part) for part in sent.split(b"\0")[:-1])
    return [answer for answer in answers if answer is not None]


def random_part(rng: random.Random) -> bytes:
    """A frame, good or bad in one of many ways; may hold zeros of its own."""
    payload = bytes(rng.choice((0, 0, 1, 255, rng.randrange(256))) for _ in range(IN_BYTES))
    sequence = rng.randrange(256)
    match rng.randrange(9):
        case 0:
            return encode_frame(1, sequence)
        case 1 | 2:
            return encode_frame(2, sequence, payload)
        case 3:
            return encode_frame(rng.randrange(256), sequence, payload[: rng.randrange(IN_BYTES)])
        case 4:
            longer = payload + bytes(rng.randrange(SPARE + 6))
            return encode_frame(2, sequence, longer)
        case 5:
            damaged = bytearray(encode_frame(2, sequence, payload))
            damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
            return bytes(damaged)
        case 6:
            whole = encode_frame(2, sequence, payload)
            return whole[rng.randrange(len(whole)) :]
        case 7:
            return cobs_encode(rng.randbytes(rng.randrange(2000))) + b"\0"
        case _:
            return rng.randbytes(rng.randrange(900)) + b"\0" * rng.randrange(1, 4)


@pytest.mark.parametrize("seed", range(8))
def test_random_streams_are_answered_as_the_model_says(program: Path, seed: int) -> None:
    rng = random.Random(seed)
    sent = b"".join(random_part(rng) for _ in range(400))
    expected = model(sent)
    assert len({answer[1] for answer in expected}) > 1
    assert talk(program, sent) == expected


def test_all_zero_and_all_ones_payloads(program: Path) -> None:
    for value in (0, 254, 255):
        sent = encode_frame(2, 7, bytes((value,)) * IN_BYTES)
        assert talk(program, sent) == model(sent)


@pytest.mark.parametrize("end", range(252, 258))
def test_answers_that_end_at_a_full_group(program: Path, end: int) -> None:
    """A zero in the output so that the last run, CRC included, is about 254 bytes long."""
    zero_at = (OUT_BYTES + 2 - end - 1) % IN_BYTES
    x = bytes(0 if i == zero_at else 2 for i in range(IN_BYTES))
    sent = b"".join(encode_frame(2, sequence, x) for sequence in range(1, 20))
    assert talk(program, sent) == model(sent)


@pytest.mark.parametrize("extra", [0, 1, SPARE, SPARE + 1, 5000])
def test_a_long_frame_is_told_from_a_wrong_length(program: Path, extra: int) -> None:
    sent = encode_frame(2, 9, b"\2" * (IN_BYTES + extra)) + encode_frame(1, 10)
    first, second = talk(program, sent)
    expected = error(4) if extra > SPARE else error(3, 9)
    assert first == (expected if extra else model(sent)[0])
    assert second == encode_frame(0x81, 10, identity(False))[:-1]


def test_empty_frames_are_ignored(program: Path) -> None:
    assert talk(program, b"\0\0\0" + encode_frame(1, 3) + b"\0") == [
        encode_frame(0x81, 3, identity(False))[:-1]
    ]


def test_half_a_frame_does_not_spoil_the_next(program: Path) -> None:
    sent = encode_frame(2, 1, b"\4" * IN_BYTES)[:100] + b"\0" + encode_frame(1, 2)
    assert talk(program, sent) == [error(1), encode_frame(0x81, 2, identity(False))[:-1]]


def test_cycles_are_the_difference_of_two_readings(program: Path) -> None:
    answers = talk(program, encode_frame(2, 1, b"\4" * IN_BYTES), "counting")
    _, y = prediction(b"\4" * IN_BYTES)
    payload = struct.pack("<bI", 0, 0x01020304) + y
    assert answers == [encode_frame(0x82, 1, payload)[:-1]]
