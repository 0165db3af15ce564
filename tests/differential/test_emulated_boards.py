# SPDX-License-Identifier: MIT
"""Whole firmware on emulated chips: every board, every kind of model, GCC and zig."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import thumbling

BOARDS = ("nucleo_f072rb", "nucleo_g071rb", "nucleo_f103rb", "nucleo_f401re")
pytest.importorskip("unicorn", reason="needs the emulator extra: pip install thumbling[emulator]")


def _cases() -> dict[str, tuple[Any, np.ndarray, dict[str, Any]]]:
    digits, cancer = load_digits(return_X_y=True), load_breast_cancer(return_X_y=True)
    sugar = load_diabetes(return_X_y=True)
    counts = {"input_type": "int16", "input_scale": 0.15, "output": "all"}
    return {
        "tree on float32": (DecisionTreeClassifier(random_state=0).fit(*cancer), cancer[0], {}),
        "forest on uint8": (
            RandomForestClassifier(6, max_depth=7, random_state=0).fit(*digits),
            digits[0],
            {"input_type": "uint8", "output": "all", "optimize": "size"},
        ),
        "scaled regressor": (
            make_pipeline(
                MinMaxScaler(), RandomForestRegressor(4, max_depth=6, random_state=0)
            ).fit(*sugar),
            sugar[0],
            {"optimize": "speed"},
        ),
        "scaled logistic": (
            make_pipeline(StandardScaler(), LogisticRegression()).fit(*cancer),
            cancer[0],
            counts,
        ),
        "softmax on float32": (
            make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)).fit(*digits),
            digits[0],
            {"output": "all"},
        ),
        "ridge, fast": (Ridge().fit(*sugar), sugar[0], {"optimize": "speed"}),
    }


CASES = _cases()


def _compile(name: str, board: str, builder: str, folder: Path) -> thumbling.Compiled:
    model, data, options = CASES[name]
    return thumbling.compile(
        model,
        data=data[:80],
        board=board,
        name="m",
        builder=builder,
        verify=("unicorn",),
        out=folder / "out",
        **options,
    )


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("name", CASES)
def test_gcc_firmware_in_unicorn(name: str, board: str, tmp_path: Path) -> None:
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed: apt install gcc-arm-none-eabi")
    compiled = _compile(name, board, "gcc", tmp_path)
    (result,) = compiled.report.verification
    assert result.vectors > 100
    assert result.mismatches == 0
    assert compiled.report.memory is not None
    assert compiled.report.memory.model_ram_bytes == 0


@pytest.mark.parametrize("board", ["nucleo_g071rb", "nucleo_f401re"])
@pytest.mark.parametrize("name", ["forest on uint8", "softmax on float32"])
def test_zig_firmware_in_unicorn(name: str, board: str, tmp_path: Path) -> None:
    pytest.importorskip("ziglang", reason="needs the zig extra: pip install thumbling[zig]")
    (result,) = _compile(name, board, "zig", tmp_path).report.verification
    assert result.mismatches == 0


@pytest.mark.parametrize("name", CASES)
def test_firmware_in_qemu(name: str, tmp_path: Path) -> None:
    for tool in ("qemu-system-arm", "arm-none-eabi-gcc"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed: run `thumbling doctor`")
    compiled = _compile(name, "nucleo_f401re", "gcc", tmp_path)
    assert compiled.verify("qemu").mismatches == 0
