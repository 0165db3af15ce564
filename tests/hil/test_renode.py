# SPDX-License-Identifier: MIT
"""Renode: what is asked of it where it is missing, and the real thing where it is installed."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from thumbling.boards import Board, all_boards
from thumbling.errors import MissingToolError, UsageError
from thumbling_hil.renode_target import SETTING, RenodeTarget, check_banner, platform_file
from thumbling_hil.verify import Verification, verify

Image = Callable[[str], tuple[Path, Board]]
Vectors = tuple[npt.NDArray[np.int16], list[bytes]]

needs_renode = pytest.mark.skipif(
    shutil.which("renode-test", path=os.environ.get(SETTING)) is None,
    reason="Renode is not installed",
)


@pytest.mark.parametrize("board", all_boards(), ids=lambda b: b.name)
def test_every_board_with_a_renode_cpu_has_its_offline_platform(board: Board) -> None:
    if not board.emulators.renode:
        pytest.skip("this board has no CPU file in Renode")
    text = platform_file(board).read_text(encoding="utf-8")
    assert f'using "platforms/cpus/{board.emulators.renode}.repl"' in text
    assert "sysbus:\n    init:\n        Tag <" in text


def test_missing_renode_says_how_to_get_it(image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "no-such-folder")
    with pytest.raises(MissingToolError, match=r"renode is not in no-such-folder") as caught:
        RenodeTarget(*image("nucleo_f401re"))
    assert "renode.io" in caught.value.hint
    assert caught.value.exit_code == 3


def test_board_without_a_platform(image: Image) -> None:
    elf, board = image("nucleo_f401re")
    bare = dataclasses.replace(board, emulators=dataclasses.replace(board.emulators, renode=""))
    with pytest.raises(UsageError, match="no Renode platform for nucleo_f401re"):
        RenodeTarget(elf, bare)


@needs_renode
def test_banner(image: Image, tmp_path: Path) -> None:
    elf, board = image("nucleo_f401re")
    check_banner(elf, board, tmp_path)


@needs_renode
def test_renode(image: Image, vectors: Vectors) -> None:
    elf, board = image("nucleo_f401re")
    x, expected = vectors
    result = verify("renode", inputs=x[:50], expected=expected[:50], elf=elf, board=board)
    assert result == Verification(on="renode", vectors=50, mismatches=0, first=None)
