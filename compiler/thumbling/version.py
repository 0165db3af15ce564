# SPDX-License-Identifier: MIT
"""The release of Thumbling, below everything that names it."""

__version__ = "0.1.0"

# Of runtime_c: generated C stops the build on another (`THB_RUNTIME_ABI` in thumbling.h).
RUNTIME_ABI = 2
