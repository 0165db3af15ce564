# SPDX-License-Identifier: MIT
"""Names of models: what is refused, and what is made of the names of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from thumbling.errors import OptionError
from thumbling.model_name import check_name, default_name
from thumbling.pipeline import Options
from thumbling.resources import data_dir

LIBRARY = ("stdint", "string", "math", "float", "features", "unistd", "vector", "new", "cstring")
DEVICES = ("con", "prn", "aux", "nul", "com1", "com9", "lpt1", "lpt9")
OWN = ("main", "startup", "softmax", "thumbling", "thumbling_x", "thb", "thb_app", "thb_x")


def _own_files() -> set[str]:
    folders = [data_dir("runtime_c"), data_dir("firmware_templates")]
    files = [path for folder in folders for path in folder.rglob("*")]
    c = [path.name.removesuffix(".j2") for path in files]
    return {Path(name).stem for name in c if name.endswith((".c", ".h"))}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("gesture", "gesture"),
        ("W-2 model", "w_2_model"),
        ("STDINT", "model_stdint"),
        ("Con", "model_con"),
        ("2nd", "model_2nd"),
        ("while", "while"),
        ("\N{GREEK SMALL LETTER ALPHA}", "model"),
        ("", "model"),
        ("_" * 9 + "x" * 99, "x" * 40),
    ],
)
def test_any_file_gives_a_name_that_c_takes(text: str, name: str) -> None:
    assert default_name(text) == name
    assert Options(name=name).name == name


@pytest.mark.parametrize("name", sorted({*LIBRARY, *DEVICES, *OWN, *_own_files()}))
def test_a_name_that_is_taken(name: str) -> None:
    assert check_name(default_name(name)) == f"model_{name}"
    with pytest.raises(OptionError, match=f"'{name}' cannot name a model: ") as caught:
        Options(name=name)
    assert caught.value.hint == f"choose another: --name my_{name}"
    assert check_name(f"my_{name}")


@pytest.mark.parametrize("name", ["", "2nd", "Gesture", "a-b", "_a", "a" * 49, "a\n", "\xe4"])
def test_a_name_of_another_form(name: str) -> None:
    with pytest.raises(OptionError, match="cannot name a model in C"):
        Options(name=name)


def test_the_folders_have_names_to_refuse() -> None:
    assert {"dense_pairs_v6m", "softmax", "clock_stm32f4", "thb_config", "main"} <= _own_files()
