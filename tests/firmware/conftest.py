# SPDX-License-Identifier: MIT
"""Makes `tests.firmware.tiny_model` importable: tests run with `--import-mode=importlib`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
