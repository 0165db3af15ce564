# SPDX-License-Identifier: MIT
"""Ctrl-C and SIGTERM: a clear end, and nothing left behind."""

from __future__ import annotations

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
