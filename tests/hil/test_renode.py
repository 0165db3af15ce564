# SPDX-License-Identifier: MIT
"""Renode: the real one where it is installed; else all of ours around a stand-in for it.

The stand-in (`renode_stand_in/`) takes the place of `renode-test` on PATH: it runs the same
`verify.robot` by Robot Framework and answers Renode's keywords with Unicorn as the chip.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from thumbling.boards import Board, all_boards
from thumbling.errors import DataError, MissingToolError, UsageError, VerificationError
from thumbling_hil.targets import renode as renode_target
from thumbling_hil.targets.renode import SETTING, RenodeTarget, platform_file
from thumbling_hil.targets.renode_session import read_result, write_rows
from thumbling_hil.verify import Verification, verify

Image = Callable[[str], tuple[Path, Board]]
Vectors = tuple[npt.NDArray[np.int16], list[bytes]]
STAND_IN = Path(__file__).parent / "renode_stand_in"

needs_renode = pytest.mark.skipif(
    shutil.which("renode-test", path=os.environ.get(SETTING)) is None,
    reason="Renode is not installed: portable release from renode.io, its folder on PATH",
)
needs_stand_in = pytest.mark.skipif(
    sys.platform == "win32"
    or any(importlib.util.find_spec(name) is None for name in ("robot", "unicorn", "capstone")),
    reason="the stand-in for Renode needs pip install 'thumbling[dev]' and a POSIX shell",
)


def _program(folder: Path, text: str) -> Path:
    """An executable `renode-test` in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "renode-test"
    program.write_text(text, encoding="utf-8")
    program.chmod(0o755)
    return folder


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Renode folder with the stand-in's `renode-test`, named by the setting."""
    script = f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN / "runner.py"}" "$@"\n'
    folder = _program(tmp_path / "renode portable", script)
    monkeypatch.setenv(SETTING, str(folder))
    return folder


@pytest.mark.parametrize("board", all_boards(), ids=lambda b: b.name)
def test_every_board_with_a_renode_cpu_has_its_offline_platform(board: Board) -> None:
    if not board.emulators.renode:
        pytest.skip(f"Renode has no CPU file for {board.name}")
    text = platform_file(board).read_text(encoding="utf-8")
    assert f'using "platforms/cpus/{board.emulators.renode}.repl"' in text
    assert "sysbus:\n    init:\n        Tag <" in text


def test_missing_renode_says_how_to_get_it(image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "no-such-folder")
    with pytest.raises(MissingToolError, match=r"renode-test is not in no-such-folder") as caught:
        RenodeTarget(*image("nucleo_f401re"))
    assert "renode.io" in caught.value.hint
    assert caught.value.exit_code == 3


def test_board_without_a_platform(image: Image) -> None:
    elf, board = image("nucleo_f401re")
    bare = dataclasses.replace(board, emulators=dataclasses.replace(board.emulators, renode=""))
    with pytest.raises(UsageError, match="no Renode platform for nucleo_f401re"):
        RenodeTarget(elf, bare)


@needs_stand_in
@pytest.mark.usefixtures("stand_in")
def test_every_vector_through_the_robot_test(chip: tuple[Path, Board], vectors: Vectors) -> None:
    x, expected = vectors
    result = verify(
        "renode",
        inputs=x[:60],
        expected=expected[:60],
        elf=chip[0],
        board=chip[1],
        model_id=b"TESTIMAG",
    )
    assert result == Verification(on="renode", vectors=60, mismatches=0, first=None)


@needs_stand_in
@pytest.mark.usefixtures("stand_in")
def test_paths_with_spaces_and_equal_signs(image: Image, vectors: Vectors, tmp_path: Path) -> None:
    elf, board = image("nucleo_f401re")
    moved = tmp_path / "a folder" / "x=1" / "firm ware.elf"
    moved.parent.mkdir(parents=True)
    shutil.copyfile(elf, moved)
    with RenodeTarget(moved, board) as target:
        assert target.predict(vectors[0][0].tobytes()).output == vectors[1][0]


@needs_stand_in
@pytest.mark.usefixtures("stand_in")
def test_one_differing_bit_is_found_and_fails_the_robot_test(
    image: Image, vectors: Vectors
) -> None:
    elf, board = image("nucleo_f401re")
    x, expected = vectors[0][:9], list(vectors[1][:9])
    for row in (5, 7):
        expected[row] = bytes((*expected[row][:6], expected[row][6] ^ 4, expected[row][7]))
    result = verify("renode", inputs=x, expected=expected, elf=elf, board=board)
    assert (result.vectors, result.mismatches) == (9, 2)
    assert result.first is not None
    assert (result.first["row"], result.first["byte"]) == (5, 6)


