# SPDX-License-Identifier: MIT
"""The peers of `thumbling audit`, each given the features that suit it best."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from models import Case
from sklearn.base import clone

from thumbling.peers import emlearn_peer, m2cgen_peer, micromlgen_peer
from thumbling.peers.registry import PACKAGES, Peer, installed_version
from thumbling.peers.subject import Generated, Subject


def _peer(package: str, make: Callable[[Subject], Generated], case: Case) -> Generated:
    return Peer(tool=package, package=package, how="", make=make).generate(case.subject)


def _emlearn_input(case: Case, method: str) -> tuple[str, int]:
    """The type and the factor of the features that suit emlearn best.

    It truncates a threshold of 2.5 to `x < 2`, which is another tree; on doubled features the
    threshold is the integer 5 and nothing is lost. Its tables hold int16 features only.
    """
    if case.input_type == "float32":
        return "float32", 1
    doubled_fits = case.subject.rows.max() < 128 and case.input_type == "uint8"
    if method == "loadable" or case.input_type == "int16":
        return "int16", 2
    return "uint8", 2 if doubled_fits else 1


def _emlearn(method: str, case: Case) -> Generated:
    dtype, factor = _emlearn_input(case, method)

    def make(subject: Subject) -> Generated:
        if factor != 1:
            model: Any = clone(subject.model)
            model.fit(case.train_rows.astype(np.int32) * factor, case.train_target)
            rows = subject.rows.astype(np.int32) * factor
            subject = replace(subject, model=model, rows=rows)
        return emlearn_peer.generate(subject, method, dtype)

    return _peer("emlearn", make, case)


PEERS: Mapping[str, tuple[str, Callable[[Case], Generated]]] = {
    "m2cgen": ("m2cgen", partial(_peer, "m2cgen", m2cgen_peer.generate)),
    "m2cgen, patched to float": (
        "m2cgen",
        partial(_peer, "m2cgen", partial(m2cgen_peer.generate, real="float")),
    ),
    "emlearn inline": ("emlearn", partial(_emlearn, "inline")),
    "emlearn loadable": ("emlearn", partial(_emlearn, "loadable")),
    "micromlgen": ("micromlgen", partial(_peer, "micromlgen", micromlgen_peer.generate)),
}


def installed_peers() -> dict[str, str]:
    """Versions of the packages of peers that are installed."""
    found = {name: installed_version(name) for name in sorted(PACKAGES)}
    return {name: version for name, version in found.items() if version}
