# SPDX-License-Identifier: MIT
"""The benchmark on one small model, and how it tells where a peer wins."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def _row(tool: str, flash: int, cycles: float) -> dict[str, object]:
    figures = {"flash": flash, "cycles": cycles, "stack": 0, "ram": 0, "agreement": 1.0}
    return {"model": "m", "input": "int16", "core": "m4", "tool": tool, "error": "", **figures}


def _require(*packages: str, extra: str) -> None:
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed: apt install gcc-arm-none-eabi")
    for package in packages:
        # Looked up, not imported: emlearn's import switches NumPy to raising errors.
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed: pip install '.[{extra}]'")


def test_peers_get_what_suits_them(tmp_path: Path) -> None:
    _require("unicorn", "capstone", "sklearn", extra="demo")
    _require("m2cgen", "emlearn", "micromlgen", extra="audit")
    out = tmp_path / "out.json"
    command = [sys.executable, str(BENCHMARKS / "run.py"), "--models", "dt8_iris"]
    command += ["--inputs", "int16", "--cores", "m4", "--json", str(out)]
    subprocess.run(command, check=True, timeout=300, capture_output=True)
    document = json.loads(out.read_text(encoding="utf-8"))
    assert {"m2cgen", "emlearn", "micromlgen"} <= document["tools"].keys()
    rows = {row["tool"]: row for row in document["rows"]}
    assert len(rows) == 7
    for row in rows.values():
        # emlearn too, which errs on these features unless they are doubled.
        assert (row["agreement"], row["error"]) == (1.0, ""), row
    assert rows["thumbling size"]["flash"] < min(
        row["flash"] for tool, row in rows.items() if not tool.startswith("thumbling")
    )


def test_small_tree_agrees_and_costs(tmp_path: Path) -> None:
    _require("unicorn", "capstone", "sklearn", extra="demo")
    out, page = tmp_path / "out.json", tmp_path / "out.md"
    command = [sys.executable, str(BENCHMARKS / "run.py"), "--models", "dt8_iris"]
    command += ["--inputs", "int16", "--peers", "none", "--json", str(out), "--markdown", str(page)]
    subprocess.run(command, check=True, timeout=300, capture_output=True)
    document = json.loads(out.read_text(encoding="utf-8"))
    rows, tools = document["rows"], document["tools"]
    assert tools["compiler"].startswith("arm-none-eabi-gcc")
    assert "-mcpu=cortex-m0plus" in tools["options, m0plus"]
    assert re.fullmatch("sha256 [0-9a-f]{64}", tools["thumbling sources"])
    assert {(row["core"], row["tool"]) for row in rows} == {
        (core, f"thumbling {goal}") for core in ("m4", "m0plus") for goal in ("size", "speed")
    }
    for row in rows:
        assert row["agreement"] == 1.0, row
        assert row["ram"] == 0, row
        assert 40 <= row["flash"] <= 400, row
        assert 8 <= row["cycles"] <= 100, row
    assert "## dt8_iris, int16, m4" in page.read_text(encoding="utf-8")


def test_an_unknown_model_is_refused() -> None:
    pytest.importorskip(
        "sklearn", reason="scikit-learn is not installed: pip install 'thumbling[sklearn]'"
    )
    command = [sys.executable, str(BENCHMARKS / "run.py"), "--models", "dt9_iris"]
    done = subprocess.run(command, check=False, timeout=120, capture_output=True, text=True)
    assert done.returncode == 2
    assert "'dt9_iris' is none of" in done.stderr


def test_a_better_peer_is_named() -> None:
    beaten = runpy.run_path(str(BENCHMARKS / "table.py"))["beaten"]
    ours = [_row("thumbling size", 100, 50.0), _row("thumbling speed", 200, 20.0)]
    assert list(beaten([*ours, _row("peer", 100, 20.0)])) == []
    lines = list(beaten([*ours, _row("peer", 99, 30.0), _row("other", 300, 19.0)]))
    assert [line.split(" (")[0] for line in lines] == [
        "m, int16, m4: peer flash 99",
        "m, int16, m4: other cycles 19",
    ]


def test_a_newer_measurement_replaces_the_older() -> None:
    for package in ("unicorn", "sklearn"):
        pytest.importorskip(package, reason=f"{package} is not installed: pip install '.[audit]'")
    script = (
        "import json, sys; from run import merge; kept, new = json.load(sys.stdin);"
        " print(json.dumps(merge(kept, new)))"
    )
    kept = [_row("peer", 99, 30.0), _row("other", 1, 1.0)]
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=BENCHMARKS,
        input=json.dumps([kept, [_row("peer", 98, 29.0)]]),
        check=True,
        timeout=120,
        capture_output=True,
        text=True,
    )
    assert json.loads(done.stdout) == [_row("peer", 98, 29.0), _row("other", 1, 1.0)]
