# SPDX-License-Identifier: MIT
"""What code generation hands to firmware: C text, and the runtime files it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from thumbling.schedule import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class CModel:
    """The C of one model.

    `files` maps file names (`<name>.h`, `<name>.c`) to text; `runtime_files` are paths below
    `runtime_c`; `symbol` is the function that answers a row; `in_bytes` and `out_bytes` are the
    sizes of its packed row (`ir/ports.py`) and output struct; in the row each input begins at one
    of `offsets`. Where `state_bytes`, those of `<name>_state_t`, are not zero, the function `reset`
    begins it anew. `facts` is what the image can say of the model to `inspect`, `plan` which
    kernels compute it and where its tensors lie. `block` are the bytes of `<name>_data`, where
    constants are apart from the code.
    """

    name: str
    model_id: bytes
    files: Mapping[str, str]
    runtime_files: tuple[str, ...]
    in_bytes: int
    out_bytes: int
    symbol: str
    version: str
    offsets: tuple[int, ...] = (0,)
    state_bytes: int = 0
    reset: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    plan: Plan | None = None
    block: bytes | None = None
