# SPDX-License-Identifier: MIT
"""An application of the user's own in the generated project: it replaces `main`, keeps the rest."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from tests.firmware.building import BUILDERS, GCC, ZIG, build, needs_gcc, symbols
from tests.firmware.tiny_model import expected, make_model

from thumbling.boards import all_boards, load_board
from thumbling.firmware import read_memory
from thumbling_hil.emulator.process import UnicornProcess

# README.md of firmware_templates shows this program.
OWN_MAIN = """\
#include "thb_board.h"
#include "tiny.h"

/* Little-endian bytes: three features in, the label and both scores out. */
static int16_t read_feature(void)
{
    uint16_t value = 0U;
    for (unsigned shift = 0U; shift < 16U; shift += 8U) {
        int byte = thb_board_getc();
        while (byte < 0) {
            byte = thb_board_getc();
        }
        value = (uint16_t)(value | ((unsigned)byte << shift));
    }
    return (int16_t)value;
}

static void write_word(int32_t word)
{
    for (unsigned shift = 0U; shift < 32U; shift += 8U) {
        thb_board_putc((uint8_t)((uint32_t)word >> shift));
    }
}

int main(void)
{
    thb_board_init();
    for (;;) {
        int16_t x[TINY_N_FEATURES];
        tiny_output_t out;
        for (int i = 0; i < TINY_N_FEATURES; ++i) {
            x[i] = read_feature();
        }
        if (tiny_predict(x, &out) == THB_OK) {
            write_word(out.label);
            write_word(out.score[0]);
            write_word(out.score[1]);
        }
    }
}
"""
INPUTS = [(5, -7, 123), (-1, 0, 0), (32767, -32768, -99), (0, 0, 1)]


@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize("name", ["main.c", "application.c"])
def test_own_main_calls_the_model_over_our_uart(tmp_path: Path, builder: str, name: str) -> None:
    """Whether it replaces our `main.c` or stands beside it."""
    board = load_board("nucleo_f401re")
    elf = build(make_model(), board, tmp_path, builder, own={name: OWN_MAIN})
    with UnicornProcess(elf, board) as process:
        assert process.boot() == b""
        for x in INPUTS:
            _, answer = process.ask({"do": "exchange"}, struct.pack("<3h", *x))
            assert struct.unpack("<3i", answer) == expected(x)
    # Nothing of the frame protocol is left in the image.
    assert not {"thb_frame_receive", "thb_app", "thb_app_receive"} & set(symbols(elf))
    assert read_memory(elf, board).model_flash_bytes > 0


@pytest.mark.parametrize("builder", [GCC, ZIG])
@pytest.mark.parametrize("board_name", [board.name for board in all_boards()])
def test_own_main_keeps_only_what_it_calls(tmp_path: Path, builder: str, board_name: str) -> None:
    own = {"user.c": "int main(void)\n{\n    for (;;) {\n    }\n}\n"}
    found = symbols(build(make_model(), load_board(board_name), tmp_path, builder, own))
    assert found["main"][1] <= 8
    assert "Reset_Handler" in found
    assert not {"thb_board_init", "thb_frame_receive", "tiny_predict"} & set(found)


@needs_gcc
def test_own_main_may_use_the_c_library(tmp_path: Path) -> None:
    text = (
        "#include <stdio.h>\n#include <stdlib.h>\n"
        "int main(void)\n{\n    char *text = malloc(40);\n"
        '    return text == 0 ? 1 : sprintf(text, "%d", (int)(size_t)text);\n}\n'
    )
    elf = build(make_model(), load_board("nucleo_f401re"), tmp_path, "gcc", {"user.c": text})
    assert "_sbrk" in symbols(elf)
