# SPDX-License-Identifier: MIT
"""An output folder appears complete or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from thumbling.errors import OutputError


def check_target(target: Path) -> None:
    """Raise `OutputError` unless `target` is free, empty, or an earlier output of thumbling."""
    if Path.cwd().is_relative_to(os.path.realpath(target)):
        raise OutputError(
            f"{target} is the working folder or holds it, so it cannot be replaced",
            hint="choose a folder inside it: -o out",
        )
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
    # `absent/../x` is `x` as soon as `absent` is made: what is checked must be what is replaced.
    target = Path(os.path.realpath(target))
    check_target(target)
    absent = [folder for folder in target.parents if not folder.exists()]
    stage = None
    try:
        stage = _stage(target)
        content = stage / "new"
        content.mkdir()
        yield content
        _move(content, target, stage / "old")
    except BaseException:
        _remove(stage, absent)
        raise
    _remove(stage, [])


def _stage(target: Path) -> Path:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise OutputError(
            f"cannot write beside {target.name}: {error.strerror}",
            hint="choose a folder you may write to with -o",
        ) from error


def _remove(stage: Path | None, made: list[Path]) -> None:
    """The stage, and the folders made for it, deepest first; one that others use stays."""
    if stage is not None:
        shutil.rmtree(stage, ignore_errors=True)
    with suppress(OSError):
        for folder in made:
            folder.rmdir()


def _move(content: Path, target: Path, old: Path) -> None:
    check_target(target)
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
