# SPDX-License-Identifier: MIT
"""Names in C made from the names of files."""

from __future__ import annotations

import pytest

from thumbling.pipeline import Options, default_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("gesture", "gesture"),
        ("W-2 model", "w_2_model"),
        ("float", "model_float"),
        ("main", "model_main"),
        ("2nd", "model_2nd"),
        ("\N{GREEK SMALL LETTER ALPHA}", "model"),
        ("", "model"),
        ("_" * 9 + "x" * 99, "x" * 40),
    ],
)
def test_any_file_gives_a_name_that_c_takes(text: str, name: str) -> None:
    assert default_name(text) == name
    assert Options(name=name).name == name
