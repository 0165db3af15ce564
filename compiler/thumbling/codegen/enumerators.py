# SPDX-License-Identifier: MIT
"""Names of features and classes as enumerators of C, so that code can say what it means."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LONGEST = 48
# A list beyond that is no help to a reader.
_MOST = 256


def enumerators(prefix: str, names: Sequence[str], taken: set[str] | None = None) -> list[str]:
    """An identifier for each name, `<prefix>_<NAME>`, all different; none where they are too many.

    What no identifier can hold becomes an underscore; names that are equal then, or that nothing
    is left of, get their index. None is among those `taken`, to which they are added.
    """
    if len(names) > _MOST:
        return []
    found: list[str] = []
    taken = set() if taken is None else taken
    taken.add(f"{prefix}_NAMES")  # a macro of the header
    for index, name in enumerate(names):
        word = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").upper()[:_LONGEST]
        identifier = f"{prefix}_{word}" if word else f"{prefix}_{index}"
        while identifier in taken:
            identifier += f"_{index}"
        taken.add(identifier)
        found.append(identifier)
    return found


def feature_enumerators(
    prefix: str, names: Sequence[str], taken: set[str] | None = None
) -> list[str]:
    """Those of features; none where the model has no names of its own."""
    made_up = all(name == f"x{j}" for j, name in enumerate(names))
    return [] if made_up else enumerators(prefix, names, taken)
