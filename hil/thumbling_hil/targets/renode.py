# SPDX-License-Identifier: MIT
"""Renode, driven by its test runner: `renode-test` runs `renode/verify.robot` on the ELF.

`renode` ends with code 0 whatever happens, so the Robot test is what judges. Each question to
this target is one run of it, with a freshly booted chip: few questions of many vectors are best.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from thumbling.boards import Board
from thumbling.errors import MissingToolError, UsageError, VerificationError
from thumbling_hil.protocol import Answer, Identity
from thumbling_hil.targets.renode_session import Result, Row, read_result, verdict, write_rows
from thumbling_hil.targets.target import Target

SETTING = "THUMBLING_RENODE"
_PROGRAM = "renode-test"
_FILES = Path(__file__).parents[1] / "renode"
_START_S = 300.0
_VECTOR_S = 1.0
_TAIL = 1500


def find_renode() -> str:
    """Path of `renode-test`: in the folder THUMBLING_RENODE names, else on PATH."""
    folder = os.environ.get(SETTING)
    path = shutil.which(_PROGRAM, path=folder) if folder else shutil.which(_PROGRAM)
    if path is None:
        looked = f"in {folder} ({SETTING})" if folder else "on PATH"
        raise MissingToolError(
            f"{_PROGRAM} is not {looked}",
            hint="download the portable release 1.16 or newer from renode.io, unpack it, put its"
            f" folder on PATH or into {SETTING}, and pip install -r tests/requirements.txt in it",
        )
    return path


def platform_file(board: Board) -> Path:
    """Our offline variant of the board's CPU file; `UsageError` where there is none."""
    path = _FILES / f"{board.emulators.renode}.repl"
    if not board.emulators.renode or not path.is_file():
        raise UsageError(
            f"there is no Renode platform for {board.name}", hint="verify on unicorn or host"
        )
    return path


class RenodeTarget(Target):
    """Firmware in Renode, on the platform its board names."""

    def __init__(self, elf: Path, board: Board) -> None:
        self._platform = platform_file(board)
        self._program = find_renode()
        self._elf = elf
        self._uart = f"sysbus.{board.uart.name.lower()}"
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def open(self) -> None:
        """Make room for the runs; the chip boots with each of them."""
        self._folder = tempfile.TemporaryDirectory(prefix="thumbling-renode-")

    def identify(self) -> Identity:
        """Boot the firmware and ask who it is."""
        return self._run([]).identity

    def predict_many(self, xs: Sequence[bytes]) -> list[Answer]:
        """Boot the firmware and ask for all `xs`."""
        return list(self._run([(x, None) for x in xs]).answers)

    def check(self, xs: Sequence[bytes], expected: Sequence[bytes]) -> Iterator[Answer]:
        """Boot the firmware and let the Robot test judge all of its answers."""
        yield from self._run(list(zip(xs, expected, strict=True))).answers

    def close(self) -> None:
        """Drop the files of the runs; may be called twice."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _run(self, rows: Sequence[Row]) -> Result:
        if self._folder is None:
            raise UsageError("this target is not open", hint="use it in a `with` block")
        folder = Path(tempfile.mkdtemp(dir=self._folder.name))
        write_rows(folder / "vectors.json", rows)
        run = _renode_test(self._command(folder), _START_S + _VECTOR_S * len(rows))
        if not (folder / "result.json").is_file():
            raise _no_result(run)
        result = read_result(folder / "result.json")
        if result.error:
            raise VerificationError(result.error, hint=result.hint)
        # A difference is told by whoever compares the answers; any other failure is told here.
        if run.code != 0 and not verdict(rows, result):
            raise VerificationError(f"renode-test failed:\n{run.text}")
        return result

    def _command(self, folder: Path) -> list[str]:
        variables = {
            "ELF": self._elf.resolve().as_posix(),
            "REPL": self._platform.as_posix(),
            "UART": self._uart,
            "VECTORS": (folder / "vectors.json").as_posix(),
            "RESULT": (folder / "result.json").as_posix(),
            "PYTHON": sys.executable,
        }
        command = [self._program, str(_FILES / "verify.robot"), "-r", str(folder)]
        for name, value in variables.items():
            command += ["--variable", f"{name}:{value}"]
        return command


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """How renode-test ended and the last it said."""

    code: int
    text: str


def _renode_test(command: list[str], limit_s: float) -> _Run:
    process = subprocess.Popen(
        command,
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
    return _Run(code=process.returncode, text=text.strip()[-_TAIL:])


def _end(process: subprocess.Popen[str]) -> None:
    """End the runner and the Renode it started, whatever interrupts us."""
    if process.poll() is None:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _no_result(run: _Run) -> VerificationError | MissingToolError:
    # Without its Python packages renode-test runs nothing, and still ends with code 0.
    if run.code == 0 or "pip install" in run.text:
        return MissingToolError(
            f"renode-test ran no test: {run.text}",
            hint="install what it names into the Python that runs it: the first on PATH",
        )
    return VerificationError(f"renode-test failed:\n{run.text}")
