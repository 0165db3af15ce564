# SPDX-License-Identifier: MIT
"""One limit on what any file may take once it is unpacked, held while unpacking.

What a file says about its own size is never believed: bytes are counted as they come.
"""

from __future__ import annotations

import bz2
import importlib
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Any

from thumbling.errors import ThumblingError

MAX_UNPACKED_BYTES = 1 << 30
"""Of a file, of what it unpacks to, and of a table in memory. No microcontroller needs more."""

_STEP = 1 << 16
_MOST_LZMA = 256 << 20  # bytes of its dictionary; xz -9 takes 65 MiB

DAMAGED_STREAM = (EOFError, OSError, ValueError, lzma.LZMAError, zlib.error)
"""What decompressors raise on streams that are cut off or changed."""


class TooLargeError(Exception):
    """Something unpacks to more than it may."""


def too_large(name: str, most: int, error: type[ThumblingError]) -> ThumblingError:
    """The error for a file that unpacks to more than `most` bytes."""
    hint = "give fewer rows or a smaller model"
    return error(f"{name} unpacks to more than {size_words(most)}", hint=hint)


def size_words(size: int) -> str:
    """A round number of bytes as people say it."""
    return f"{size >> 30} GiB" if size >= 1 << 30 else f"{size >> 20} MiB"


def compression(content: bytes) -> str | None:
    """`gzip`, `bz2`, `xz`, `zlib` or `lz4` by the first bytes; None where there is none.

    Text may begin like zlib's stream, so ask for that only where no text is expected.
    """
    if content[:2] == b"\x1f\x8b":
        return "gzip"
    # Of a block, or of the end of a stream without one: text may begin with the first letters.
    if content[:3] == b"BZh" and content[4:10] in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"):
        return "bz2"
    if content[:6] == b"\xfd7zXZ\0" or content[:3] == b"\x5d\0\0":
        return "xz"
    if content[:4] == b"\x04\x22\x4d\x18":
        return "lz4"
    if content[:1] == b"\x78" and content[1:2] in {b"\x01", b"\x5e", b"\x9c", b"\xda"}:
        return "zlib"
    return None


def unpack(content: bytes, kind: str, most: int) -> bytes:
    """The bytes that compressed streams of that kind hold, one stream after the other.

    Raises `TooLargeError` at the first piece beyond `most`, `EOFError` where a stream is cut off,
    what the decompressor raises on damage, and `ModuleNotFoundError` where lz4 is not installed.
    """
    out, packed = io.BytesIO(), io.BytesIO(content)
    while packed.tell() < len(content):
        _unpack_one(_DECOMPRESSORS[kind](), packed, out, most)
        # Writers may pad a file with zeros.
        if not content[packed.tell() : packed.tell() + _STEP].strip(b"\0"):
            break
    return out.getvalue()


def unpacked_head(content: bytes, kind: str, most: int) -> bytes:
    """The first `most` bytes of a compressed stream, fewer where it ends or is cut off earlier."""
    stream, packed = _DECOMPRESSORS[kind](), io.BytesIO(content)
    head = bytearray()
    while len(head) < most and not stream.eof:
        data = getattr(stream, "unconsumed_tail", b"")
        if not data and getattr(stream, "needs_input", True):
            data = packed.read(_STEP)
            if not data:
                break
        head += stream.decompress(data, most - len(head))
    return bytes(head)


def _unpack_one(stream: Any, packed: io.BytesIO, out: io.BytesIO, most: int) -> None:
    """One stream to the end of `out`; `packed` is left behind it."""
    while not stream.eof:
        # zlib hands back what it has not read, the others keep it and say so.
        data = getattr(stream, "unconsumed_tail", b"")
        if not data and getattr(stream, "needs_input", True):
            data = packed.read(_STEP)
            if not data:
                raise EOFError("the compressed stream is cut off")
        out.write(stream.decompress(data, _STEP))
        if out.tell() > most:
            raise TooLargeError
    packed.seek(-len(stream.unused_data or b""), io.SEEK_CUR)


def _lz4() -> Any:
    return importlib.import_module("lz4.frame").LZ4FrameDecompressor()


_DECOMPRESSORS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(31),
    "zlib": zlib.decompressobj,
    "bz2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(memlimit=_MOST_LZMA),
    "lz4": _lz4,
}