@needs_stand_in
def test_exit_code_and_first_mismatch_of_the_robot_test(
    stand_in: Path, image: Image, vectors: Vectors, tmp_path: Path
) -> None:
    elf, board = image("nucleo_f401re")
    xs = [row.tobytes() for row in vectors[0][:3]]
    write_rows(tmp_path / "vectors.json", [(xs[0], vectors[1][0]), (xs[1], bytes(8))])
    with RenodeTarget(elf, board) as target:
        command = target._command(tmp_path)
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    text = done.stdout
    assert done.returncode == 1
    assert "FAIL vector 1 differs from byte 0 on: status 0" in text
    assert f"{vectors[1][1][:4].hex()} instead of 00000000" in text
    assert [a.output for a in read_result(tmp_path / "result.json").answers] == vectors[1][:2]
    log = (tmp_path / "results-verify.robot.xml").read_text(encoding="utf-8")
    assert "vector 1 differs" in log


@needs_stand_in
@pytest.mark.usefixtures("stand_in")
def test_a_firmware_that_faults(image: Image) -> None:
    with (
        RenodeTarget(*image("nucleo_f401re")) as target,
        pytest.raises(VerificationError, match="the firmware in Renode ended before it answered"),
    ):
        target.predict_many([bytes(8), struct.pack("<4h", -32768, 0, 0, 0)])


@needs_stand_in
@pytest.mark.usefixtures("stand_in")
def test_another_model_is_refused(image: Image, vectors: Vectors) -> None:
    elf, board = image("nucleo_f401re")
    with pytest.raises(DataError, match="another model: image"):
        verify(
            "renode",
            inputs=vectors[0][:1],
            expected=vectors[1][:1],
            elf=elf,
            board=board,
            model_id=bytes(8),
        )
    with (
        RenodeTarget(elf, board) as target,
        pytest.raises(VerificationError, match=r"another model: image, 8 bytes in, 8 bytes out"),
    ):
        target.predict(b"\1\2")


@needs_stand_in
def test_an_image_renode_cannot_load(stand_in: Path, image: Image, tmp_path: Path) -> None:
    board = image("nucleo_f401re")[1]
    with (
        RenodeTarget(tmp_path / "nothing.elf", board) as target,
        pytest.raises(VerificationError, match=r"renode-test failed:(.|\n)*nothing\.elf"),
    ):
        target.identify()


def _shell(folder: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setenv(SETTING, str(_program(folder, f"#!/bin/sh\n{line}\n")))


@pytest.mark.skipif(sys.platform == "win32", reason="the fake renode-test is a shell script")
def test_renode_without_its_python_packages(
    image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real one ends with code 0 where Robot Framework is missing."""
    said = "No module named robot. Please install required dependencies with pip install -r x"
    _shell(tmp_path, monkeypatch, f"echo '{said}' >&2")
    with (
        RenodeTarget(*image("nucleo_f401re")) as target,
        pytest.raises(MissingToolError, match="ran no test: No module named robot"),
    ):
        target.identify()


@pytest.mark.skipif(sys.platform == "win32", reason="the fake renode-test is a shell script")
@pytest.mark.parametrize("code", [0, 1])
def test_a_failure_of_renode_itself_is_no_success(
    image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """All answers are there, but renode-test says that its test failed."""
    identity = {
        **{"protocol": 1, "model_id": "00" * 8, "in_bytes": 8, "out_bytes": 8},
        **{"counts_cycles": False, "name": "image", "version": "1"},
    }
    answers = [{"status": 0, "cycles": None, "output": "00" * 8}]
    fields = {"identity": identity, "answers": answers, "error": "", "hint": ""}
    text = json.dumps(fields)
    line = f"echo '{text}' > \"$3/result.json\"; echo teardown broke; exit {code}"
    _shell(tmp_path, monkeypatch, line)
    rows = [bytes(8)]
    with RenodeTarget(*image("nucleo_f401re")) as target:
        if code == 0:
            assert [answer.output for answer in target.check(rows, rows)] == rows
        else:
            with pytest.raises(VerificationError, match=r"renode-test failed:\nteardown broke"):
                list(target.check(rows, rows))


@pytest.mark.skipif(sys.platform == "win32", reason="the fake renode-test is a shell script")
def test_a_renode_that_hangs_is_ended_with_all_it_started(
    image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "still alive"
    _shell(tmp_path, monkeypatch, f"(sleep 3; touch '{mark}') & wait")
    monkeypatch.setattr(renode_target, "_START_S", 0.5)
    with (
        RenodeTarget(*image("nucleo_f401re")) as target,
        pytest.raises(VerificationError, match=r"did not end within 0\.5 s"),
    ):
        target.identify()
    time.sleep(4)
    assert not mark.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the fake renode-test is a shell script")
def test_a_closed_target_says_so(
    image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _shell(tmp_path, monkeypatch, "exit 0")
    with pytest.raises(UsageError, match="not open"):
        RenodeTarget(*image("nucleo_f401re")).identify()


@needs_renode
@pytest.mark.parametrize("name", ["nucleo_f401re", "nucleo_f072rb", "nucleo_g071rb"])
def test_renode_itself(image: Image, vectors: Vectors, name: str) -> None:
    elf, board = image(name)
    x, expected = vectors
    result = verify("renode", inputs=x[:50], expected=expected[:50], elf=elf, board=board)
    assert result == Verification(on="renode", vectors=50, mismatches=0, first=None)
