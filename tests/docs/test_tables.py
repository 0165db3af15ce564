# SPDX-License-Identifier: MIT
"""The tables of README.md are what the code says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _check(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "docs" / "tables.py"), "--check"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_readme_is_up_to_date() -> None:
    done = _check(ROOT)
    assert done.returncode == 0, done.stderr


def test_readme_has_the_tables() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in ("models", "boards", "commands", "options", "exits", "peers"):
        assert text.count(f"<!-- {name}:begin -->\n") == 1
        assert text.count(f"<!-- {name}:end -->\n") == 1
    assert "`RandomForestClassifier`" in text
    assert "`nucleo_f072rb`" in text
    assert "| `thumbling audit` | Set m2cgen" in text


def test_a_stale_table_is_found(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    script = (ROOT / "docs" / "tables.py").read_text(encoding="utf-8")
    (tmp_path / "docs" / "tables.py").write_text(script, encoding="utf-8")
    readme = tmp_path / "README.md"
    stale = "before\n<!-- boards:begin -->\n| old |\n<!-- boards:end -->\nafter\n"
    readme.write_text(stale, encoding="utf-8")
    assert _check(tmp_path).returncode == 1
    assert readme.read_text(encoding="utf-8") == stale
    subprocess.run([sys.executable, str(tmp_path / "docs" / "tables.py")], check=True)
    assert _check(tmp_path).returncode == 0
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- boards:begin -->\n| board | core |")
    assert text.endswith("<!-- boards:end -->\nafter\n")
    assert "old" not in text


def test_ours_agrees_on_every_row_as_the_readme_says() -> None:
    document = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    ours = [row for row in document["rows"] if row["tool"].startswith("thumbling")]
    assert ours
    assert {row["agreement"] for row in ours} == {1.0}


def test_the_walk_through_the_compiler_is_fresh() -> None:
    command = [sys.executable, str(ROOT / "docs" / "walk.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
