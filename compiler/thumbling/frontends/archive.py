# SPDX-License-Identifier: MIT
"""Zip archives that a file of a few kilobytes could blow up to fill the memory."""

from __future__ import annotations

import io
import json
import zipfile

from thumbling.errors import ModelError

_SCHEMA = "schema.json"


def check_archive(name: str, content: bytes, most: int) -> None:
    """Raise `ModelError` where the skops file `content` loads to more than `most` bytes.

    skops loads an array once for every place of its schema that names it, so each counts.
    Raises what `zipfile` and `json` raise where the archive is damaged.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sizes = {item.filename: item.file_size for item in archive.infolist()}
        total = sum(item.file_size for item in archive.infolist())
        if total <= most:
            total = sizes[_SCHEMA] + _loaded(json.loads(archive.read(_SCHEMA)), sizes)
    if total > most:
        raise ModelError(
            f"{name} unpacks to more than {most >> 30} GiB",
            hint="no microcontroller holds such a model",
        )


def _loaded(schema: object, sizes: dict[str, int]) -> int:
    total, open_ = 0, [schema]
    while open_:
        match open_.pop():
            case dict() as table:
                file = table.get("file")
                total += sizes.get(file, 0) if isinstance(file, str) else 0
                open_ += table.values()
            case list() as items:
                open_ += items
    return total
