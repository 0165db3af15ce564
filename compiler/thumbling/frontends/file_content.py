# SPDX-License-Identifier: MIT
"""Reads a file the user named, where it is a file at all."""

from __future__ import annotations

import stat
from pathlib import Path

from thumbling.errors import ThumblingError
from thumbling.frontends.unpack import size_words


def file_content(path: Path, *, most: int, error: type[ThumblingError], hint: str) -> bytes:
    """The bytes of the regular file `path`, links followed; at most `most`.

    Devices and pipes may never end, so they are refused. Raises `error` with `hint`.
    """
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise error(f"{path.name or path} is no file but {_kind(state.st_mode)}", hint=hint)
        if state.st_size > most:
            raise error(f"{path.name} is larger than {size_words(most)}", hint=hint)
        return path.read_bytes()
    except FileNotFoundError as problem:
        raise error(f"there is no file {path.name}", hint=hint) from problem
    except OSError as problem:
        raise error(f"{path.name} cannot be read: {problem.strerror}", hint=hint) from problem


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe or socket" if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else "a device"
