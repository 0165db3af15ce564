# SPDX-License-Identifier: MIT
"""Where a model came from and what compiles it again: for its header and its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thumbling.ir.names import encodable
from thumbling.options import OPTIONS, Variable, command_line, in_lines, python_call

_WIDTH = 96  # of a line in a comment
_DIGITS = 16  # of a hash, which the manifest has in full


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A model file's name and hash, or neither for an object, and the options by Python's names.

    The options hold every one that was given; paths among them are said by their names alone.
    """

    file: str | None
    sha256: str | None
    options: Mapping[str, Any]

    @property
    def command(self) -> str:
        """What compiles, builds and verifies it again: a command, or a call where there is none."""
        return encodable(" ".join(self._words(self.options)))

    def header_lines(self) -> Sequence[str]:
        """A sentence, then the lines of the command, with the options that the C depends on."""
        shaping = {o.keyword for o in OPTIONS if o.shapes or o.required}
        words = self._words({k: v for k, v in self.options.items() if k in shaping})
        mark = " \\" if self._is_of_files else ""
        lines = [encodable(line) for line in in_lines(words, _WIDTH, mark=mark)]
        if self.file is None or self.sha256 is None:
            return ("Compiled from an object in Python by:", *lines)
        file = encodable(self.file)
        return (f"Compiled from {file}, SHA-256 {self.sha256[:_DIGITS]}.., by:", *lines)

    @property
    def _is_of_files(self) -> bool:
        """Whether all of it is in files, so that a command line can name it."""
        held = (self.options.get("data"), self.options.get("target"))
        return self.file is not None and not any(isinstance(value, Variable) for value in held)

    def _words(self, options: Mapping[str, Any]) -> list[str]:
        if self.file is not None and self._is_of_files:
            return command_line(self.file, options)
        return python_call(self.file or Variable("model"), options)


def origin_of(model: Any, sha256: str | None, options: Mapping[str, Any]) -> Origin:
    """The origin of what `compile` was given; arrays, frames and estimators are called by name."""
    data, target = options.get("data"), options.get("target")
    held = {
        "data": data if data is None or isinstance(data, str | Path) else Variable("data"),
        "target": target if target is None or isinstance(target, str) else Variable("target"),
    }
    file = Path(model).name if isinstance(model, str | Path) else None
    return Origin(file=file, sha256=sha256, options={**options, **held})
