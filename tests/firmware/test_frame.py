# SPDX-License-Identifier: MIT
"""The firmware's frame layer, compiled for the host under sanitizers, against a Python model."""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from tests.firmware.frame_model import SPARE, FrameModel, error

from thumbling.resources import data_dir
from thumbling_hil.protocol import encode_frame

IN_BYTES, OUT_BYTES = 300, 600
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
    assert banner == encode_frame(0x81, 0, identity(counts=bool(arguments)))[:-1]
    return answers


def identity(*, counts: bool) -> bytes:
    fixed = struct.pack("<B8sIIB", 2, MODEL_ID, IN_BYTES, OUT_BYTES, counts)
    return fixed + b"\x04host" + b"\x050.0.1"


def prediction(x: bytes) -> tuple[int, bytes]:
    if x[0] & 1:
        return -2, x[: OUT_BYTES // 2].ljust(OUT_BYTES, b"\0")
    return 0, (x * 2)[:OUT_BYTES]


HOST = FrameModel(
    in_bytes=IN_BYTES, out_bytes=OUT_BYTES, identity=identity(counts=False), predict=prediction
)


@pytest.mark.parametrize("seed", range(8))
def test_random_streams_are_answered_as_the_model_says(program: Path, seed: int) -> None:
    rng = random.Random(seed)
    sent = HOST.random_stream(rng, 400)
    expected = HOST.answers(sent)
    assert len({answer[1] for answer in expected}) > 1
    assert talk(program, sent) == expected


def test_all_zero_and_all_ones_payloads(program: Path) -> None:
    for value in (0, 254, 255):
        sent = encode_frame(2, 7, bytes((value,)) * IN_BYTES)
        assert talk(program, sent) == HOST.answers(sent)


@pytest.mark.parametrize("end", range(252, 258))
def test_answers_that_end_at_a_full_group(program: Path, end: int) -> None:
    """A zero in the output so that the last run, CRC included, is about 254 bytes long."""
    zero_at = (OUT_BYTES + 2 - end - 1) % IN_BYTES
    x = bytes(0 if i == zero_at else 2 for i in range(IN_BYTES))
    sent = b"".join(encode_frame(2, sequence, x) for sequence in range(1, 20))
    assert talk(program, sent) == HOST.answers(sent)


@pytest.mark.parametrize("extra", [0, 1, SPARE, SPARE + 1, 5000])
def test_a_long_frame_is_told_from_a_wrong_length(program: Path, extra: int) -> None:
    sent = encode_frame(2, 9, b"\2" * (IN_BYTES + extra)) + encode_frame(1, 10)
    first, second = talk(program, sent)
    expected = error(4) if extra > SPARE else error(3, 9)
    assert first == (expected if extra else HOST.answers(sent)[0])
    assert second == encode_frame(0x81, 10, identity(counts=False))[:-1]


def test_empty_frames_are_ignored(program: Path) -> None:
    assert talk(program, b"\0\0\0" + encode_frame(1, 3) + b"\0") == [
        encode_frame(0x81, 3, identity(counts=False))[:-1]
    ]


def test_half_a_frame_does_not_spoil_the_next(program: Path) -> None:
    sent = encode_frame(2, 1, b"\4" * IN_BYTES)[:100] + b"\0" + encode_frame(1, 2)
    assert talk(program, sent) == [error(1), encode_frame(0x81, 2, identity(counts=False))[:-1]]


def test_cycles_are_the_difference_of_two_readings(program: Path) -> None:
    answers = talk(program, encode_frame(2, 1, b"\4" * IN_BYTES), "counting")
    _, y = prediction(b"\4" * IN_BYTES)
    payload = struct.pack("<bI", 0, 0x01020304) + y
    assert answers == [encode_frame(0x82, 1, payload)[:-1]]
