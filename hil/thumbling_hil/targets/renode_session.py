# SPDX-License-Identifier: MIT
"""What `renode/verify.robot` runs beside Renode: asks the firmware for every vector of a file.

    python -m thumbling_hil.targets.renode_session PORT VECTORS RESULT

PORT is the TCP port of the firmware's UART. VECTORS is JSON: `rows`, a list of `[input, expected
output]` in hexadecimal, `null` for an output that is not known. RESULT, JSON too, gets the
identity, all answers, and the error where the firmware failed. The exit code is 0 where every
answer came and is, where one was expected, the same bit for bit.

It is a process of its own, so the Python that runs Robot Framework needs nothing of ours.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from thumbling.errors import DataError, ThumblingError, VerificationError
from thumbling_hil.mismatch import locate
from thumbling_hil.protocol import Answer, Identity, Link
from thumbling_hil.targets.socket_stream import SocketStream

_WHERE = "the firmware in Renode"
_CONNECT_S = 30.0
_ANSWER_S = 20.0

Row = tuple[bytes, bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one session learned: the answers up to where it ended, and why it ended there.

    Without an identity the firmware did not even say who it is.
    """

    identity: Identity | None
    answers: tuple[Answer, ...]
    error: str


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Write the file VECTORS."""
    listed = [[x.hex(), None if y is None else y.hex()] for x, y in rows]
    path.write_text(json.dumps({"rows": listed}), encoding="utf-8")


def read_rows(path: Path) -> list[Row]:
    """Read the file VECTORS."""
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    return [(bytes.fromhex(x), None if y is None else bytes.fromhex(y)) for x, y in rows]


def write_result(path: Path, result: Result) -> None:
    """Write the file RESULT."""
    path.write_text(json.dumps(asdict(result), default=bytes.hex), encoding="utf-8")


def read_result(path: Path) -> Result:
    """Read the file RESULT."""
    fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    identity = fields["identity"]
    if identity is not None:
        identity = Identity(**{**identity, "model_id": bytes.fromhex(identity["model_id"])})
    return Result(
        identity=identity,
        answers=tuple(
            Answer(status=a["status"], cycles=a["cycles"], output=bytes.fromhex(a["output"]))
            for a in fields["answers"]
        ),
        error=fields["error"],
    )


def run(port: int, rows: Sequence[Row]) -> Result:
    """Ask who the firmware is, then for all `rows`; a failure is part of the result."""
    identity = None
    answers: list[Answer] = []
    failure = ""
    try:
        with _connect(port) as connection:
            stream = SocketStream(connection, _WHERE)
            link = Link(stream.send, stream.receive, timeout_s=_ANSWER_S, where=_WHERE)
            # The banner may be gone before we are connected: ask instead of waiting for it.
            identity = link.identify()
            _refuse_other_sizes(identity, rows)
            for x, _ in rows:
                answers.append(link.predict(x, identity.out_bytes))
    except ThumblingError as error:
        failure = error.message
    return Result(identity=identity, answers=tuple(answers), error=failure)


def _connect(port: int) -> socket.socket:
    deadline = time.monotonic() + _CONNECT_S
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1.0)
        except OSError as error:
            if time.monotonic() > deadline:
                raise VerificationError(f"Renode opened no port for the UART: {error}") from error
            time.sleep(0.1)


def _refuse_other_sizes(identity: Identity, rows: Sequence[Row]) -> None:
    wanted = {(len(x), identity.out_bytes if y is None else len(y)) for x, y in rows}
    if wanted - {(identity.in_bytes, identity.out_bytes)}:
        raise DataError(
            f"{_WHERE} holds another model: {identity.name}, {identity.in_bytes} bytes in,"
            f" {identity.out_bytes} bytes out"
        )


def verdict(rows: Sequence[Row], result: Result) -> str:
    """Empty where every answer is as expected, else the first difference in one line."""
    if result.error:
        return result.error
    for number, ((_, wanted), answer) in enumerate(zip(rows, result.answers, strict=True)):
        if wanted is not None and (answer.status != 0 or answer.output != wanted):
            first = locate(number, answer, wanted)
            return (
                f"vector {number} differs from byte {first.byte} on: status {answer.status},"
                f" {first.got.hex()} instead of {first.expected.hex()}"
            )
    return ""


def main(arguments: Sequence[str]) -> int:
    """The command of this file; the exit code."""
    port, vectors, result_path = arguments
    rows = read_rows(Path(vectors))
    result = run(int(port), rows)
    write_result(Path(result_path), result)
    trouble = verdict(rows, result)
    print(trouble or f"{len(rows)} vectors, bit for bit")
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
