# SPDX-License-Identifier: MIT
"""All kernels: they register themselves where they are defined."""

from __future__ import annotations

from typing import TypeVar

from thumbling.errors import InternalError
from thumbling.schedule.kernel import Kernel

K = TypeVar("K", bound=Kernel)

_kernels: dict[str, Kernel] = {}


def kernel(cls: type[K]) -> type[K]:
    """Register a kernel class, once."""
    if cls.name in _kernels:
        raise InternalError(f"the kernel {cls.name} is registered twice")
    _kernels[cls.name] = cls()
    return cls


def kernels() -> tuple[Kernel, ...]:
    """All registered kernels, by name."""
    return tuple(_kernels[name] for name in sorted(_kernels))
