# SPDX-License-Identifier: MIT
"""m2cgen: nested `if`s and sums, in `double` or, as its users patch it by hand, in `float`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from thumbling.peers.ruler import Contender
from thumbling.peers.subject import Generated, Subject, cast

ENTRY = "audit_entry"


@contextmanager
def _deep_recursion() -> Iterator[None]:
    """Its C of a deep tree is written by recursion."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, 20000))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _wrapper(code: str, subject: Subject, real: str) -> str:
    n = subject.n_classes
    if subject.is_regression:
        body = f"    *({real} *)out = score(({real} *)x);\n"
    elif n == 1:
        body = f"    (void)score(({real} *)x);\n    *(int32_t *)out = 0;\n"
    elif re.search(rf"^{real} score", code, re.M):
        body = f"    *(int32_t *)out = score(({real} *)x) > 0;\n"
    else:
        body = (
            f"    {real} s[{n}];\n    int32_t best = 0;\n    score(({real} *)x, s);\n"
            f"    for (int32_t i = 1; i < {n}; i++) {{\n"
            "        if (s[i] > s[best]) {\n            best = i;\n        }\n    }\n"
            "    *(int32_t *)out = best;\n"
        )
    head = f"int32_t {ENTRY}(const {real} *x, void *out)\n{{\n"
    return f"#include <stdint.h>\n{code}\n{head}{body}    return 0;\n}}\n"


def generate(subject: Subject, real: str = "double") -> Generated:
    """Its C with features of type `real`, `double` or `float`."""
    import m2cgen

    with _deep_recursion():
        code = m2cgen.export_to_c(subject.model)
    flags: tuple[str, ...] = ()
    if real == "float":
        code = re.sub(r"\bdouble\b", "float", code)
        flags = ("-fsingle-precision-constant",)
    wide = real == "double"
    result = ("<f8" if wide else "<f4") if subject.is_regression else "<i4"
    return Generated(
        program=Contender(
            sources={"peer.c": _wrapper(code, subject, real)},
            entry=ENTRY,
            out_bytes=8 if result == "<f8" else 4,
            flags=flags,
        ),
        rows=cast(subject.rows, "float64" if wide else "float32"),
        dtype=result,
    )
