# SPDX-License-Identifier: MIT
"""A board on a serial port."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from thumbling.errors import MissingToolError, TargetError, UsageError
from thumbling_hil.protocol import Identity, Link
from thumbling_hil.targets.target import LinkTarget

_BAUD = 115200
# What a lost line raises; termios.error is no OSError, and pyserial's flush lets it through.
_BROKEN: tuple[type[Exception], ...] = (OSError,)
if sys.platform != "win32":
    import termios

    _BROKEN = (OSError, termios.error)


class SerialTarget(LinkTarget):
    """Firmware on real hardware. `port` is a device such as `/dev/ttyACM0` or `COM3`.

    Anything pyserial's `serial_for_url` takes is a port too, for example `socket://host:port`.
    """

    name = "serial"

    def __init__(self, port: str | None, *, baud: int = _BAUD, timeout_s: float = 5.0) -> None:
        super().__init__()
        if not port:
            raise UsageError(
                "the target serial needs a port", hint="name it: --port /dev/ttyACM0 or --port COM3"
            )
        if find_spec("serial") is None:
            raise MissingToolError(
                "the Python package pyserial is not installed",
                hint="pip install 'thumbling[hil]'",
            )
        self._port = port
        self._baud = baud
        self._timeout_s = timeout_s
        self._serial: Any = None

    def _connect(self) -> tuple[Link, Identity]:
        serial: Any = import_module("serial")
        try:
            self._serial = serial.serial_for_url(self._port, baudrate=self._baud)
            self._serial.reset_input_buffer()
        except (*_BROKEN, serial.SerialException, ValueError) as error:
            raise TargetError(
                f"the port {self._port} cannot be opened: {error}",
                hint="check the cable, the name, and that no other program uses the port",
            ) from error
        where = f"the board on {self._port}"
        link = Link(
            self._send,
            self._receive,
            timeout_s=self._timeout_s,
            where=where,
            # A board that says nothing may hang or be unplugged: no word about its bits.
            silence=TargetError,
        )
        # The board booted long ago: ask instead of waiting for its banner.
        return link, link.identify()

    def _release(self) -> None:
        if self._serial is not None:
            self._serial.close()
            self._serial = None

    def _send(self, data: bytes) -> None:
        try:
            self._serial.write(data)
            self._serial.flush()
        except _BROKEN as error:
            raise self._pulled(error) from error

    def _receive(self, seconds: float) -> bytes:
        # SerialException is an OSError; a pulled cable raises either.
        try:
            self._serial.timeout = min(seconds, 0.5)
            first: bytes = self._serial.read(1)
            rest: bytes = self._serial.read(self._serial.in_waiting) if first else b""
        except _BROKEN as error:
            raise self._pulled(error) from error
        return first + rest

    def _pulled(self, error: Exception) -> TargetError:
        return TargetError(
            f"the connection to {self._port} broke: {error}",
            hint="plug the board in again and repeat the command",
        )
