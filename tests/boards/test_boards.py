# SPDX-License-Identifier: MIT
"""Every board file is valid; every way to spoil one is told by file, table and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from thumbling.boards import all_boards, load_board, read_board
from thumbling.errors import BoardFileError, UnknownBoardError
from thumbling.resources import data_dir

FILES = sorted(data_dir("boards").glob("*.toml"))
GOOD = (data_dir("boards") / "nucleo_f401re.toml").read_text(encoding="utf-8")


def test_the_four_boards_are_there() -> None:
    names = [board.name for board in all_boards()]
    expected = ["nucleo_f072rb", "nucleo_f103rb", "nucleo_f401re", "nucleo_g071rb"]
    assert [name for name in names if name in expected] == expected
    assert names == [path.stem for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_description_agrees_with_itself(path: Path) -> None:
    board = read_board(path)
    templates = data_dir("firmware_templates")
    assert (templates / f"clock_{board.mcu}.c").is_file()
    assert (templates / f"{board.gpio.kind}.c").is_file()
    assert (templates / f"uart_{board.uart.kind}.c").is_file()
    assert board.uart.tx != board.uart.rx
    assert board.flash_bytes % 1024 == board.ram_bytes % 1024 == 0
    assert board.emulators.unicorn


@pytest.mark.parametrize(
    "spelling",
    ["nucleo_f401re", "nucleo-f401re", "nucleo-f401", "nucleo_f4", " NUCLEO-F401RE "],
)
def test_spellings_of_one_board(spelling: str) -> None:
    board = load_board(spelling)
    assert board.name == "nucleo_f401re"
    assert (board.flash_origin, board.flash_bytes) == (0x08000000, 524288)
    assert (board.ram_origin, board.ram_bytes) == (0x20000000, 98304)
    assert (board.core, board.fpu, board.f_cpu_hz) == ("cortex-m4", True, 84_000_000)


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("nucleo-f401rr", "'nucleo-f401rr'", "nucleo_f401re"),
        ("nucleo", "ambiguous", "nucleo_f072rb, nucleo_f103rb"),
        ("", "no board", "known boards: nucleo_f072rb"),
        ("zzzzzz", "no board", "known boards: nucleo_f072rb"),
        ("../boards/nucleo_f401re", "no board", "nucleo_f401re"),
    ],
)
def test_unknown_boards(name: str, message: str, hint: str) -> None:
    with pytest.raises(UnknownBoardError) as caught:
        load_board(name)
    assert message in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'flash = "512 KiB"',
            'flash = "2MB"',
            'pico.toml: [memory] flash = "2MB": expected bytes; write 2097152 or "2 MiB"',
        ),
        (
            'ram = "96 KiB"',
            'ram = "96k"',
            'pico.toml: [memory] ram = "96k": expected bytes; write 98304 or "96 KiB"',
        ),
        ('ram = "96 KiB"', "ram = -1", "[memory] ram = -1: expected bytes"),
        ('ram = "96 KiB"', "ram = true", "[memory] ram = true: expected bytes"),
        ('core = "cortex-m4"', 'core = "cortex-a9"', "expected one of cortex-m0,"),
        ('core = "cortex-m4"', 'core = "cortex-m3"', "a cortex-m3 has no FPU"),
        ("fpu = true", 'fpu = "yes"', 'fpu = "yes": expected true or false'),
        ('tx = "PA2"', 'tx = "A2"', '[uart] tx = "A2": expected a pin'),
        ('kind = "gpio_v2"', 'kind = "gpio_v9"', "expected one of gpio_v1, gpio_v2"),
        ("enable = 0x40023830", "enable = 0x20", "[gpio] enable = 32: expected an integer from"),
        ("f_cpu_hz = 84_000_000", "f_cpu_hz = 84", "expected an integer from 1000000"),
        ("f_cpu_hz = 84_000_000", "f_cpu_hz = 84e6", "expected an integer from 1000000"),
        ("flash_factor = 1.04", "flash_factor = 0.5", "expected a number from 1 to 10"),
        ('title = "ST Nucleo-F401RE"', "", "pico.toml: title is missing"),
        ('title = "ST Nucleo-F401RE"', 'title = ""', "expected a text that is not empty"),
        ("baud = 115200", "baud = 115200\nparity = 1", "[uart] parity is not a key"),
        ("unicorn = true", 'unicorn = "M4"', 'unicorn = "M4": expected true or false'),
        ("[uart]", "[usart]", "uart is missing: expected a table"),
        ("[uart]", "[uart", "not valid TOML"),
    ],
)
def test_spoilt_files(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    path = tmp_path / "pico.toml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(BoardFileError) as caught:
        read_board(path)
    assert message in caught.value.message


def test_sizes_may_be_integers(tmp_path: Path) -> None:
    path = tmp_path / "pico.toml"
    path.write_text(GOOD.replace('"512 KiB"', "524288"), encoding="utf-8")
    assert read_board(path).flash_bytes == 524288
