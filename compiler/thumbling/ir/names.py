# SPDX-License-Identifier: MIT
"""Names that users give: of features, classes and files. They may hold any character at all."""

from __future__ import annotations

from collections.abc import Sequence


def as_names(names: Sequence[object]) -> tuple[str, ...]:
    """Labels or feature names as text that UTF-8 can hold: lone surrogates as `\\udc80`."""
    return tuple(encodable(str(name)) for name in names)


def encodable(text: str) -> str:
    """The text with lone surrogates, which no encoding takes, written out as `\\udc80`."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def readable(text: str) -> str:
    """The text on one line of printable characters; all others are written out, as `\\x1b`."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
