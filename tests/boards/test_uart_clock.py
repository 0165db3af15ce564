# SPDX-License-Identifier: MIT
"""The clock of the UART that the board states is the one its firmware sets.

`clock_<mcu>.c` runs on the host, with registers of which every one is ready at once.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from thumbling.boards import Board, all_boards
from thumbling.resources import data_dir

COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
REGISTERS = """
#define THB_BOARD_H /* instead of thb_board.h */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
static uint32_t scratch;
#define THB_REG(address) (*((void)(address), &scratch))
static bool thb_wait_for(uint32_t address, uint32_t mask, uint32_t value)
{
    return address != 0U && (value & ~mask) == 0U;
}
uint32_t thb_clock_init(void);
int main(void)
{
    printf("%lu", (unsigned long)thb_clock_init());
    return 0;
}
"""


@pytest.mark.skipif(COMPILER is None, reason="no C compiler for this machine: apt install gcc")
@pytest.mark.parametrize("board", all_boards(), ids=lambda board: board.name)
def test_the_firmware_gives_the_uart_the_stated_clock(board: Board, tmp_path: Path) -> None:
    assert COMPILER is not None
    (tmp_path / "registers.h").write_text(REGISTERS, encoding="utf-8")
    (tmp_path / "thb_config.h").write_text("", encoding="utf-8")
    source = data_dir("firmware_templates") / f"clock_{board.mcu}.c"
    program = tmp_path / "clock"
    options = ["-std=c99", "-include", str(tmp_path / "registers.h"), f"-I{tmp_path}"]
    subprocess.run([COMPILER, *options, str(source), "-o", str(program)], check=True, timeout=60)
    printed = subprocess.run([program], capture_output=True, text=True, check=True, timeout=10)
    assert int(printed.stdout) == board.uart_clock_hz
