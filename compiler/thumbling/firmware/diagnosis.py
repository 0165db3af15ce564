# SPDX-License-Identifier: MIT
"""Turns what a compiler or linker complained about into one clear error."""

from __future__ import annotations

import re
from typing import Final

from thumbling.boards import Board
from thumbling.errors import BuildError, DoesNotFitError, ThumblingError

# GNU ld: region `FLASH' overflowed by 123 bytes
# lld:    section '.text' will not fit in region 'FLASH': overflowed by 123 bytes
_OVERFLOW: Final = re.compile(
    r"region [`'\"](?P<region>FLASH|RAM)['\"]:? overflowed by (?P<bytes>\d+) bytes"
)
_TAIL_LINES: Final = 12
# A frame of zig's stack trace: `/lib/std/fs.zig:1:2: 0x10a in open (zig)`.
_FRAME: Final = re.compile(r": 0x[0-9a-f]+ in ")


def explain_failure(output: str, board: Board) -> ThumblingError:
    """The error for a failed build, given everything the tools printed."""
    worst: dict[str, int] = {}
    for match in _OVERFLOW.finditer(output):
        over = int(match["bytes"])
        worst[match["region"]] = max(over, worst.get(match["region"], 0))
    if worst:
        sizes = {"FLASH": board.flash_bytes, "RAM": board.ram_bytes}
        words = {"FLASH": "flash", "RAM": "RAM (stack reserve included)"}
        parts = [
            f"{sizes[region] + over} bytes of {words[region]} are needed, {board.title} has "
            f"{sizes[region]} ({over} too few)"
            for region, over in sorted(worst.items())
        ]
        return DoesNotFitError(
            f"the firmware does not fit: {'; '.join(parts)}",
            hint="use a smaller model, --optimize size, or a board with more memory",
        )
    lines = [line for line in output.splitlines() if line.strip()]
    # A tool's own trace says nothing about the user's model, and its sources follow each frame.
    lines = lines[: next((i for i, line in enumerate(lines) if _FRAME.search(line)), len(lines))]
    errors = [line for line in lines if "error" in line.lower()]
    first = (errors or lines or ["no message"])[0]
    tail = "\n".join(lines[-_TAIL_LINES:])
    return BuildError(f"the build failed: {first.strip()}", hint=f"the tool's last words:\n{tail}")
