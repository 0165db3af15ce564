# SPDX-License-Identifier: MIT
"""Bit-exact comparison of a target with the reference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from thumbling.boards import Board
from thumbling.errors import DataError, UsageError
from thumbling_hil.mismatch import Mismatch, locate
from thumbling_hil.protocol import Answer
from thumbling_hil.targets.by_name import TARGETS, open_target
from thumbling_hil.targets.host import run_host

_TOLD_EVERY = 512
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Result of one target: how many vectors it was asked and how many it answered otherwise."""

    on: str
    vectors: int
    mismatches: int
    first: dict[str, object] | None

    @property
    def passed(self) -> bool:
        """Whether every bit was the same, of at least one vector."""
        return self.mismatches == 0 and self.vectors > 0


def verify(
    target_name: str,
    *,
    inputs: npt.NDArray[np.generic],
    expected: Sequence[bytes],
    elf: Path | None = None,
    board: Board | None = None,
    port: str | None = None,
    src_dir: Path | None = None,
    name: str | None = None,
    model_id: bytes | None = None,
    offsets: Sequence[int] = (0,),
    stateful: bool = False,
    progress: Progress | None = None,
) -> Comparison:
    """Ask `target_name` for every row of `inputs` and compare the bits with `expected`.

    `inputs` holds stored inputs, one row each; `expected` the output bytes of the reference. The
    target `host` needs `src_dir` and `name`, with `offsets` and `stateful` as in `run_host`; all
    others `elf` and `board`, `serial` also `port`. Rows are asked in order, from a model that was
    just reset.
    With `model_id` a firmware of another model is refused. A status other than 0 is a mismatch.
    `progress` is called with rows done and rows in all.
    """
    rows = _rows(inputs)
    if len(rows) != len(expected):
        raise DataError(f"{len(rows)} input rows stand against {len(expected)} expected outputs")
    if not rows:
        raise DataError("there are no vectors to verify with", hint="give --samples or --data")
    if target_name == "host":
        if src_dir is None or name is None:
            raise UsageError("verifying on the host needs the folder and the name of the model")
        answers: Iterable[Answer] = run_host(
            src_dir,
            name,
            len(rows[0]),
            len(expected[0]),
            b"".join(rows),
            offsets=offsets,
            stateful=stateful,
        )
    elif target_name in TARGETS:
        if elf is None or board is None:
            raise UsageError(f"verifying on {target_name} needs a firmware image and its board")
        answers = _ask(target_name, elf, board, port, rows, expected, model_id)
    else:
        raise UsageError(
            f'"{target_name}" is no target', hint=f"known targets: host, {', '.join(TARGETS)}"
        )
    return _compare(target_name, answers, expected, progress)


def _rows(inputs: npt.NDArray[np.generic]) -> list[bytes]:
    """Each row as the bytes that go to the chip: little-endian."""
    if inputs.dtype.names is not None:
        return [row.tobytes() for row in np.ascontiguousarray(inputs)]
    table = inputs.reshape(len(inputs), -1)
    little = np.ascontiguousarray(table, dtype=table.dtype.newbyteorder("<"))
    return [row.tobytes() for row in little]


def _ask(
    on: str,
    elf: Path,
    board: Board,
    port: str | None,
    rows: list[bytes],
    expected: Sequence[bytes],
    model_id: bytes | None,
) -> Iterator[Answer]:
    with open_target(on, elf, board, port) as target:
        yield from target.check(rows, expected, model_id)


def _compare(
    on: str, answers: Iterable[Answer], expected: Sequence[bytes], progress: Progress | None
) -> Comparison:
    mismatches = 0
    first: Mismatch | None = None
    for row, (answer, wanted) in enumerate(zip(answers, expected, strict=True)):
        if answer.status != 0 or answer.output != wanted:
            mismatches += 1
            first = first or locate(row, answer, wanted)
        if progress is not None and ((row + 1) % _TOLD_EVERY == 0 or row + 1 == len(expected)):
            progress(row + 1, len(expected))
    return Comparison(
        on=on,
        vectors=len(expected),
        mismatches=mismatches,
        first=first.as_dict() if first else None,
    )
