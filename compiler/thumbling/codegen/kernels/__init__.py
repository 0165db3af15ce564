# SPDX-License-Identifier: MIT
"""How ops are computed in C: a kernel a file, found by the schedule through the registry."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import Protocol

from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.schedule import Kernel, Offer


class CKernel(Kernel, Protocol):
    """A kernel that can write itself down in C."""

    def emit(self, offer: Offer, scope: Scope) -> OpCode:
        """The C of one of its offers."""
        ...


def load_kernels() -> None:
    """Import every file of this folder, so that kernels register."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"{__name__}.{module.name}")
