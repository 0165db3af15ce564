# SPDX-License-Identifier: MIT
"""One image, whichever compiler made it, in QEMU; and what a fault says about where it happened."""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from tests.firmware.building import BUILDERS, build, needs_gcc, needs_platformio
from tests.firmware.tiny_model import SOURCE, expected, make_model

from thumbling.boards import load_board
from thumbling.errors import VerificationError
from thumbling.firmware import build_firmware
from thumbling.firmware.offline_platformio import OFFLINE_VARIABLE
from thumbling_hil.targets.unicorn import UnicornTarget
from thumbling_hil.verify import Comparison, verify

TRAP = '__asm__ volatile("udf #0");'
FAULTY = SOURCE.replace(
    "    int32_t sum = 0;\n",
    f"    int32_t sum = 0;\n    if (x[0] == -32768) {{\n        {TRAP}\n    }}\n",
)


@pytest.mark.skipif(
    shutil.which("qemu-system-arm") is None,
    reason="qemu-system-arm is not installed: apt install qemu-system-arm",
)
@pytest.mark.parametrize("builder", BUILDERS)
def test_answers_in_qemu(tmp_path: Path, builder: str) -> None:
    board = load_board("nucleo_f401re")
    elf = build(make_model(), board, tmp_path, builder)
    x = np.random.default_rng(3).integers(-32768, 32768, (300, 3)).astype(np.int16)
    wanted = [struct.pack("<3i", *expected((int(a), int(b), int(c)))) for a, b, c in x]
    result = verify(
        "qemu", inputs=x, expected=wanted, elf=elf, board=board, model_id=bytes(range(1, 9))
    )
    assert result == Comparison(on="qemu", vectors=300, mismatches=0, first=None)


@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize("name", ["nucleo_f401re", "nucleo_g071rb"])
def test_a_fault_names_function_and_line_of_the_model(
    tmp_path: Path, builder: str, name: str
) -> None:
    board = load_board(name)
    elf = build(make_model(FAULTY), board, tmp_path, builder)
    line = 1 + FAULTY[: FAULTY.index(TRAP)].count("\n")
    with (
        UnicornTarget(elf, board) as target,
        pytest.raises(VerificationError, match=rf"tiny_predict \+ 0x\w+ \(tiny\.c:{line}\)"),
    ):
        target.predict(struct.pack("<3h", -32768, 0, 0))


@needs_gcc
@needs_platformio
def test_lines_cost_no_flash(tmp_path: Path) -> None:
    board = load_board("nucleo_f401re")
    build(make_model(), board, tmp_path, "platformio")
    image = tmp_path / "firmware.bin"
    with_lines = image.read_bytes()
    ini = tmp_path / "firmware" / "platformio.ini"
    text = ini.read_text(encoding="utf-8")
    assert text.count("    -g\n") == 1
    ini.write_text(text.replace("    -g\n", ""), encoding="utf-8")
    with patch.dict(os.environ, {OFFLINE_VARIABLE: "1"}):
        build_firmware(tmp_path, board, "platformio")
    assert image.read_bytes() == with_lines
