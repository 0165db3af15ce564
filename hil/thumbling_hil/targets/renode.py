# SPDX-License-Identifier: MIT
"""Renode, driven by its test runner: `renode-test` runs `renode/verify.robot` on the ELF.

`renode` ends with code 0 whatever happens, so the Robot test is what judges. Each question to
this target is one run of it, with a freshly booted chip; `check` asks all in one.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from thumbling.boards import Board
from thumbling.errors import UsageError, VerificationError
from thumbling_hil.emulator.symbols import Image
from thumbling_hil.protocol import Answer, Identity
from thumbling_hil.targets.renode_platform import FILES, platform, uart_device
from thumbling_hil.targets.renode_run import Run, find_renode, run_renode_test, sentence
from thumbling_hil.targets.renode_session import Result, Row, read_result, verdict, write_rows
from thumbling_hil.targets.target import Target

LOG = "renode.log"
"""The file beside the ELF that keeps what a failed run said."""

_SEE_LOG = f"`thumbling verify DIR --on renode` keeps Renode's log in DIR/{LOG}"
_START_S = 300.0
_VECTOR_S = 1.0


class RenodeTarget(Target):
    """Firmware in Renode, on the platform its board names."""

    name = "renode"

    def __init__(self, elf: Path, board: Board) -> None:
        self._platform = platform(board)
        self._program = find_renode()
        self._elf = elf
        self._log = elf.with_name(LOG)
        self._board = board
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def open(self) -> None:
        """Make room for the runs; the chip boots with each of them."""
        _refuse_broken(self._elf, self._board)
        self._folder = tempfile.TemporaryDirectory(prefix="thumbling-renode-")

    def identify(self) -> Identity:
        """Boot the firmware and ask who it is."""
        return self._run([])[0]

    def predict_many(self, xs: Sequence[bytes]) -> list[Answer]:
        """Boot the firmware and ask for all `xs`."""
        return list(self._run([(x, None) for x in xs])[1])

    def check(
        self, xs: Sequence[bytes], expected: Sequence[bytes], model_id: bytes | None
    ) -> Iterator[Answer]:
        """Boot the firmware, ask who it is, and let the Robot test judge all of its answers."""
        rows = list(zip(xs, expected, strict=True))
        result, run = self._session(rows)
        if result.identity is not None:
            self._refuse_other_model(result.identity, len(xs[0]), len(expected[0]), model_id)
        yield from self._judged(rows, result, run)[1]

    def close(self) -> None:
        """Drop the files of the runs; may be called twice."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _run(self, rows: Sequence[Row]) -> tuple[Identity, tuple[Answer, ...]]:
        return self._judged(rows, *self._session(rows))

    def _session(self, rows: Sequence[Row]) -> tuple[Result, Run]:
        """One boot of the chip: what the firmware answered and how renode-test ended."""
        if self._folder is None:
            raise UsageError("this target is not open", hint="use it in a `with` block")
        with suppress(OSError):  # there is none, or the folder cannot be written
            self._log.unlink()
        folder = Path(tempfile.mkdtemp(dir=self._folder.name))
        write_rows(folder / "vectors.json", rows)
        (folder / "chip.repl").write_text(self._platform, encoding="utf-8")
        limit_s = _START_S + _VECTOR_S * len(rows)
        suite = FILES / "verify.robot"
        run = run_renode_test(self._program, suite, folder, self._variables(folder), limit_s)
        if not (folder / "result.json").is_file():
            raise self._failed(run)
        return read_result(folder / "result.json"), run

    def _judged(
        self, rows: Sequence[Row], result: Result, run: Run
    ) -> tuple[Identity, tuple[Answer, ...]]:
        if run.code != 0:
            self._keep(run)
        if result.error or result.identity is None:
            raise VerificationError(result.error, hint=_SEE_LOG)
        # A difference is told by whoever compares the answers; any other failure is told here.
        if run.code != 0 and not verdict(rows, result):
            raise self._failed(run)
        return result.identity, result.answers

    def _variables(self, folder: Path) -> dict[str, str]:
        return {
            "ELF": self._elf.resolve().as_posix(),
            "REPL": (folder / "chip.repl").as_posix(),
            "UART": uart_device(self._board),
            "VECTORS": (folder / "vectors.json").as_posix(),
            "RESULT": (folder / "result.json").as_posix(),
            "PYTHON": sys.executable,
        }

    def _failed(self, run: Run) -> VerificationError:
        self._keep(run)
        return VerificationError(f"renode-test failed: {sentence(run)}", hint=_SEE_LOG)

    def _keep(self, run: Run) -> None:
        with suppress(OSError):  # a folder that cannot be written: the failure itself matters more
            self._log.write_text(run.log, encoding="utf-8", newline="\n")


def _refuse_broken(elf: Path, board: Board) -> None:
    """Raise `VerificationError` for what Renode would load and then never answer from."""
    segments = Image(elf).segments
    memories = (
        (board.flash_origin, board.flash_origin + board.flash_bytes),
        (board.ram_origin, board.ram_origin + board.ram_bytes),
    )
    for address, data in segments:
        if not any(low <= address and address + len(data) <= high for low, high in memories):
            raise VerificationError(
                f"{elf.name} loads {len(data)} bytes at 0x{address:08X}, where {board.name} has"
                " neither flash nor RAM",
                hint="build it again for this board",
            )
    if not any(address == board.flash_origin for address, _ in segments):
        raise VerificationError(
            f"{elf.name} has nothing at 0x{board.flash_origin:08X}, where {board.name} starts",
            hint="build it again",
        )
