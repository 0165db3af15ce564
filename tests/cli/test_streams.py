# SPDX-License-Identifier: MIT
"""stdout and stderr that are closed, full, of another encoding, or whose reader goes away."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.cli.conftest import BUILDER, COMMAND, Run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="streams are closed by a POSIX shell")
THUMBLING = " ".join(f"'{part}'" for part in COMMAND)


def shell(text: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", text.replace("thumbling ", f"{THUMBLING} ")],
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, **variables},
        check=False,
    )


@pytest.mark.parametrize("what", ["boards", "boards --json", "models", "doctor --json"])
def test_a_reader_that_goes_away_is_no_trouble(what: str) -> None:
    done = shell(f"set -o pipefail; thumbling {what} | true")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_exit_code_does_not_depend_on_the_reader() -> None:
    done = shell("set -o pipefail; thumbling boards nothing --json | true")
    assert (done.returncode, done.stderr) == (2, "")
    done = shell("set -o pipefail; thumbling boards nothing 2>&1 | true")
    assert (done.returncode, done.stderr) == (2, "")


@pytest.mark.parametrize("how", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_stream(how: str) -> None:
    for command, code in (("boards", 0), ("boards --json", 0), ("boards nothing", 2)):
        assert shell(f"thumbling {command} {how}").returncode == code
    assert "Traceback" not in shell(f"thumbling boards {how}").stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_under_stdout() -> None:
    for command in ("boards", "boards --json"):
        done = shell(f"thumbling {command} >/dev/full")
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
    assert shell("thumbling boards nothing 2>/dev/full").returncode == 2


def test_a_full_disk_under_the_output(run: Run, models: Path, tmp_path: Path) -> None:
    """A limit on the size of files is met like a full disk: in the middle of writing."""
    command = (
        f"ulimit -f 2; thumbling compile '{models / 'tree.joblib'}' --board nucleo-f401 --trust"
        f" --builder {BUILDER} --verify none --json -o '{tmp_path / 'out'}'"
    )
    done = shell(command)
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["error"]["code"] in ("output", "build")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "variables",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "cp1252"},
    ],
    ids=["C locale", "ascii", "cp1252"],
)
def test_a_terminal_that_knows_few_characters(compiled: Path, variables: dict[str, str]) -> None:
    for command, code in (
        (f"report '{compiled}'", 0),
        ("--help", 0),
        ("doctor", 0),
        (f"inspect '{compiled}'", 0),
        ("boards nücleo-f4€", 2),
        ("compile $'\\xff.joblib' --board nucleo-f401", 1),
    ):
        done = shell(f"thumbling {command} | cat; exit ${{PIPESTATUS[0]}}", **variables)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        if code:
            assert json.loads(shell(f"thumbling {command} --json", **variables).stdout)["error"]
