# SPDX-License-Identifier: MIT
"""The child process in which Unicorn runs, so that a crash of the engine takes no tool down."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from thumbling.errors import ThumblingError
from thumbling_hil.emulator.machine import Machine, MachineSpec
from thumbling_hil.emulator.measuring import measure
from thumbling_hil.emulator.messages import read_message, write_message
from thumbling_hil.emulator.symbols import Image


def _spec(header: dict[str, Any]) -> MachineSpec:
    return MachineSpec(
        core=header["core"],
        fpu=header["fpu"],
        flash=(header["flash"][0], header["flash"][1]),
        ram=(header["ram"][0], header["ram"][1]),
        uart_kind=header["uart_kind"],
        uart_base=header["uart_base"],
    )


class Worker:
    """Answers requests on one machine."""

    def __init__(self) -> None:
        self._machine: Machine | None = None

    def answer(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Do what the header's `do` says; raises `ThumblingError` for what the user must know."""
        if header["do"] in ("boot", "prepare"):
            image = Image(Path(header["elf"]))
            self._machine = Machine(image, _spec(header), timeout_s=header["timeout_s"])
            if header["do"] == "boot":
                return {}, self._machine.boot()
            self._machine.prepare()
            return {}, b""
        assert self._machine is not None, "the first message is `boot` or `prepare`"
        if header["do"] == "exchange":
            return {}, self._machine.exchange(body)
        return measure(
            self._machine,
            header["symbol"],
            body,
            header["in_bytes"],
            header["out_bytes"],
            counted=header.get("counted"),
            offsets=header.get("offsets", [0]),
            state_bytes=header.get("state_bytes", 0),
            reset=header.get("reset", ""),
        )


def main() -> None:
    """Serve standard input until it ends."""
    # Ctrl-C reaches the whole process group; the parent ends us in its own time.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The engine or a library may print: keep the message pipe to ourselves.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    worker = Worker()
    while (message := read_message(sys.stdin.buffer)) is not None:
        try:
            header, body = worker.answer(*message)
        except ThumblingError as error:
            header, body = {"error": error.message, "hint": error.hint, "code": error.code}, b""
        write_message(output, header, body)


if __name__ == "__main__":
    main()
