# SPDX-License-Identifier: MIT
"""Pieces of C text: numbers, tables, names."""

from __future__ import annotations

from collections.abc import Iterable

from thumbling.codegen.layout import wrap_comments

_COLUMNS = 100


def c_int(value: int) -> str:
    """An int32 constant; the least one has no literal of its own."""
    return "(-2147483647 - 1)" if value == -(2**31) else str(value)


def fill(items: Iterable[str], indent: str = "    ") -> str:
    """Items with commas, as many on a line as fit."""
    lines: list[str] = []
    line = indent
    for item in items:
        piece = f"{item},"
        if len(line) + len(piece) + 1 > _COLUMNS and line != indent:
            lines.append(line.rstrip())
            line = indent
        line += piece + " "
    lines.append(line.rstrip())
    return "\n".join(lines)


def table(c_type: str, name: str, items: Iterable[str], comment: str) -> str:
    """A constant array. Layout is ours, since formatters would put a number on each line."""
    values = list(items)
    return (
        f"{wrap_comments(f'/* {comment} */')}"
        "/* clang-format off */\n"
        f"static const {c_type} {name}[{len(values)}] = {{\n"
        f"{fill(values)}\n"
        "};\n"
        "/* clang-format on */\n"
    )


def comment_text(text: str) -> str:
    """Text that can neither end a C comment nor a line, nor look like the start of a comment."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain.replace("*/", "* /").replace("/*", "/ *")


def c_string(text: str) -> str:
    """A C string literal, in ASCII with octal escapes."""
    plain = {ord(" "), ord("!")} | set(range(ord("#"), 127)) - {ord("\\"), ord("?")}
    return '"' + "".join(chr(b) if b in plain else f"\\{b:03o}" for b in text.encode()) + '"'
