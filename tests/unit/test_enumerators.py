# SPDX-License-Identifier: MIT
"""Names of features and classes as identifiers of C: all different, whatever the names."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from thumbling.codegen.enumerators import enumerators, feature_enumerators


def test_names_stay_readable() -> None:
    assert enumerators("M_CLASS", ["idle", "sha ke!", "Größe"]) == [
        "M_CLASS_IDLE",
        "M_CLASS_SHA_KE",
        "M_CLASS_GR_E",
    ]


def test_equal_names_get_their_index() -> None:
    assert enumerators("M_X", ["a b", "a-b", "", "1"]) == ["M_X_A_B", "M_X_A_B_1", "M_X_2", "M_X_1"]
    assert enumerators("M_CLASS", ["names"]) == ["M_CLASS_NAMES_0"]


def test_made_up_names_have_none() -> None:
    assert feature_enumerators("M_X", ["x0", "x1"]) == []
    assert feature_enumerators("M_X", ["x1", "x0"]) == ["M_X_X1", "M_X_X0"]
    assert enumerators("M_X", [f"f{k}" for k in range(257)]) == []


@given(st.lists(st.text(max_size=6), max_size=30))
def test_all_are_different_identifiers(names: list[str]) -> None:
    found = enumerators("M_X", names)
    assert len(set(found)) == len(names)
    assert all(re.fullmatch(r"M_X_\w+", item, re.ASCII) for item in found)
