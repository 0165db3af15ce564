# SPDX-License-Identifier: MIT
"""An output folder appears complete or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from thumbling.errors import OutputError


def check_target(target: Path) -> None:
    """Raise `OutputError` unless `target` is free, empty, or an earlier output of thumbling."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise OutputError(
            f"{target.name} exists and is not a folder", hint="choose another folder with -o"
        )
    if target.is_dir() and any(target.iterdir()) and not is_ours(target):
        raise OutputError(
            f"{target.name} exists and was not made by thumbling; nothing was changed",
            hint="choose another folder with -o, or remove it yourself",
        )


def is_ours(folder: Path) -> bool:
    """Whether the folder holds a manifest of thumbling."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and manifest.get("tool") == "thumbling"


class TemporaryHome:
    """A new temporary folder, removed with the last reference to this object."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="thumbling-"))
        # Not TemporaryDirectory: it warns when it ends in just the way that is meant here.
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target`, moved into its place when the block ends well.

    On any error it is removed and `target` is as it was. Raises `OutputError` where the place
    cannot be written.
    """
    check_target(target)
    parent = target.absolute().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=parent))
    except OSError as error:
        raise OutputError(
            f"cannot write beside {target.name}: {error.strerror}",
            hint="choose a folder you may write to with -o",
        ) from error
    try:
        content = stage / "new"
        content.mkdir()
        yield content
        _move(content, target, stage / "old")
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _move(content: Path, target: Path, old: Path) -> None:
    try:
        if target.exists():
            target.rename(old)
        try:
            content.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    except OSError as error:
        raise OutputError(
            f"{target.name} cannot be put in place: {error.strerror}",
            hint="close programs that use the folder, or choose another with -o",
        ) from error
