# SPDX-License-Identifier: MIT
"""Every example runs and leaves a whole output folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_example(script: Path, tmp_path: Path) -> None:
    if find_spec("unicorn") is None:
        pytest.skip("unicorn is not installed: pip install 'thumbling[emulator]'")
    if shutil.which("arm-none-eabi-gcc") is None and find_spec("ziglang") is None:
        pytest.skip("no compiler for Arm: pip install 'thumbling[zig]'")
    folder = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, str(script), str(folder)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names = {path.name for path in folder.iterdir()}
    assert {"src", "firmware", "firmware.elf", "report.html", "manifest.json"} <= names
