# SPDX-License-Identifier: MIT
"""A folder in which zig can keep what it has compiled.

Without HOME zig finds none and gives up; where its folder cannot be written it prints a stack trace
or never ends. So it is given one that was tried: its own, else ours, else a temporary one.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

_VARIABLE: Final = "ZIG_GLOBAL_CACHE_DIR"
# Lives as long as the process: a second build would wait again for what zig compiles once.
_temporary: list[tempfile.TemporaryDirectory[str]] = []


@cache
def zig_environment() -> Mapping[str, str]:
    """The environment of this process with a cache folder for zig that can be written."""
    own = _zigs_own(os.environ)
    if own is not None and _can_be_written(own):
        return dict(os.environ)
    folder = next((path for path in _ours() if _can_be_written(path)), None)
    if folder is None:
        _temporary.append(tempfile.TemporaryDirectory(prefix="thumbling-zig-"))
        folder = Path(_temporary[-1].name)
    return {**os.environ, _VARIABLE: str(folder), "ZIG_LOCAL_CACHE_DIR": str(folder)}


def _zigs_own(environment: Mapping[str, str]) -> Path | None:
    """The folder that zig takes by itself."""
    if given := environment.get(_VARIABLE):
        return Path(given)
    if sys.platform == "win32":
        base = environment.get("LOCALAPPDATA")
        return Path(base) / "zig" if base else None
    if base := environment.get("XDG_CACHE_HOME"):
        return Path(base) / "zig"
    home = environment.get("HOME")
    return Path(home) / ".cache" / "zig" if home else None


def _ours() -> Iterator[Path]:
    """The user's cache folder by the system's records, for where no variable names it."""
    with suppress(RuntimeError):  # no home is known at all
        yield Path.home() / ".cache" / "thumbling" / "zig"


def _can_be_written(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
