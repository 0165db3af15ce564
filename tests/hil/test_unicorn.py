# SPDX-License-Identifier: MIT
"""The test image on the emulated chips: answers, faults, and a lost engine."""

from __future__ import annotations

import dataclasses
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from thumbling.boards import Board
from thumbling.errors import UsageError, VerificationError
from thumbling_hil.emulator.process import UnicornProcess
from thumbling_hil.protocol import TYPE_PREDICT, encode_frame
from thumbling_hil.targets.unicorn import UnicornTarget

pytest.importorskip("unicorn", reason="Unicorn is not installed: pip install 'thumbling[emulator]'")
Vectors = tuple[npt.NDArray[np.int16], list[bytes]]
Image = Callable[[str], tuple[Path, Board]]


def test_answers_bit_for_bit(chip: tuple[Path, Board], vectors: Vectors) -> None:
    x, expected = vectors
    with UnicornTarget(*chip) as target:
        identity = target.identify()
        answers = target.predict_many([row.tobytes() for row in x])
    assert (identity.name, identity.version, identity.model_id) == ("image", "1.2.3", b"TESTIMAG")
    assert [a.output for a in answers] == expected
    assert {a.status for a in answers} == {0}


def test_a_status_of_the_model_comes_back(chip: tuple[Path, Board]) -> None:
    with UnicornTarget(*chip) as target:
        assert target.predict(struct.pack("<4h", -32767, 0, 0, 0)).status == -1


@pytest.mark.parametrize(
    ("first", "message"),
    [
        (-32768, r"stopped at model_predict .*image\.c:\d+.*nvalid instruction"),
        (-32766, r"stopped at model_predict .*image\.c:\d+.*rite-protected"),
        (-32765, "the last frame was damaged: CRC"),
    ],
)
def test_faults_name_function_and_line(chip: tuple[Path, Board], first: int, message: str) -> None:
    with (
        UnicornTarget(*chip) as target,
        pytest.raises(VerificationError, match=message),
    ):
        target.predict(struct.pack("<4h", first, 0, 0, 0))


def test_wrong_length_is_refused_by_the_firmware(image: Image) -> None:
    with (
        UnicornTarget(*image("nucleo_f401re")) as target,
        pytest.raises(VerificationError, match=r"length.*code 3"),
    ):
        target.predict(b"\x01\x02\x03")


def test_a_dead_engine_is_an_error_not_a_hang(image: Image) -> None:
    elf, board = image("nucleo_f401re")
    with UnicornProcess(elf, board) as process:
        process.boot()
        process._process.kill()
        process._process.wait()
        with pytest.raises(VerificationError, match="emulator process ended"):
            process.ask({"do": "exchange"}, b"\0")


@pytest.mark.parametrize(
    ("first", "message"),
    [
        (-32764, r"stopped at model_predict .*did not wait for input within 0\.3 s"),
        (-32763, r"stopped at model_predict .*sleeps and does not wait for input"),
    ],
)
def test_firmware_that_never_answers(image: Image, first: int, message: str) -> None:
    request = encode_frame(TYPE_PREDICT, 1, struct.pack("<4h", first, 0, 0, 0))
    with UnicornProcess(*image("nucleo_f401re"), timeout_s=0.3) as process:
        process.boot()
        with pytest.raises(VerificationError, match=message):
            process.ask({"do": "exchange"}, request)


def test_an_image_of_another_board_is_refused(image: Image) -> None:
    elf, board = image("nucleo_f401re")
    elsewhere = dataclasses.replace(board, flash_origin=0x10000000)
    with pytest.raises(VerificationError, match="outside the board's memories"):
        UnicornTarget(elf, elsewhere).open()


def test_a_file_that_is_no_elf(tmp_path: Path, image: Image) -> None:
    path = tmp_path / "broken.elf"
    path.write_bytes(b"\x7fELF nothing more")
    with pytest.raises(VerificationError, match=r"broken\.elf cannot be read"):
        UnicornTarget(path, image("nucleo_f401re")[1]).open()


def test_a_closed_target_says_so(image: Image) -> None:
    with pytest.raises(UsageError, match="not open"):
        UnicornTarget(*image("nucleo_f401re")).identify()


def _with_code(folder: Path, mcu: list[str], line: str) -> Path:
    """The test image with one more line of assembly in its model, for another core."""
    source = Path(__file__).parent / "image" / "image.c"
    text = source.read_text(encoding="utf-8").replace(
        "    const int16_t *x = in;\n",
        f'    const int16_t *x = in;\n    __asm__ volatile("{line}");\n',
    )
    (folder / "image.c").write_text(text, encoding="utf-8")
    elf = folder / "image.elf"
    options = ["-mthumb", "-Os", "-g", "-ffreestanding", "-fno-builtin", "-nostdlib"]
    script = source.with_name("image.ld")
    subprocess.run(
        ["arm-none-eabi-gcc", *mcu, *options, "-T", script, "-o", elf, folder / "image.c", "-lgcc"],
        check=True,
        timeout=60,
    )
    return elf


_M4F = ["-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"]


@pytest.mark.parametrize(
    ("board", "mcu", "line", "message"),
    [
        ("nucleo_f103rb", ["-mcpu=cortex-m4"], "smuad r0, r0, r0", r"`smuad` at model_predict"),
        ("nucleo_f103rb", _M4F, "vadd.f32 s0, s0, s0", r"`vadd\.f32` at .*the board has no FPU"),
        ("nucleo_f401re", _M4F, "vadd.f32 s0, s0, s0", "nothing switched the FPU on"),
    ],
)
def test_instructions_the_chip_lacks(
    image: Image, tmp_path: Path, board: str, mcu: list[str], line: str, message: str
) -> None:
    chip = image(board)[1]
    elf = _with_code(tmp_path, mcu, line)
    with pytest.raises(VerificationError, match=message):
        UnicornTarget(elf, chip).open()


def test_a_board_that_is_not_emulated(image: Image) -> None:
    elf, board = image("nucleo_f401re")
    bare = dataclasses.replace(board.emulators, unicorn=False)
    with pytest.raises(UsageError, match="Unicorn does not emulate nucleo_f401re"):
        UnicornTarget(elf, dataclasses.replace(board, emulators=bare))
