# SPDX-License-Identifier: MIT
"""What an image says of its model: JSON in a section of the ELF that no loader reads.

It costs no flash. A C string may have 4095 characters, so the text stands in several statements,
whose order a compiler may change: every piece begins with its number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from thumbling.elf import Elf

SECTION = ".thumbling"
_PIECE, _LINE = 480, 40  # characters, before they are escaped
_MOST = 1 << 24


def assembler_facts(facts: Mapping[str, Any]) -> list[list[str]]:
    """The pieces, each a list of arguments of `.ascii` as they stand inside a C string."""
    text = json.dumps(facts, separators=(",", ":"), sort_keys=True)
    pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
    return [_lines(f"{number:06d}{piece}\n") for number, piece in enumerate(pieces)]


def _lines(text: str) -> list[str]:
    return [_escaped(text[at : at + _LINE]) for at in range(0, len(text), _LINE)]


def _escaped(text: str) -> str:
    """Octal wherever C, its trigraphs or an assembler might see more than the character."""
    return re.sub(r"[^A-Za-z0-9 _.,:{}\[\]-]", lambda m: f"\\\\{ord(m[0]):03o}", text)


def read_facts(elf: Elf) -> dict[str, Any]:
    """What `assembler_facts` put there; empty where the image has none of it.

    Raises `ValueError` where it is damaged.
    """
    section = elf.section(SECTION)
    if section is None:
        return {}
    if section.size > _MOST:
        raise ValueError("the facts of the image are too long")
    pieces = sorted(section.data.decode("ascii").splitlines())
    try:
        facts = json.loads("".join(piece[6:] for piece in pieces))
    except RecursionError as error:
        raise ValueError("the facts of the image nest too deep") from error
    if not isinstance(facts, dict):
        raise ValueError("the facts of the image are none")
    return facts
