# SPDX-License-Identifier: MIT
"""Runs `thumbling audit`; its tests are skipped where a peer or the compiler is missing."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import numpy.typing as npt
import pytest
from sklearn.datasets import load_iris
from tests.cli.conftest import Run

for _package in ("m2cgen", "emlearn", "micromlgen"):
    # Looked up, not imported: emlearn's import switches NumPy to raising errors.
    if find_spec(_package) is None:
        pytest.skip(f"{_package} is not installed: pip install {_package}", allow_module_level=True)
if shutil.which("arm-none-eabi-gcc") is None:
    pytest.skip("arm-none-eabi-gcc is not installed", allow_module_level=True)

Rows = npt.NDArray[Any]
OURS = {"thumbling size", "thumbling speed"}
PEERS = {
    *("m2cgen", "m2cgen, patched to float", "micromlgen"),
    *("emlearn inline", "emlearn inline, float", "emlearn loadable"),
}
TOOL_KEYS = {
    *("tool", "package", "version", "how", "status", "reason", "flash_bytes", "ram_bytes"),
    *("stack_bytes", "instructions", "cycles", "disagreements", "disagreements_on_stored", "fits"),
}


def save(folder: Path, model: Any, rows: Rows) -> tuple[Path, Path]:
    """Paths of a saved model and its rows."""
    joblib.dump(model, folder / "model.joblib")
    np.save(folder / "rows.npy", rows)
    return folder / "model.joblib", folder / "rows.npy"


def run_audit(run: Run, model: Path, *more: object, env: dict[str, str] | None = None) -> Any:
    """What is under `audit` in the document of a run that ends well."""
    done = run("audit", model, "--trust", "--json", *more, env=env)
    assert done.code == 0, done.err
    document = done.document
    assert document.keys() == {"audit"}
    return document["audit"]


def tools_of(audit: Any) -> dict[str, Any]:
    """The tools of an audit by name."""
    return {tool["tool"]: tool for tool in audit["tools"]}


def iris_counts() -> tuple[Rows, Rows]:
    """Iris in whole millimetres, as int16, and names of its classes."""
    bunch: Any = load_iris()
    return np.rint(bunch.data * 10).astype(np.int16), bunch.target_names[bunch.target]
