# SPDX-License-Identifier: MIT
"""The wheel and the sdist: what they hold, and that an installed wheel finds its data."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
DATA = ("runtime_c", "boards", "firmware_templates")

pytest.importorskip("hatchling", reason="hatchling builds the wheel: pip install -e '.[dev]'")
pytest.importorskip("build", reason="build is not installed: pip install -e '.[dev]'")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist of this checkout and the wheel built from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def _wheel_names(folder: Path) -> set[str]:
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def _tracked(*folders: str) -> set[str]:
    """Files of the checkout that git tracks or would add; deleted ones are left out."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout, so there is no list of files to compare with")
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *folders],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name for name in done.stdout.split("\0") if name and (ROOT / name).exists()}


def test_top_level_names(built: Path) -> None:
    top = {name.split("/")[0] for name in _wheel_names(built)}
    (info,) = [name for name in top if name.endswith(".dist-info")]
    assert top == {"thumbling", "thumbling_hil", info}


def test_data_is_what_git_tracks(built: Path) -> None:
    prefix = "thumbling/_data/"
    shipped = {n.removeprefix(prefix) for n in _wheel_names(built) if n.startswith(prefix)}
    assert {name.split("/")[0] for name in shipped} == set(DATA)
    assert shipped == _tracked(*DATA)


def test_packages_are_what_git_tracks(built: Path) -> None:
    """Templates, `py.typed` and emulator scripts inside the packages are shipped too."""
    names = _wheel_names(built)
    tracked = {
        name.split("/", 1)[1] for name in _tracked("compiler/thumbling", "hil/thumbling_hil")
    }
    shipped = {
        name
        for name in names
        if name.startswith(("thumbling/", "thumbling_hil/")) and "/_data/" not in name
    }
    assert shipped == tracked
    assert any(PurePosixPath(name).suffix == ".j2" for name in shipped)
    assert {"thumbling/py.typed", "thumbling_hil/py.typed"} <= shipped


def test_sdist_can_be_tested(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {"pyproject.toml", "README.md", "LICENSE", "tests/conftest.py"} <= names
    assert not {name for name in names if "__pycache__" in name or name.startswith(".git/")}


_USE = """
import thumbling, thumbling_hil
from pathlib import Path
from thumbling.boards import all_boards
from thumbling.codegen.module import _environment
from thumbling.resources import data_dir
root = Path(thumbling.__file__).parent
for name in ("runtime_c", "boards", "firmware_templates"):
    assert data_dir(name) == root / "_data" / name, data_dir(name)
assert len(all_boards()) >= 4
_environment().get_template("model.c.j2")
print(thumbling.__version__)
"""


def test_installed_wheel_finds_its_data(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    target = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(target), str(wheel)], check=True, capture_output=True)
    done = subprocess.run(
        [sys.executable, "-c", _USE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == wheel.name.split("-")[1]
