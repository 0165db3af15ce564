# SPDX-License-Identifier: MIT
"""`<name>_model`: what a model says of itself, as a constant that is found in any image.

It holds no pointer, so that it reads the same in an object, in an image that is relocated, and
in one without symbols. Its type is `thb_model_t` of `thumbling.h`; the sizes here are those there.
"""

from __future__ import annotations

import struct
from typing import Any, Final

from thumbling.codegen.text import c_string, cut
from thumbling.codegen.text import struct as c_struct
from thumbling.ir import Graph, model_id
from thumbling.version import __version__

MAGIC: Final = b"THBMODEL"
_TEXTS: Final = {"name": 52, "version": 24, "input_type": 8, "source": 128, "outputs": 64}
_NUMBERS: Final = ("bytes", "abi", "n_features", "in_bytes", "out_bytes")
_FORM: Final = f"{len(MAGIC)}s{len(_NUMBERS)}I8s" + "".join(f"{n}s" for n in _TEXTS.values())
SIZE: Final = struct.calcsize("<" + _FORM)


def descriptor(graph: Graph, abi: int, version: str = __version__) -> str:
    """The definition in C."""
    fields: dict[str, object] = {
        "magic": "{" + ", ".join(f"'{chr(octet)}'" for octet in MAGIC) + "}",
        "bytes": "sizeof(thb_model_t)",
        "abi": abi,
        "n_features": graph.n_features,
        "in_bytes": graph.in_bytes,
        "out_bytes": graph.out_bytes,
        "id": "{" + ", ".join(f"0x{octet:02X}" for octet in model_id(graph)) + "}",
    }
    texts = {
        "name": graph.name,
        "version": version,
        "input_type": graph.input_type if "," not in graph.input_type else "mixed",
        "source": graph.source,
        "outputs": ",".join(f"{o.field}[{graph.tensors[o.tensor].size}]" for o in graph.outputs),
    }
    for key, text in texts.items():
        fields[key] = c_string(_short(text, _TEXTS[key]))
    name = f"{graph.name}_model"
    return c_struct(f'THB_OWN_SECTION("{name}")\nconst thb_model_t {name}', fields)


def _short(text: str, size: int) -> str:
    """What fits in `size` bytes of UTF-8 with a zero behind it."""
    most = size - 1
    while len(cut(text, most).encode("utf-8", "replace")) >= size:
        most -= 1
    return cut(text, most)


def find_descriptors(data: bytes, *, little_endian: bool) -> list[dict[str, Any]]:
    """All descriptors in a stretch of memory, in its order, their texts as text."""
    found = []
    form = ("<" if little_endian else ">") + _FORM
    at = data.find(MAGIC)
    while at >= 0:
        if at + SIZE <= len(data):
            _, *parts = struct.unpack_from(form, data, at)
            fields = dict(zip((*_NUMBERS, "id", *_TEXTS), parts, strict=True))
            if fields["bytes"] == SIZE:
                for key in _TEXTS:
                    fields[key] = fields[key].partition(b"\0")[0].decode("utf-8", "replace")
                found.append(fields)
        at = data.find(MAGIC, at + 1)
    return found
