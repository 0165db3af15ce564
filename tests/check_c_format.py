# SPDX-License-Identifier: MIT
"""Exit 1 with a list unless clang-format leaves every C file of the repository as it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("runtime_c", "firmware_templates", "tests")


def main() -> int:
    """Check all .c and .h files below the C folders."""
    files = [p for f in FOLDERS for p in sorted((ROOT / f).rglob("*.[ch]"))]
    command = ["clang-format", "--dry-run", "-Werror", *map(str, files)]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
