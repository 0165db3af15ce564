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
import re
import shutil
import struct
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from tests.hil.renode_stand_in.install import install, program

from thumbling.boards import Board, all_boards
from thumbling.errors import DataError, MissingToolError, UsageError, VerificationError
from thumbling_hil.targets import renode as renode_target
from thumbling_hil.targets import renode_run
from thumbling_hil.targets.renode import LOG, RenodeTarget
from thumbling_hil.targets.renode_platform import platform
from thumbling_hil.targets.renode_run import PACKAGES, SETTING, endangered, find_renode
from thumbling_hil.verify import Comparison, verify

Image = Callable[[str], tuple[Path, Board]]
Vectors = tuple[npt.NDArray[np.int16], list[bytes]]

needs_renode = pytest.mark.skipif(
    shutil.which("renode-test", path=os.environ.get(SETTING)) is None,
    reason="Renode is not installed: portable release from renode.io, its folder on PATH",
)
needs_stand_in = pytest.mark.skipif(
    sys.platform == "win32"
    or any(importlib.util.find_spec(name) is None for name in ("robot", "unicorn", "capstone")),
    reason="the stand-in for Renode needs pip install 'thumbling[dev]' and a POSIX shell",
)
needs_shell = pytest.mark.skipif(
    sys.platform == "win32", reason="the fake renode-test is a shell script"
)


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Renode folder with the stand-in's `renode-test`, named by the setting."""
    folder = install(tmp_path / "portable")
    monkeypatch.setenv(SETTING, str(folder))
    return folder


@pytest.fixture
def copy(image: Image, tmp_path: Path) -> Path:
    """The image of the F401 in a folder of its own, in which a log may be left."""
    elf = tmp_path / "out" / "firmware.elf"
    elf.parent.mkdir()
    return Path(shutil.copyfile(image("nucleo_f401re")[0], elf))


@pytest.mark.parametrize("board", all_boards(), ids=lambda b: b.name)
def test_platform_of_every_board(board: Board) -> None:
    if not board.emulators.renode:
        pytest.skip(f"Renode has no CPU file for {board.name}")
    lines = platform(board).splitlines()
    assert f'using "platforms/cpus/{board.emulators.renode}.repl"' in lines
    at = lines.index(f"{board.uart.name.lower()}:")
    assert lines[at + 1] == f"    frequency: {board.uart_clock_hz}"
    assert lines[lines.index("cpu:") + 1] == "    PerformanceInMips: 5"
    at = lines.index("sysbus:")
    assert lines[at + 1] == "    init:"
    assert lines[at + 2].startswith("        Tag <")
    assert not any("$" in line or "http" in line for line in lines)


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
    assert result == Comparison(on="renode", vectors=60, mismatches=0, first=None)


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
@pytest.mark.usefixtures("stand_in")
def test_the_robot_test_names_the_first_mismatch(
    copy: Path, image: Image, vectors: Vectors
) -> None:
    xs = [row.tobytes() for row in vectors[0][:2]]
    with RenodeTarget(copy, image("nucleo_f401re")[1]) as target:
        answers = list(target.check(xs, [vectors[1][0], bytes(8)], None))
        assert [answer.output for answer in answers] == vectors[1][:2]
        (result,) = Path(target._folder.name if target._folder else "").rglob("robot_output.xml")
        text = result.read_text(encoding="utf-8")
    assert "vector 1 differs from byte 0 on: status 0" in text
    assert f"{vectors[1][1][:4].hex()} instead of 00000000" in text
    assert "Some tests failed" in (copy.parent / LOG).read_text(encoding="utf-8")


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
@pytest.mark.usefixtures("stand_in")
def test_who_it_is_is_asked_every_second(image: Image) -> None:
    """What is sent before the UART is enabled is lost; the next question came after 10 s."""
    with RenodeTarget(*image("nucleo_f072rb")) as target:
        start = time.monotonic()
        assert target.identify().name == "image"
        first = time.monotonic() - start
    assert first < 10, "the first question was lost, and the second came late"


