# SPDX-License-Identifier: MIT
"""Words that no variable of generated C may be: those of C and C++, and our own parameters."""

from __future__ import annotations

from typing import Final

_KEYWORDS = (
    "alignas alignof and asm auto bool break case catch char class compl const constexpr continue"
    " decltype default delete do double else enum explicit export extern false float for friend"
    " goto if inline int long mutable namespace new noexcept not nullptr operator or private"
    " protected public register restrict return short signed sizeof static struct switch"
    " template this throw true try typedef typeid typename union unsigned using virtual void"
    " volatile while xor"
)
_PARAMETERS = "out state"
RESERVED: Final = frozenset([*_KEYWORDS.split(), *_PARAMETERS.split()])
