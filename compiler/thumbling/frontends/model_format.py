# SPDX-License-Identifier: MIT
"""Tells model formats apart by their first bytes; nothing is executed or fully unpacked."""

from __future__ import annotations

import io
import json
import pickletools
import zipfile

from thumbling.frontends.unpack import DAMAGED_STREAM, compression, unpacked_head

PICKLE_ENDINGS = frozenset({".pkl", ".pickle", ".p", ".joblib", ".jl"})
COMPRESSED_ENDINGS = frozenset({".z", ".gz", ".bz2", ".xz", ".lzma", ".lz4"})

UNSUPPORTED = {
    "xgboost-json": "an XGBoost model (JSON)",
    "xgboost-ubj": "an XGBoost model (UBJSON)",
    "lightgbm": "a LightGBM model (text)",
    "keras": "a Keras model",
    "hdf5": "an HDF5 file, such as an old Keras model",
    "tflite": "a TensorFlow Lite model",
    "onnx": "an ONNX model",
}

_PREFIX = 64  # bytes looked at inside a compressed stream
_ONNX_PRODUCER = 0x12


def recognise(content: bytes) -> str:
    """`pickle`, `skops`, a key of `UNSUPPORTED`, or a sentence why it is no model at all."""
    if not content:
        return "the file is empty"
    if content.startswith(b"version https://git-lfs"):
        return "this is a Git LFS pointer, not the model itself (run `git lfs pull`)"
    if content.startswith(b"PK"):
        return _zip_kind(content)
    if content.startswith(b"\x89HDF\r\n\x1a\n"):
        return "hdf5"
    if content[4:8] == b"TFL3":
        return "tflite"
    if is_pickle(content):
        return "pickle"
    return _text_kind(content)


def is_pickle(content: bytes) -> bool:
    """Whether the bytes, unpacked where they are compressed, are a pickle of any protocol."""
    if content[:1] == b"\x80" and content[1:2] <= b"\x05":
        return True
    head = unpacked(content, _PREFIX)
    if head is not None:
        return head[:1] == b"\x80" or _is_old_pickle(head + b".", whole=False)
    return _is_old_pickle(content, whole=True)


def _is_old_pickle(content: bytes, *, whole: bool) -> bool:
    """Protocols 0 and 1 have no magic: walk the opcodes, which executes nothing."""
    if content[:1] not in {b"c", b"(", b"}", b"]", b"i"} or (whole and b"." not in content):
        return False
    seen = 0
    try:
        for _ in pickletools.genops(content):
            seen += 1
            if seen >= 8:
                return True
    except (ValueError, KeyError, IndexError, UnicodeDecodeError, EOFError):
        return seen >= 3
    return seen >= 2


def unpacked(content: bytes, most: int) -> bytes | None:
    """The first `most` bytes of a compressed stream, None where it is not compressed."""
    kind = compression(content)
    if kind is None:
        return None
    if kind == "lz4":
        # lz4 is not in the standard library; joblib writes nothing else into such a stream.
        return b"\x80"
    try:
        return unpacked_head(content, kind, most)
    except DAMAGED_STREAM:
        # Damaged, yet compressed: let the loader say what is wrong with it.
        return b"\x80"


def _zip_kind(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return "the zip archive is damaged or cut off"
    if "schema.json" in names:
        return "skops"
    if "config.json" in names and "model.weights.h5" in names:
        return "keras"
    if any(name.endswith(".npy") for name in names):
        return "this is an NPZ file: data, not a model"
    return "this zip archive holds no model that is known"


def _text_kind(content: bytes) -> str:
    start = content[:512].lstrip()
    if start.startswith(b"tree\n") and b"num_class=" in content[:512]:
        return "lightgbm"
    if start.startswith(b"{") and b'"learner"' in content:
        return _json_kind(content)
    if start.startswith(b"{L") and b"learner" in content[:4096]:
        return "xgboost-ubj"
    if content[:1] == b"\x08" and content[2:3] == bytes([_ONNX_PRODUCER]):
        return "onnx"
    if content[:6] == b"\x93NUMPY":
        return "this is an NPY file: data, not a model"
    return "the content is no model format that is known"


def _json_kind(content: bytes) -> str:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return "the JSON is damaged or cut off"
    return "xgboost-json"
