# SPDX-License-Identifier: MIT
"""From source models in reals to graphs of integer ops, with certificates."""
