# SPDX-License-Identifier: MIT
"""One run of `renode-test`: where it is, what it needs, how it ended and what it said."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from thumbling.errors import MissingToolError, UsageError, VerificationError

SETTING = "THUMBLING_RENODE"
PACKAGES = {
    "robotframework": "robot",
    "robotframework-retryfailed": "RetryFailed",
    "psutil": "psutil",
    "pyyaml": "yaml",
    "telnetlib3": "telnetlib3",
}
"""What `renode-test` imports: the packages of the extra `renode`, and their modules."""

_PROGRAM = "renode-test"
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_MISSING = re.compile(r"No module named '?([\w.]+)")
_ERROR = re.compile(r"Error E\d+: (.+)")
_SENTENCE = 300
_MOST_OF_A_LOG = 1 << 18  # bytes: a firmware that runs wild makes Renode write 100 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How a run ended: exit code, why its Robot test failed, if it did, and all that was said."""

    code: int
    failure: str
    log: str


def find_renode() -> Path:
    """Where `renode-test` is: in the folder THUMBLING_RENODE names, else on PATH."""
    folder = os.environ.get(SETTING)
    path = shutil.which(_PROGRAM, path=folder) if folder else shutil.which(_PROGRAM)
    if path is None:
        looked = f"in {folder} ({SETTING})" if folder else "on PATH"
        raise MissingToolError(
            f"{_PROGRAM} is not {looked}",
            hint="download the portable release 1.16 or newer from renode.io, unpack it, put its"
            f" folder on PATH or into {SETTING}, and pip install 'thumbling[renode]'",
        )
    # It runs in a working folder of its own, so a relative path would lead nowhere.
    program = Path(path).resolve()
    _refuse_space(program.parent, "move Renode to a folder without one")
    if doomed := endangered(program):
        raise UsageError(
            f"Renode lies in {doomed} and would delete itself: it clears the temporary folder of"
            " all renode-* when it starts",
            hint="move it to another folder",
        )
    return program


def _refuse_space(folder: Path, hint: str) -> None:
    """Raise `UsageError` for a folder that the shell script of Renode would tear apart."""
    if sys.platform != "win32" and re.search(r"\s", str(folder)):
        raise UsageError(f"renode-test cannot work in {folder}: its path has a space", hint=hint)


def run_renode_test(
    program: Path, suite: Path, folder: Path, variables: Mapping[str, str], limit_s: float
) -> Run:
    """Run the Robot test `suite` with `variables`; all it writes stays in `folder`.

    Raises `VerificationError` after `limit_s`, `MissingToolError` where a package is missing.
    """
    # Releases pass an unquoted $(pwd) as their results folder, before our -r or after it: so the
    # working folder is the one for the results, and has no space.
    _refuse_space(folder, "set TMPDIR to a folder without one")
    command = [str(program), str(suite), "-r", str(folder)]
    for name, value in variables.items():
        command += ["--variable", f"{name}:{value}"]
    code, text = _run(command, folder, limit_s)
    missing = _MISSING.search(text)
    failure = _failure(folder)
    if missing and not failure:
        raise MissingToolError(
            f"the Python that runs renode-test has no module {missing[1]}",
            hint="pip install 'thumbling[renode]'",
        )
    return Run(code=code, failure=_without(folder, failure), log=_log(folder, text))


def _run(command: list[str], folder: Path, limit_s: float) -> tuple[int, str]:
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        text, _ = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired as error:
        raise VerificationError(f"renode-test did not end within {limit_s:g} s") from error
    finally:
        _end(process)
    return process.returncode, text


def _environment() -> dict[str, str]:
    """Ours; where our Python has the packages it is the `python3` that renode-test finds first."""
    environment = dict(os.environ)
    if all(find_spec(module) is not None for module in PACKAGES.values()):
        ours = str(Path(sys.executable).parent)
        environment["PATH"] = os.pathsep.join((ours, environment.get("PATH", os.defpath)))
    return environment


def _end(process: subprocess.Popen[str]) -> None:
    """End the runner and the Renode it started, whatever interrupts us."""
    if process.poll() is None:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _failure(folder: Path) -> str:
    """Why the test failed, from Robot's results; empty where none failed or none are there."""
    for path in sorted(folder.rglob("*.xml")):
        try:
            tests = ET.parse(path).iter("test")
        except ET.ParseError:
            continue  # the runner was ended while it wrote
        for test in tests:
            status = test.find("status")
            if status is not None and status.get("status") == "FAIL":
                return (status.text or "").strip() or "the Robot test failed"
    return ""


def _log(folder: Path, said: str) -> str:
    """What renode-test said, but for where its results are, and Renode's own log."""
    lines = [line for line in said.splitlines() if str(folder) not in line]
    saved = [_ends(path) for path in sorted(folder.rglob("logs/*.log"))]
    return _without(folder, "\n".join((*lines, *saved))) + "\n"


def _ends(path: Path) -> str:
    """A log's text; of one too long for the user's folder, how it began and how it ended."""
    half = _MOST_OF_A_LOG // 2
    with path.open("rb") as file:
        begin = file.read(half)
        left_out = path.stat().st_size - _MOST_OF_A_LOG
        if left_out > 0:
            begin += f"\n... {left_out} bytes left out ...\n".encode()
            file.seek(-half, os.SEEK_END)
        return (begin + file.read()).decode("utf-8", "replace")


def _without(folder: Path, text: str) -> str:
    """Without colour codes, and without the path of a folder that will be gone."""
    return re.sub(rf"{re.escape(str(folder))}[/\\]*", "", _COLOUR.sub("", text)).strip()


def sentence(run: Run) -> str:
    """Why a run failed, in one sentence: what its Robot test said, else the last of what it said.

    Of the many lines of a platform's error, that is the one which says the error.
    """
    last = run.log.strip().rpartition("\n")[2] or "not a word"
    error = _ERROR.search(run.failure)
    why = error[1] if error else run.failure.removeprefix("KeywordException: ")
    words = " ".join((why or f"no test was run: {last}").split())
    return words if len(words) <= _SENTENCE else f"{words[:_SENTENCE]} ..."


def endangered(program: Path) -> Path | None:
    """The folder with which a later start of Renode would delete `program`; None if none would.

    Renode clears the temporary folder of all `renode-*` whose suffix is no running process.
    """
    temporary = Path(tempfile.gettempdir()).resolve()
    for folder in program.resolve().parents:
        if folder.parent == temporary and folder.name.startswith("renode-"):
            return folder
    return None
