# SPDX-License-Identifier: MIT
"""Pieces of C text: numbers, tables, names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from thumbling.codegen.layout import COLUMNS
from thumbling.ir.names import encodable

_LONGEST_WORD = 80
_LONGEST_STRING = 1000  # characters of at most four octets: C99 compilers need take no more


def c_int(value: int) -> str:
    """An int32 constant; the least one has no literal of its own."""
    return "(-2147483647 - 1)" if value == -(2**31) else str(value)


def c_integer(value: int, c_type: str) -> str:
    """A constant of an integer type of C."""
    if c_type != "int64_t":
        return c_int(value)
    return "INT64_MIN" if value == -(2**63) else f"INT64_C({value})"


def narrowing(c_type: str) -> str:
    """The cast by which an int32 that fits is stored in `c_type`; none where it is one."""
    return "" if c_type == "int32_t" else f"({c_type})"


def fill(items: Iterable[str], indent: str = "    ") -> str:
    """Items with commas, as many on a line as fit."""
    lines: list[str] = []
    line = indent
    for item in items:
        piece = f"{item},"
        if len(line) + len(piece) + 1 > COLUMNS and line != indent:
            lines.append(line.rstrip())
            line = indent
        line += piece + " "
    lines.append(line.rstrip())
    return "\n".join(lines)


def struct(declaration: str, fields: Mapping[str, object], *, indent: str = "") -> str:
    """The definition of a struct: a field a line, by its name and in the order of the type.

    Layout is ours, since formatters would put as many on a line as fit.
    """
    lines = (
        "/* clang-format off */",
        f"{declaration} = {{",
        *(f"    THB_FIELD({name}, {value})," for name, value in fields.items()),
        "};",
        "/* clang-format on */",
    )
    return "".join(f"{indent}{line}\n" for line in lines)


def comment_text(text: str, *, longest_word: int | None = _LONGEST_WORD) -> str:
    """Text for one line of a C comment: it can neither end the line nor the comment.

    Nor is anything in it the start of a comment or a trigraph, of which compilers warn. Characters
    that cannot be seen become blanks, words that are longer than `longest_word` are cut.
    """
    plain = "".join(c if c.isprintable() else " " for c in text)
    for pair in ("*/", "/*", "??"):
        # Twice, since a third character may make a pair with what was put apart.
        plain = plain.replace(pair, f"{pair[0]} {pair[1]}").replace(pair, f"{pair[0]} {pair[1]}")
    if longest_word is None:
        return plain
    return " ".join(cut(word, longest_word) for word in plain.split(" "))


def c_string(text: str) -> str:
    """A C string literal of UTF-8, in ASCII with octal escapes, cut where C99 sets a limit."""
    plain = {ord(" "), ord("!")} | set(range(ord("#"), 127)) - {ord("\\"), ord("?")}
    octets = cut(encodable(text), _LONGEST_STRING).encode("utf-8")
    return '"' + "".join(chr(b) if b in plain else f"\\{b:03o}" for b in octets) + '"'


def cut(text: str, most: int) -> str:
    """The text, or its beginning and three points where it is longer than `most`."""
    return text if len(text) <= most else text[: most - 3] + "..."
