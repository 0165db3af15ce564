# SPDX-License-Identifier: MIT
"""What the emulator's child process and its parent say to each other.

Messages both ways are a length of header, a length of body (u32, little-endian each), a JSON
header and raw bytes. Nothing is unpickled.
"""

from __future__ import annotations

import json
import struct
from typing import IO, Any


def write_message(stream: IO[bytes], header: dict[str, Any], body: bytes = b"") -> None:
    """Send one message."""
    text = json.dumps(header).encode()
    stream.write(struct.pack("<II", len(text), len(body)) + text + body)
    stream.flush()


def read_message(stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Receive one message; nothing when the other side is gone."""
    lengths = stream.read(8)
    if len(lengths) < 8:
        return None
    n_header, n_body = struct.unpack("<II", lengths)
    text, body = stream.read(n_header), stream.read(n_body)
    if len(text) < n_header or len(body) < n_body:
        return None
    header: dict[str, Any] = json.loads(text)
    return header, body
