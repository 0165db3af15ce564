# SPDX-License-Identifier: MIT
"""Where firmware runs: one small interface, a file for each place that offers it."""
