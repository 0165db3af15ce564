# SPDX-License-Identifier: MIT
"""What every place that runs firmware offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import ClassVar, Self

from thumbling.errors import DataError, UsageError
from thumbling_hil.protocol import Answer, Identity, Link

_CHUNK = 512


class Target(ABC):
    """A running firmware: opened, asked, closed. Failures are `VerificationError`s."""

    name: ClassVar[str]
    """What the command line calls it."""

    @abstractmethod
    def open(self) -> None:
        """Start the firmware or connect to it."""

    @abstractmethod
    def identify(self) -> Identity:
        """Who the firmware says it is."""

    @abstractmethod
    def predict_many(self, xs: Sequence[bytes]) -> list[Answer]:
        """Predictions for all `xs`, in order, as fast as the target can."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the firmware; may be called twice."""

    def predict(self, x: bytes) -> Answer:
        """One prediction on stored inputs."""
        return self.predict_many([x])[0]

    def check(
        self, xs: Sequence[bytes], expected: Sequence[bytes], model_id: bytes | None
    ) -> Iterator[Answer]:
        """Answers for all `xs`, in order, as they come; the caller compares them with `expected`.

        Raises `DataError` where the firmware holds another model: other sizes, or not `model_id`
        where that is known. Only a target that keeps a report of its own, such as a Robot test,
        looks at the bytes of `expected`.
        """
        self._refuse_other_model(self.identify(), len(xs[0]), len(expected[0]), model_id)
        for at in range(0, len(xs), _CHUNK):
            yield from self.predict_many(xs[at : at + _CHUNK])

    def _refuse_other_model(
        self, identity: Identity, in_bytes: int, out_bytes: int, model_id: bytes | None
    ) -> None:
        sizes = (identity.in_bytes, identity.out_bytes)
        if sizes != (in_bytes, out_bytes) or model_id not in (None, identity.model_id):
            raise DataError(
                f"the firmware on {self.name} holds another model: {identity.name},"
                f" {sizes[0]} bytes in, {sizes[1]} bytes out, id {identity.model_id.hex()}",
                hint="build the firmware again and flash it",
            )

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class LinkTarget(Target):
    """What all targets that speak the wire protocol share; they give `_connect` and `_release`."""

    def __init__(self) -> None:
        self._link: Link | None = None
        self._identity: Identity | None = None

    @abstractmethod
    def _connect(self) -> tuple[Link, Identity]:
        """Start or reach the firmware; the link to it and who it is."""

    @abstractmethod
    def _release(self) -> None:
        """Let go of what `_connect` took; may be called twice."""

    def open(self) -> None:
        """Start the firmware or connect to it."""
        try:
            self._link, self._identity = self._connect()
        except BaseException:
            self.close()
            raise

    def identify(self) -> Identity:
        """Ask the firmware who it is."""
        return self._opened().identify()

    def predict_many(self, xs: Sequence[bytes]) -> list[Answer]:
        """Predictions for all `xs`, in order."""
        link = self._opened()
        assert self._identity is not None
        return link.predict_many(xs, self._identity.out_bytes)

    def close(self) -> None:
        """Let go of the firmware; may be called twice."""
        self._link = None
        self._release()

    def _opened(self) -> Link:
        if self._link is None:
            raise UsageError("this target is not open", hint="use it in a `with` block")
        return self._link
