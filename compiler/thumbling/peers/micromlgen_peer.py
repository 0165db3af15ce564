# SPDX-License-Identifier: MIT
"""micromlgen: a C++ class for Arduino, on `float`."""

from __future__ import annotations

import re
from typing import Final

from thumbling.peers.ruler import Contender, ToolError
from thumbling.peers.subject import Generated, Subject, cast

ENTRY = "audit_entry"
# All it wants of a C++ library, which a compiler for Cortex-M often comes without.
_CSTDARG: Final = "#include <stdarg.h>\n"
# What an Arduino sketch has before the class.
_HEAD: Final = "#include <stdint.h>\n#include <string.h>\n#include <math.h>\n"


def generate(subject: Subject) -> Generated:
    """Its C++, called from C."""
    import micromlgen

    code = micromlgen.port(subject.model) or ""
    name = re.search(r"class (\w+)", code)
    if name is None:
        raise ToolError("it writes no class for this model", status="unsupported")
    result = "float" if subject.is_regression else "int32_t"
    wrapper = (
        f'{_HEAD}{code}\nextern "C" int32_t {ENTRY}(const float *x, void *out)\n{{\n'
        f"    Eloquent::ML::Port::{name[1]} model;\n"
        f"    *({result} *)out = model.predict((float *)x);\n    return 0;\n}}\n"
    )
    return Generated(
        program=Contender(
            sources={"peer.cpp": wrapper, "cstdarg": _CSTDARG}, entry=ENTRY, out_bytes=4
        ),
        rows=cast(subject.rows, "float32"),
        dtype="<f4" if subject.is_regression else "<i4",
    )
