# SPDX-License-Identifier: MIT
"""A small model, compiled and run on this machine."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from thumbling.errors import BuildError, MissingToolError, VerificationError
from thumbling_hil.targets.host import run_host
from thumbling_hil.verify import verify

HEADER = """\
#include <stdint.h>
#define TWICE_INPUT_T int16_t
typedef int32_t thb_status_t;
typedef struct { int32_t sum; int32_t last; } twice_output_t;
thb_status_t twice_predict(const int16_t *x, twice_output_t *out);
"""
SOURCE = """\
#include "twice.h"
thb_status_t twice_predict(const int16_t *x, twice_output_t *out)
{
    if (x[0] == -1) { return -2; }
    out->sum = x[0] + x[1];
    out->last = x[1];
    return 0;
}
"""
CRASH = SOURCE.replace("return -2;", "return 1 / (out->sum * 0);")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "twice.h").write_text(HEADER)
    (tmp_path / "twice.c").write_text(SOURCE)
    return tmp_path


def test_answers_and_status(model: Path) -> None:
    answers = run_host(model, "twice", 4, 8, struct.pack("<6h", 3, 4, -1, 0, -300, 299))
    assert [a.status for a in answers] == [0, -2, 0]
    assert answers[0].output == struct.pack("<2i", 7, 4)
    assert answers[2].output == struct.pack("<2i", -1, 299)


def test_code_that_does_not_compile(model: Path) -> None:
    (model / "twice.c").write_text("int broken(")
    with pytest.raises(BuildError, match="refused the generated C"):
        run_host(model, "twice", 4, 8, bytes(4))


def test_vectors_of_another_size_do_not_build(model: Path) -> None:
    with pytest.raises(BuildError, match="thb_output_size_is_known"):
        run_host(model, "twice", 4, 12, bytes(4))


def test_sanitizer_findings_are_failures(model: Path) -> None:
    (model / "twice.c").write_text(CRASH)
    flags = ["-fsanitize=undefined", "-fno-sanitize-recover=all"]
    with pytest.raises(VerificationError, match="division by zero"):
        run_host(model, "twice", 4, 8, struct.pack("<2h", -1, 0), flags=flags)


def test_compiler_that_is_not_there(model: Path) -> None:
    with pytest.raises(MissingToolError, match="no-such-cc"):
        run_host(model, "twice", 4, 8, bytes(4), cc="no-such-cc")


def test_verify_finds_the_first_differing_word(model: Path) -> None:
    x = np.array([[1, 2], [3, 4], [5, 6]], dtype=np.int16)
    expected = [struct.pack("<2i", int(a) + int(b), int(b)) for a, b in x]
    same = verify("host", inputs=x, expected=expected, src_dir=model, name="twice")
    assert same.passed
    assert (same.vectors, same.mismatches, same.first) == (3, 0, None)
    expected[1] = struct.pack("<2i", 7, 0x0104)
    other = verify("host", inputs=x, expected=expected, src_dir=model, name="twice")
    assert other.mismatches == 1
    assert other.first == {
        "row": 1,
        "byte": 5,
        "expected": "04010000",
        "got": "04000000",
        "status": 0,
    }
