# SPDX-License-Identifier: MIT
"""What the READMEs name is there, and what is there is named."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GENERATED = {".git", ".venv", ".pio", ".mypy_cache", ".ruff_cache", ".pytest_cache", "__pycache__"}


def _walk(folder: Path) -> list[Path]:
    """All files and folders of the tree, without what tools leave there."""
    found = [path for path in sorted(folder.iterdir()) if path.name not in GENERATED]
    return found + [below for path in found if path.is_dir() for below in _walk(path)]


TREE = _walk(ROOT)
DOCUMENTS = [path for path in TREE if path.suffix == ".md"]
# Files that a run or a user makes.
MADE = (
    *("model.json", "report.json", "report.html", "manifest.json", "thumbling.toml"),
    *("thb_app.c", "*_data.c"),
)
_FILE = re.compile(
    r"`(?:[\w-]+ )*([\w./*<>-]+\.(?:py|c|h|j2|toml|md|json|robot|repl|resc|ld))(?: [^`]*)?`"
)


def _first_column(document: Path) -> list[str]:
    """The names in backticks that begin the rows of a document's tables."""
    rows = [line for line in document.read_text("utf-8").splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_files_exist(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text("utf-8"), flags=re.S)
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (document.parent / link).exists(), link
    paths = [path.as_posix() for path in TREE]
    for name in _FILE.findall(text):
        pattern = "*/" + re.sub(r"<\w[\w ]*>", "*", name).lstrip("./")
        made = any(fnmatch(Path(name).name, known) for known in MADE)
        assert made or any(fnmatch(path, pattern) for path in paths), name


def test_every_folder_of_tests_is_listed() -> None:
    holding = {path.parent.name for path in TREE if path.match("tests/*/test_*.py")}
    assert set(_first_column(ROOT / "tests" / "README.md")) == holding


@pytest.mark.parametrize("folder", ["runtime_c", "firmware_templates"])
def test_every_c_file_is_listed(folder: str) -> None:
    patterns = [re.sub(r"<[\w ]+>", "*", n) for n in _first_column(ROOT / folder / "README.md")]
    files = [path for path in TREE if ROOT / folder in path.parents and path.is_file()]
    missing = [
        path.name
        for path in files
        if path.suffix in (".c", ".h", ".j2", ".py")
        and f"{path.parent.name}/" not in patterns
        and not any(fnmatch(path.name, pattern) for pattern in patterns)
    ]
    assert missing == []


def test_every_package_is_listed() -> None:
    packages = {f"{path.parent.name}/" for path in TREE if path.match("thumbling/*/__init__.py")}
    assert packages <= set(_first_column(ROOT / "compiler" / "README.md"))
