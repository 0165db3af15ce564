# SPDX-License-Identifier: MIT
"""Layout as clang-format would do it: long calls broken at commas, macros in columns.

Emitters write a statement a line and need not count columns.
"""

from __future__ import annotations

import re
import textwrap

COLUMNS = 100
_DEFINE = "#define "
_PROTOTYPE = re.compile(r"(THB_NOINLINE static )?\w+ \w+\(")


def wrap_calls(text: str) -> str:
    """Lines beyond 100 columns broken behind commas, aligned to the parenthesis they stand in.

    Where the name in front is too long for that, the first break is behind the parenthesis.
    """
    return "\n".join(_wrap(line) for line in text.split("\n"))


def _wrap(line: str) -> str:
    commas = _argument_commas(line) if len(line) > COLUMNS else []
    if not commas:
        return line
    opening, *breaks = commas
    ends = zip(commas, [*breaks, len(line)], strict=True)
    pieces = [line[start + 1 : end + 1].strip() for start, end in ends]
    head = line[: opening + 1]
    aligned = _aligned(head, pieces)
    if aligned is None and _PROTOTYPE.fullmatch(head):
        # The return type gets a line of its own before the arguments leave their parenthesis.
        kind, name = head.rsplit(" ", 1)
        aligned = _aligned(name, pieces)
        aligned = aligned and f"{kind}\n{aligned}"
    return aligned or "\n".join([head, *_filled(pieces, " " * (_indent(head) + 4))])


def _aligned(head: str, pieces: list[str]) -> str | None:
    """Arguments under the first of them; None where that leaves the page."""
    lines = _filled(pieces, " " * len(head))
    if any(len(line) > COLUMNS for line in lines):
        return None
    return "\n".join([head + lines[0].lstrip(), *lines[1:]])


def _filled(pieces: list[str], pad: str) -> list[str]:
    """Pieces with as many on a line as fit, every line indented by `pad`."""
    lines = [pad + pieces[0]]
    for piece in pieces[1:]:
        joined = f"{lines[-1]} {piece}"
        if len(joined) <= COLUMNS:
            lines[-1] = joined
        else:
            lines.append(pad + piece)
    return lines


def _indent(head: str) -> int:
    """Where the name that opens the last parenthesis begins, behind an outer one if it has one."""
    outer = head[:-1].rfind("(")
    return outer + 5 if outer >= 0 else len(head) - len(head.lstrip())


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


def wrap_comments(text: str) -> str:
    """Comment lines beyond 100 columns broken at spaces, what follows under what was begun."""
    return "".join(_wrap_comment(line) + "\n" for line in text.splitlines())


def _wrap_comment(line: str) -> str:
    opening = re.match(r"(?:/| )\*( +)", line)
    if opening is None or len(line) <= COLUMNS:
        return line
    lines = textwrap.wrap(
        line,
        width=COLUMNS,
        subsequent_indent=" *" + opening[1],
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines)