@needs_stand_in
@pytest.mark.usefixtures("stand_in")
def test_one_boot_answers_all(
    image: Image, vectors: Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []
    real = renode_run.run_renode_test

    def counted(*arguments: object) -> renode_run.Run:
        runs.append(arguments)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(renode_target, "run_renode_test", counted)
    elf, board = image("nucleo_f401re")
    verify(
        "renode",
        inputs=vectors[0][:3],
        expected=vectors[1][:3],
        elf=elf,
        board=board,
        model_id=b"TESTIMAG",
    )
    assert len(runs) == 1


@needs_stand_in
@pytest.mark.usefixtures("stand_in")
def test_bytes_arrive_at_the_true_baud_rate_and_polling_is_cheap(
    image: Image, vectors: Vectors
) -> None:
    """At 8 MHz and 100 MIPS the stand-in would poll for 40 s here, as Renode does."""
    elf, board = image("nucleo_f401re")
    start = time.monotonic()
    result = verify("renode", inputs=vectors[0], expected=vectors[1], elf=elf, board=board)
    assert result.passed
    assert time.monotonic() - start < 30


@needs_stand_in
@pytest.mark.parametrize("successor", [False, True], ids=["release", "successor"])
def test_a_working_folder_with_a_space(
    image: Image, vectors: Vectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, successor: bool
) -> None:
    """The release tears its path apart, its successor would leave results in it."""
    install(tmp_path / "portable", successor=successor)
    working = tmp_path / "my work"
    working.mkdir()
    monkeypatch.chdir(working)
    monkeypatch.setenv(SETTING, "../portable")
    with RenodeTarget(*image("nucleo_f401re")) as target:
        assert target.predict(vectors[0][0].tobytes()).output == vectors[1][0]
    assert not list(working.iterdir())


@needs_stand_in
def test_folders_that_the_script_would_tear_apart(
    stand_in: Path, image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "my temporary"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    with (
        RenodeTarget(*image("nucleo_f401re")) as target,
        pytest.raises(UsageError, match=r"my temporary.*: its path has a space") as caught,
    ):
        target.identify()
    assert "TMPDIR" in caught.value.hint
    monkeypatch.setenv(SETTING, str(install(tmp_path / "my Renode")))
    with pytest.raises(UsageError, match="my Renode: its path has a space"):
        find_renode()


@pytest.mark.parametrize("spoil", ["gone", "empty", "cut", "elsewhere", "no start"])
def test_a_broken_image_needs_no_renode(
    image: Image, copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: str
) -> None:
    """It took Renode 9 s to say so, in 1,500 characters."""
    monkeypatch.setenv(SETTING, str(program(tmp_path / "renode", "#!/bin/sh\nexit 9\n")))
    board = image("nucleo_f401re")[1]
    match spoil:
        case "gone":
            copy.unlink()
        case "empty":
            copy.write_bytes(b"")
        case "cut":
            copy.write_bytes(copy.read_bytes()[:600])
        case "elsewhere":
            board = dataclasses.replace(board, flash_bytes=16)
        case _:
            board = dataclasses.replace(board, flash_origin=board.flash_origin - 4096)
    wrong = "cannot be read as an ELF file|neither flash nor RAM|nothing at 0x07FFF000"
    with (
        pytest.raises(VerificationError, match=rf"firmware\.elf.*({wrong})"),
        RenodeTarget(copy, board),
    ):
        pass


@needs_stand_in
@pytest.mark.usefixtures("stand_in")
def test_a_failure_is_one_sentence_and_its_log_is_kept(
    image: Image, copy: Path, vectors: Vectors
) -> None:
    board = image("nucleo_f401re")[1]
    unknown = dataclasses.replace(board.emulators, renode="stm32z9")
    with (
        RenodeTarget(copy, dataclasses.replace(board, emulators=unknown)) as target,
        pytest.raises(VerificationError) as caught,
    ):
        target.identify()
    wanted = "renode-test failed: Using 'platforms/cpus/stm32z9.repl' does not exist."
    assert caught.value.message == wanted
    assert LOG in caught.value.hint
    log = (copy.parent / LOG).read_text(encoding="utf-8")
    assert "Some tests failed :(" in log
    assert "[ERROR] cpu: aborted" in log
    assert "\x1b" not in log
    assert tempfile.gettempdir() not in log.replace(str(Path(__file__).parents[2]), "")
    with RenodeTarget(copy, board) as target:
        assert target.predict(vectors[0][0].tobytes()).output == vectors[1][0]
    assert not (copy.parent / LOG).exists(), "the log is of the last run"


@needs_stand_in
@pytest.mark.usefixtures("stand_in")
def test_a_core_that_halts_at_once_is_told_at_once(image: Image, copy: Path) -> None:
    board = image("nucleo_f401re")[1]
    copy.write_bytes(_with_reset_vector(copy.read_bytes(), 0xFFFFFFFF))
    with (
        RenodeTarget(copy, board) as target,
        pytest.raises(VerificationError, match="renode-test failed: the core halts before its"),
    ):
        target.identify()


def _with_reset_vector(elf: bytes, address: int) -> bytes:
    """The image with another second word in its vector table."""
    (headers,) = struct.unpack_from("<I", elf, 28)
    (at,) = struct.unpack_from("<I", elf, headers + 4)
    return elf[: at + 4] + struct.pack("<I", address) + elf[at + 8 :]


def _shell(folder: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setenv(SETTING, str(program(folder, f"#!/bin/sh\n{line}\n")))


@needs_shell
def test_renode_without_its_python_packages(
    image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "No module named 'psutil'\nPlease install required dependencies with `pip install -r x`"
    _shell(tmp_path, monkeypatch, f'echo "{said.replace("`", "")}" >&2; exit 1')
    with (
        RenodeTarget(*image("nucleo_f401re")) as target,
        pytest.raises(MissingToolError, match="renode-test has no module psutil") as caught,
    ):
        target.identify()
    assert caught.value.hint == "pip install 'thumbling[renode]'"


@needs_shell
def test_renode_that_runs_nothing(
    image: Image, copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That there is a better Robot Framework is no reason."""
    said = "pip install robotframework==6.1"
    _shell(tmp_path / "renode", monkeypatch, f"echo '{said}'; echo 'mono: not found' >&2; exit 127")
    with (
        RenodeTarget(copy, image("nucleo_f401re")[1]) as target,
        pytest.raises(VerificationError, match="failed: no test was run: mono: not found"),
    ):
        target.identify()


@needs_shell
@pytest.mark.parametrize("code", [0, 1])
def test_a_failure_of_renode_itself_is_no_success(
    image: Image, copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """All answers are there, but renode-test says that its test failed."""
    identity = {
        **{"protocol": 2, "model_id": "00" * 8, "in_bytes": 8, "out_bytes": 8},
        **{"counts_cycles": False, "name": "image", "version": "1"},
    }
    answers = [{"status": 0, "cycles": None, "output": "00" * 8}]
    text = json.dumps({"identity": identity, "answers": answers, "error": ""})
    line = f"echo '{text}' > \"$3/result.json\"; echo teardown broke; exit {code}"
    _shell(tmp_path / "renode", monkeypatch, line)
    rows = [bytes(8)]
    with RenodeTarget(copy, image("nucleo_f401re")[1]) as target:
        if code == 0:
            assert [answer.output for answer in target.check(rows, rows, None)] == rows
        else:
            with pytest.raises(VerificationError, match=r"renode-test failed: .*teardown broke"):
                list(target.check(rows, rows, None))


def test_the_log_of_a_firmware_that_runs_wild_is_cut_in_the_middle(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "renode.log").write_text("began\n" + "wild\n" * 1_000_000 + "ended\n")
    log = renode_run._log(tmp_path, "said\n")
    assert log.startswith("said\nbegan\nwild\n")
    assert log.endswith("wild\nended\n")
    assert len(log) < 300_000
    assert re.search(r"\.\.\. 47\d{5} bytes left out \.\.\.", log)
    (logs / "renode.log").write_text("began\n" + "calm\n" * 1000 + "ended\n")
    assert renode_run._log(tmp_path, "") == "began\n" + "calm\n" * 1000 + "ended\n"


def test_our_python_runs_renode_test_where_it_has_the_packages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/somewhere")
    monkeypatch.setattr(renode_run, "find_spec", lambda name: name in PACKAGES.values() or None)
    first, _, rest = renode_run._environment()["PATH"].partition(os.pathsep)
    assert (first, rest) == (str(Path(sys.executable).parent), "/somewhere")
    monkeypatch.setattr(renode_run, "find_spec", lambda name: None if name == "psutil" else name)
    assert renode_run._environment()["PATH"] == "/somewhere"


def test_the_extra_brings_what_renode_test_imports() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    extras = tomllib.loads(text)["project"]["optional-dependencies"]
    assert [re.split("[>=]", line)[0] for line in extras["renode"]] == list(PACKAGES)
    assert all(">=" in line and "<" not in line for line in extras["renode"])


def test_a_renode_that_renode_would_delete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    doomed = tmp_path / "renode-1.16.1"
    assert endangered(program(doomed / "bin", "") / "renode-test") == doomed
    monkeypatch.setenv(SETTING, str(doomed / "bin"))
    with pytest.raises(UsageError, match=r"renode-1\.16\.1 and would delete itself"):
        find_renode()
    for safe in (tmp_path / "renode_1.16.1", tmp_path / "tools" / "renode-1.16.1"):
        assert endangered(program(safe, "") / "renode-test") is None


@needs_shell
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


@needs_shell
def test_a_closed_target_says_so(
    image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _shell(tmp_path, monkeypatch, "exit 0")
    with pytest.raises(UsageError, match="not open"):
        RenodeTarget(*image("nucleo_f401re")).identify()


@needs_renode
def test_renode_itself(chip: tuple[Path, Board], vectors: Vectors) -> None:
    x, expected = vectors
    result = verify("renode", inputs=x, expected=expected, elf=chip[0], board=chip[1])
    assert result == Comparison(on="renode", vectors=len(x), mismatches=0, first=None)
