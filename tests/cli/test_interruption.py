# SPDX-License-Identifier: MIT
"""Ctrl-C and SIGTERM: a clear end, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.cli.conftest import BUILDER, COMMAND


@pytest.mark.skipif(os.name != "posix", reason="signals are sent to processes on POSIX only")
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_compile_leaves_nothing(
    models: Path, tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    out = tmp_path / "new" / "deep" / "out"
    arguments = (
        *("compile", models / "tree.joblib", "--board", "nucleo-f401", "--trust"),
        *("--builder", BUILDER, "--verify", "unicorn", "-o", out),
    )
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    limit = time.monotonic() + 60
    # The folder beside the output is there as soon as the work has begun.
    while not out.parent.exists() and process.poll() is None:
        assert time.monotonic() < limit
        time.sleep(0.01)
    process.send_signal(sent)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == code, stderr
    assert stdout == ""
    assert "Traceback" not in stderr
    assert (stderr == "interrupted\n") == (sent is signal.SIGINT)
    assert [path.name for path in tmp_path.iterdir()] == ["temporary"]
    assert [path for path in temporary.iterdir() if path.name.startswith("thumbling")] == []


def _listens(pid: int) -> bool:
    """Whether our first lines have run: Python itself catches SIGINT, but never SIGTERM."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs the /proc of Linux")
@pytest.mark.parametrize("how", ["", "--json"])
def test_ctrl_c_is_quiet_at_any_time(models: Path, tmp_path: Path, how: str) -> None:
    """From the first lines of ours on: through the imports of Typer, NumPy and scikit-learn."""
    arguments = ("compile", models / "tree.joblib", "--board", "nucleo-f401", "--trust", "-q")
    more = ("--builder", "none", "--verify", "none", "-o", tmp_path / "out", *filter(None, [how]))
    ends = set()
    for step in range(20):
        process = subprocess.Popen(
            [*COMMAND, *map(str, (*arguments, *more))],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # As a terminal does: the whole group is told.
            start_new_session=True,
        )
        while process.poll() is None and not _listens(process.pid):
            time.sleep(0.001)
        time.sleep(0.05 * step)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
        ends.add(process.returncode)
        if process.returncode == 0:
            continue  # it was done before
        assert process.returncode == 130, (step, err)
        if how:
            assert json.loads(out)["error"]["code"] == "interrupted"
            assert err == ""
        else:
            assert (out, err) == ("", "interrupted\n")
    assert 130 in ends
