# SPDX-License-Identifier: MIT
"""The release of Thumbling, below everything that names it."""

__version__ = "0.1.0"
