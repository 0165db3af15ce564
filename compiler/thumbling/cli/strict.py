# SPDX-License-Identifier: MIT
"""`verify --strict`: a run that did not verify what it was asked to is no success."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from thumbling.errors import MissingToolError, VerificationError


def refuse_changed(names: Sequence[str]) -> None:
    """Raise `VerificationError` where files are not those that `compile` wrote."""
    if names:
        raise VerificationError(
            f"changed or gone since they were compiled: {', '.join(names)}",
            hint="compile the model again, or verify without --strict",
        )


@contextmanager
def nothing_left_out(target: str, *, strict: bool) -> Iterator[None]:
    """Where strict, a target whose tool is missing raises `VerificationError`."""
    try:
        yield
    except MissingToolError as error:
        if not strict:
            raise
        raise VerificationError(
            f"not verified on {target}: {error.message}", hint=error.hint
        ) from error
