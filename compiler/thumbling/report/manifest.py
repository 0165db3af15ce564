# SPDX-License-Identifier: MIT
"""`manifest.json`: where an output folder came from. No time and no path, so it is reproducible."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

SCHEMA = 1
TOOL = "thumbling"
_PACKAGES = ("numpy", "scikit-learn", "joblib", "skops", "unicorn", "capstone", "pyelftools")


def build_manifest(
    *,
    tool_version: str,
    name: str,
    board: str,
    facts: Mapping[str, Any],
    model_id: str,
    model_sha256: str,
    data_sha256: str | None,
    options: Mapping[str, Any],
    stored_input: Mapping[str, Any],
    builder: Mapping[str, str],
    files: Mapping[str, bytes],
) -> dict[str, Any]:
    """The document.

    `facts` are what the image says of the model too; `stored_input` has type, scale and offset in
    numbers; `files` maps names inside the output folder to contents, which are hashed.
    """
    return {
        "schema": SCHEMA,
        "tool": TOOL,
        "version": tool_version,
        "name": name,
        "board": board,
        "model": {**facts, "id": model_id, "sha256": model_sha256},
        "data": {"sha256": data_sha256} if data_sha256 else None,
        "options": dict(sorted(options.items())),
        "input": dict(stored_input),
        "builder": dict(sorted(builder.items())),
        "packages": {"python": platform.python_version(), **_versions()},
        "files": {
            file: hashlib.sha256(content).hexdigest() for file, content in sorted(files.items())
        },
    }


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
