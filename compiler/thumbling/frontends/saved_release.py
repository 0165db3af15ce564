# SPDX-License-Identifier: MIT
"""Which release of scikit-learn a model file names, for files that cannot be loaded.

Nothing is executed: scikit-learn writes its release as text behind the word `_sklearn_version`.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from thumbling.frontends.model_format import unpacked

_MOST = 1 << 26
# The release follows at once in a pickle, after four short keys in a skops schema.
_RELEASE = rb"\d{1,4}\.\d{1,4}(?:\.\d{1,4})?(?:(?:a|b|rc|\.dev|\.post)\d{1,4})?"
_NAMED = re.compile(rb"_sklearn_version.{1,160}?(" + _RELEASE + rb")", re.DOTALL)


def saved_release(content: bytes) -> str:
    """The first release that the bytes of a pickle or skops file name; empty where none is."""
    packed = content.startswith(b"PK")
    text = _schema(content) if packed else unpacked(content, _MOST) or content[:_MOST]
    found = _NAMED.search(text)
    return found[1].decode() if found else ""


def _schema(content: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open("schema.json") as schema:
            return schema.read(_MOST)
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, NotImplementedError):
        return b""
