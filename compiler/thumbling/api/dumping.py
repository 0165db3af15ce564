# SPDX-License-Identifier: MIT
"""`--dump-ir`: what a model is after each stage, a file a stage."""

from __future__ import annotations

from pathlib import Path

from thumbling.errors import OutputError
from thumbling.pipeline import Compilation
from thumbling.stages import stages


def write_stages(folder: Path, compilation: Compilation, optimize: str, constants: str) -> None:
    """Write `1-source.txt` and so on into a folder, which is made where it is absent.

    Files of the same names are replaced, others stay. Raises `OutputError` where it cannot be
    written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in stages(compilation, optimize, constants):
            (folder / f"{name}.txt").write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutputError(
            f"the stages cannot be written to {folder.name}: {error.strerror}",
            hint="choose a folder you may write to with --dump-ir",
        ) from error
