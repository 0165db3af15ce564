# SPDX-License-Identifier: MIT
"""Rewrites that keep every output bit: one pass a file."""
