# SPDX-License-Identifier: MIT
"""Kernels: each says which chains of ops it can compute. They register themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Protocol, TypeVar

from thumbling.errors import InternalError
from thumbling.ir.ops import Op
from thumbling.schedule.offer import Offer, Request

Pattern = tuple[type[Op], ...]


class Kernel(Protocol):
    """A way to compute one op or several in one piece.

    `covers` are chains of op classes, in order of evaluation. `offers` gives any number of ways,
    none where the kernel does not suit these ops.
    """

    name: ClassVar[str]
    covers: ClassVar[tuple[Pattern, ...]]

    def offers(self, request: Request) -> Iterable[Offer]:
        """The ways in which this kernel can compute `request.ops`."""
        ...


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
