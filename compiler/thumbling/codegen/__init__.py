# SPDX-License-Identifier: MIT
"""IR to C text."""
