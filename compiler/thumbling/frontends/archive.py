# SPDX-License-Identifier: MIT
"""Zip archives that a file of a few kilobytes could blow up to fill the memory."""

from __future__ import annotations

import copy
import io
import json
import zipfile
from collections.abc import Iterator

from thumbling.errors import ModelError
from thumbling.frontends.unpack import TooLargeError, too_large

_SCHEMA = "schema.json"
_STEP = 1 << 16
# zipfile unpacks all of what it has read of these at once, however much that becomes.
_SMALL_STEP = 1 << 12


def members(content: bytes, most: int) -> dict[str, bytes]:
    """Every file of the archive by its name.

    Raises `TooLargeError` where they are more than `most` bytes together, `zipfile.BadZipFile`
    where a size or a checksum is wrong or a name is there twice, and what `zipfile` raises.
    """
    found: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for item in archive.infolist():
            if item.filename in found:
                raise zipfile.BadZipFile("two files have one name")
            whole = io.BytesIO()
            for part in _parts(archive, item, most):
                whole.write(part)
            most -= whole.tell()
            found[item.filename] = whole.getvalue()
    return found


def _parts(archive: zipfile.ZipFile, item: zipfile.ZipInfo, most: int) -> Iterator[bytes]:
    """What a file of the archive unpacks to, whatever the directory says of its size."""
    honest = copy.copy(item)
    honest.file_size = 1 << 62  # so that reading goes on to the true end
    packed = item.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    total = 0
    with archive.open(honest) as file:
        while part := file.read(_SMALL_STEP if packed else _STEP):
            total += len(part)
            if total > most:
                raise TooLargeError
            yield part
    if total != item.file_size:
        raise zipfile.BadZipFile("a file has another size than the directory says")


def check_archive(name: str, content: bytes, most: int) -> None:
    """Raise `ModelError` where the skops file `content` loads to more than `most` bytes.

    skops loads an array once for every place of its schema that names it, so each counts.
    Raises what `zipfile` and `json` raise where the archive is damaged, and `ValueError` where
    the schema is no plain JSON in UTF-8.
    """
    try:
        sizes: dict[str, int] = {}
        schema, left = b"", most
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for item in archive.infolist():
                if item.filename in sizes:
                    raise zipfile.BadZipFile("two files have one name")
                kept = []
                sizes[item.filename] = 0
                for part in _parts(archive, item, left):
                    sizes[item.filename] += len(part)
                    kept += [part] if item.filename == _SCHEMA else []
                left -= sizes[item.filename]
                schema = b"".join(kept) or schema
        document = json.loads(schema.decode("utf-8"), parse_constant=_no_constant)
        if sizes[_SCHEMA] + _loaded(document, sizes) > most:
            raise TooLargeError
    except TooLargeError as problem:
        raise too_large(name, most, ModelError) from problem


def _no_constant(word: str) -> None:
    raise ValueError(f"the schema holds {word}, which is no JSON")


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
