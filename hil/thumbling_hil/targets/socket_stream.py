# SPDX-License-Identifier: MIT
"""A TCP connection as the byte stream of a `Link`."""

from __future__ import annotations

import socket

from thumbling.errors import VerificationError

_SEND_S = 10.0


class SocketStream:
    """A connected socket as the byte stream of a `Link`."""

    def __init__(self, connection: socket.socket, where: str) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection
        self._where = where

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        try:
            self._socket.settimeout(_SEND_S)
            self._socket.sendall(data)
        except OSError as error:
            raise VerificationError(f"{self._where} takes no more data: {error}") from error

    def receive(self, seconds: float) -> bytes:
        """What has arrived, or nothing after `seconds`."""
        self._socket.settimeout(max(seconds, 0.001))
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return b""
        except OSError as error:
            raise VerificationError(f"{self._where} closed the connection: {error}") from error
        if not data:
            raise VerificationError(f"{self._where} ended before it answered")
        return data
