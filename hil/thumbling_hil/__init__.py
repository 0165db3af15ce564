# SPDX-License-Identifier: MIT
"""Runs generated firmware on hosts, emulators and boards, and compares it with the reference."""
