# SPDX-License-Identifier: MIT
"""What code generation hands to firmware: C text, and the runtime files it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class CModel:
    """The C of one model.

    `files` maps file names (`<name>.h`, `<name>.c`) to text; `runtime_files` are paths below
    `runtime_c`; `symbol` is the predict function; `in_bytes` and `out_bytes` are the sizes of its
    input row and output struct; `facts` is what the image can say of the model to `inspect`.
    `block` are the bytes of `<name>_data`, where constants are apart from the code.
    """

    name: str
    model_id: bytes
    files: Mapping[str, str]
    runtime_files: tuple[str, ...]
    in_bytes: int
    out_bytes: int
    symbol: str
    version: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    block: bytes | None = None
