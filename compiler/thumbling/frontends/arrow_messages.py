# SPDX-License-Identifier: MIT
"""What the compressed messages of an Arrow stream unpack to, before anything is unpacked.

Arrow allocates as much as a buffer's own prefix says. Formats: the FlatBuffers internals, and
Message.fbs and the IPC section of the Arrow columnar format.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_DICTIONARY, _RECORD = 2, 3  # kinds of messages that have buffers


@dataclass(frozen=True, slots=True, kw_only=True)
class _FlatTable:
    """A table of a FlatBuffer: its fields are found through a table of offsets before it."""

    data: memoryview
    at: int

    def position(self, field: int) -> int | None:
        """Where a field's value lies, None where it is left out."""
        offsets = self.at - _int("<i", self.data, self.at)
        if 4 + 2 * field >= _int("<H", self.data, offsets):
            return None
        offset = _int("<H", self.data, offsets + 4 + 2 * field)
        return self.at + offset if offset else None

    def table(self, field: int) -> _FlatTable | None:
        """The table in a field."""
        at = self.position(field)
        return None if at is None else _follow(self.data, at)


def _int(kind: str, data: memoryview, at: int) -> int:
    if at < 0:
        raise struct.error("an offset leads out of the message")
    value: int = struct.unpack_from(kind, data, at)[0]
    return value


def _follow(data: memoryview, at: int) -> _FlatTable:
    return _FlatTable(data=data, at=at + _int("<I", data, at))


def unpacked_bytes(messages: Iterable[Any]) -> int:
    """Bytes of all buffers of pyarrow's messages once they are unpacked.

    Raises `struct.error` where a message is malformed.
    """
    return sum(_message_bytes(memoryview(m.metadata), m.body) for m in messages)


def _message_bytes(metadata: memoryview, body: Any) -> int:
    message = _follow(metadata, 0)
    kind_at, batch = message.position(1), message.table(2)
    kind = None if kind_at is None else metadata[kind_at]
    if kind == _DICTIONARY and batch is not None:
        batch = batch.table(1)
    if kind not in (_DICTIONARY, _RECORD) or batch is None or body is None:
        return 0
    if batch.table(3) is None:  # not compressed
        return len(body)
    at = batch.position(2)
    if at is None:
        return 0
    vector, octets = at + _int("<I", metadata, at), memoryview(body)
    total = 0
    for i in range(_int("<I", metadata, vector)):
        offset, length = struct.unpack_from("<qq", metadata, vector + 4 + 16 * i)
        if length >= 8:
            # -1 says that this buffer is kept as it is.
            unpacked = _int("<q", octets, offset)
            total += length if unpacked == -1 else unpacked
            if unpacked < -1:
                raise struct.error("a buffer of negative size")
    return total
