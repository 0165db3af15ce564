# SPDX-License-Identifier: MIT
"""The command line's entry. It imports next to nothing, so that Ctrl-C is quiet from here on.

Typer and rich take a tenth of a second to import, and Ctrl-C in between would show a traceback of
their insides. `running.py` has the rest.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # as in `thumbling`
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType
    from typing import NoReturn

_SIGINT = 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the `thumbling` command."""
    try:
        import signal

        signal.signal(signal.SIGINT, _end_at_once)
        signal.signal(signal.SIGTERM, _end_at_once)
    except KeyboardInterrupt:
        _end_at_once(_SIGINT, None)
    from thumbling.cli.running import run_command

    raise SystemExit(run_command(list(sys.argv[1:] if arguments is None else arguments)))


def _end_at_once(number: int, _: FrameType | None) -> NoReturn:
    """Nothing has begun, so nothing is to be cleaned up; an exception might be lost in an import.

    Written by hand, since nothing that could write it is imported yet.
    """
    word = "interrupted" if number == _SIGINT else "terminated"
    if "--json" in sys.argv:
        body = f'"code": "{word}", "message": "{word}", "hint": ""'
        os.write(1, f'{{"error": {{{body}}}}}\n'.encode())
    else:
        os.write(2, f"{word}\n".encode())
    os._exit(128 + number)
