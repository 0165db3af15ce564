# SPDX-License-Identifier: MIT
"""Layout as clang-format would do it: long calls broken at commas, macros in columns.

Emitters write a statement a line and need not count columns.
"""

from __future__ import annotations

_COLUMNS = 100
_DEFINE = "#define "


def wrap_calls(text: str) -> str:
    """Lines beyond 100 columns broken behind commas, aligned to the parenthesis they stand in.

    A line stays as it is where its name alone is too long for that.
    """
    return "\n".join(_wrap(line) for line in text.split("\n"))


def _wrap(line: str) -> str:
    commas = _argument_commas(line) if len(line) > _COLUMNS else []
    if not commas:
        return line
    opening, *breaks = commas
    pad = " " * (opening + 1)
    pieces = [
        line[start + 1 : end + 1].lstrip() if start > opening else line[: end + 1]
        for start, end in zip(commas, [*breaks, len(line)], strict=True)
    ]
    lines = [pieces[0]]
    for piece in pieces[1:]:
        joined = f"{lines[-1]} {piece}"
        if len(joined) <= _COLUMNS:
            lines[-1] = joined
        else:
            lines.append(pad + piece)
    return "\n".join(lines)


def _argument_commas(line: str) -> list[int]:
    """The first parenthesis that holds several arguments, and the commas between them."""
    opened: list[list[int]] = []
    found: list[list[int]] = []
    for at, character in enumerate(line):
        if character == "(":
            opened.append([at])
            found.append(opened[-1])
        elif character == ")" and opened:
            opened.pop()
        elif character == "," and opened:
            opened[-1].append(at)
    return next((group for group in found if len(group) > 1), [])


def align_defines(text: str) -> str:
    """Macro definitions on neighbouring lines with their values in one column."""
    rows = [line.removeprefix(_DEFINE).partition(" ") for line in text.splitlines()]
    width = max((len(name) for name, _, _ in rows), default=0)
    return "".join(f"{_DEFINE}{name:<{width}} {value}\n" for name, _, value in rows)
