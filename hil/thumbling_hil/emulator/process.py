# SPDX-License-Identifier: MIT
"""The emulator's child process, as its parent sees it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from thumbling.boards import Board
from thumbling.errors import (
    MissingToolError,
    TargetError,
    ThumblingError,
    UsageError,
    VerificationError,
)
from thumbling_hil.emulator.messages import read_message, write_message

_GRACE_S = 15.0
_KINDS: dict[str, type[ThumblingError]] = {e.code: e for e in (UsageError, TargetError)}


def require_unicorn() -> None:
    """Raise `MissingToolError` where the emulator's packages are not installed."""
    missing = [name for name in ("unicorn", "capstone") if find_spec(name) is None]
    if missing:
        raise MissingToolError(
            f"the Python package {' and '.join(missing)} is not installed",
            hint="pip install 'thumbling[emulator]'",
        )


def machine_fields(board: Board) -> dict[str, Any]:
    """What of a board crosses to the child process."""
    return {
        "core": board.core,
        "fpu": board.fpu,
        "flash": [board.flash_origin, board.flash_bytes],
        "ram": [board.ram_origin, board.ram_bytes],
        "uart_kind": board.uart.kind,
        "uart_base": board.uart.base,
    }


class UnicornProcess:
    """The child process: messages in, messages out. Failures are `VerificationError`s.

    `memories` replaces the board's: `{"flash": [origin, bytes], "ram": [origin, bytes]}`.
    """

    def __init__(
        self,
        elf: Path,
        board: Board,
        *,
        timeout_s: float = 60.0,
        memories: Mapping[str, list[int]] | None = None,
    ) -> None:
        require_unicorn()
        self._machine = {
            "elf": str(elf.resolve()),
            "timeout_s": timeout_s,
            **machine_fields(board),
            **(memories or {}),
        }
        self._timeout_s = timeout_s
        # -P: a file of the current folder must not stand in for a module of ours.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "thumbling_hil.emulator.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def boot(self) -> bytes:
        """Reset the chip; what it sent until it waited for input."""
        return self.ask({"do": "boot", **self._machine})[1]

    def prepare(self) -> None:
        """Load an image without startup code, whose functions are called directly."""
        self.ask({"do": "prepare", **self._machine})

    def ask(self, header: dict[str, Any], body: bytes = b"") -> tuple[dict[str, Any], bytes]:
        """One request and its answer."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        # The machine ends overlong runs itself; this is for an engine that hangs.
        limit = header.get("limit_s", self._timeout_s) + _GRACE_S
        watchdog = threading.Timer(limit, process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            write_message(process.stdin, header, body)
            message = read_message(process.stdout)
        except OSError:  # a broken pipe; Windows calls it an invalid argument
            message = None
        finally:
            watchdog.cancel()
        if message is None:
            raise TargetError(
                f"the emulator process ended with code {process.wait()}",
                hint="this is no fault of the model; please report it",
            )
        if "error" in message[0]:
            kind = _KINDS.get(message[0]["code"], VerificationError)
            raise kind(message[0]["error"], hint=message[0]["hint"])
        return message

    def close(self) -> None:
        """End the child process."""
        process = self._process
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None and not pipe.closed:
                # A request half written into a dead child cannot be flushed any more.
                try:
                    pipe.close()
                except OSError:
                    continue

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
