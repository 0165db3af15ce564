# SPDX-License-Identifier: MIT
"""Puts a `renode-test` into a folder, with the shell of the real one and its faults.

It finds its own folder by an unquoted path, and gives the working folder as the one for results,
unquoted too: the release 1.16.1 before the arguments it was called with, its successor after them,
so that there the last word is not ours.
"""

from __future__ import annotations

import sys
from pathlib import Path

RUNNER = Path(__file__).with_name("runner.py")
_SCRIPT = """#!/usr/bin/env bash
ROOT_PATH="$(cd $(dirname $(readlink -f $0 2>/dev/null || echo $0)); echo $PWD)"
[ -x $ROOT_PATH/renode-test ] || exit 1
"{python}" "{runner}" {arguments}
"""
_RELEASE = '-r $(pwd) "$@"'
_SUCCESSOR = '"$@" -r $(pwd)'


def install(folder: Path, *, successor: bool = False) -> Path:
    """The `renode-test` in `folder` becomes ours; gives the folder."""
    arguments = _SUCCESSOR if successor else _RELEASE
    text = _SCRIPT.format(python=sys.executable, runner=RUNNER, arguments=arguments)
    return program(folder, text)


def program(folder: Path, text: str, name: str = "renode-test") -> Path:
    """An executable of that text in `folder`; gives the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return folder
