# SPDX-License-Identifier: MIT
"""The other compilers, each behind the thinnest possible wrapper.

A wrapper is `int32_t audit_entry(const T *x, void *out)` and writes one label or one value. A peer
reads features of the type its own code declares: converting them first is not charged. A peer's
package is imported only when its code is asked for.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from thumbling.peers import emlearn_peer, m2cgen_peer, micromlgen_peer
from thumbling.peers.ruler import ToolError
from thumbling.peers.subject import Generated, Subject

_REASON_LENGTH = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One way to use one package; `how` says for a reader how its code was made."""

    tool: str
    package: str
    how: str
    make: Callable[[Subject], Generated]

    @property
    def version(self) -> str:
        """The installed version, empty where the package is not installed."""
        return installed_version(self.package)

    def generate(self, subject: Subject) -> Generated:
        """The peer's program for a model. Raises `ToolError` in its own words where it refuses."""
        if subject.expected.shape[1] != 1:
            raise ToolError("a model of several outputs is not compared", status="unsupported")
        try:
            return self.make(subject)
        except ToolError:
            raise
        except ImportError as error:
            raise ToolError(f"cannot be imported: {_own_words(error)}") from error
        # Foreign code refuses a model with whatever it likes, and its bugs are no crash of ours.
        except Exception as error:
            raise ToolError(_own_words(error), status="unsupported") from error


def installed_version(package: str) -> str:
    """The version of a package, empty where it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _own_words(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= _REASON_LENGTH else text[: _REASON_LENGTH - 3] + "..."


PEERS: Final = (
    Peer(
        tool="m2cgen",
        package="m2cgen",
        how="export_to_c(model), features in double",
        make=m2cgen_peer.generate,
    ),
    Peer(
        tool="m2cgen, patched to float",
        package="m2cgen",
        how="export_to_c(model), double replaced by float as users do it by hand",
        make=partial(m2cgen_peer.generate, real="float"),
    ),
    Peer(
        tool="emlearn inline",
        package="emlearn",
        how="convert(model, method='inline'), features cast to its default int16_t",
        make=partial(emlearn_peer.generate, method="inline"),
    ),
    Peer(
        tool="emlearn inline, float",
        package="emlearn",
        how="convert(model, method='inline', dtype='float')",
        make=partial(emlearn_peer.generate, method="inline", dtype="float32"),
    ),
    Peer(
        tool="emlearn loadable",
        package="emlearn",
        how="convert(model, method='loadable'), features cast to its int16_t",
        make=partial(emlearn_peer.generate, method="loadable"),
    ),
    Peer(
        tool="micromlgen",
        package="micromlgen",
        how="port(model), features in float",
        make=micromlgen_peer.generate,
    ),
)
PACKAGES: Final = tuple(dict.fromkeys(peer.package for peer in PEERS))
