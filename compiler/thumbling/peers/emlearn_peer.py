# SPDX-License-Identifier: MIT
"""emlearn: trees as nested `if`s (`inline`) or as tables (`loadable`), on integers by default."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from thumbling.peers.ruler import Contender
from thumbling.peers.subject import Generated, Subject, cast

ENTRY = "audit_entry"
_C_TYPES: Final = {"int16": "int16_t", "uint8": "uint8_t", "float32": "float"}


def generate(subject: Subject, method: str = "inline", dtype: str = "int16") -> Generated:
    """Its C with features of type `dtype`: int16 (its default), uint8 or float32."""
    # Its import switches NumPy to raising floating-point errors, for the whole process.
    with np.errstate():
        import emlearn

    c_type = _C_TYPES[dtype]
    code = emlearn.convert(subject.model, method=method, dtype=c_type).save(name="peer")
    result = "float" if subject.is_regression else "int32_t"
    wrapper = (
        f"{code}\nint32_t {ENTRY}(const {c_type} *x, void *out)\n{{\n"
        f"    *({result} *)out = peer_predict(x, {subject.rows.shape[1]});\n    return 0;\n}}\n"
    )
    return Generated(
        program=Contender(
            sources={"peer.c": wrapper},
            entry=ENTRY,
            out_bytes=4,
            include=(Path(emlearn.__file__).parent,),
        ),
        rows=cast(subject.rows, dtype),
        dtype="<f4" if subject.is_regression else "<i4",
    )
