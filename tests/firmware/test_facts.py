# SPDX-License-Identifier: MIT
"""The image says what its model is, whatever the names are, and pays no flash for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile
from tests.firmware.building import BUILDERS, build
from tests.firmware.tiny_model import make_model

from thumbling.boards import load_board
from thumbling.elf import Elf
from thumbling.firmware import Memory, read_facts, read_memory
from thumbling.firmware.facts import SECTION

HARD = ['"', "\\", "??/", "%s", "ü", "\ud800", "\n", "*/", "'", "@", ";", "$x", "\0", "%progbits"]
FACTS: dict[str, Any] = {
    "source": "sklearn.Tree",
    "classes": [[f"class {k} of many" for k in range(700)], HARD],
}


@pytest.mark.parametrize("builder", BUILDERS)
def test_facts_come_back_and_take_no_flash(builder: str, tmp_path: Path) -> None:
    board = load_board("nucleo-f401")
    sizes: list[Memory] = []
    for facts in (FACTS, {}):
        model = replace(make_model(), facts=facts)
        elf = build(model, board, tmp_path / str(len(sizes)), builder)
        assert read_facts(Elf.read(elf)) == {"board": "nucleo_f401re", **facts}
        with elf.open("rb") as file:
            section = ELFFile(file).get_section_by_name(SECTION)
            assert section is not None
            assert section["sh_flags"] == 0
        sizes.append(read_memory(elf, board))
    assert sizes[0] == sizes[1]
