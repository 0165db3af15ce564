# SPDX-License-Identifier: MIT
"""What kernels of dense layers share: how weights lie in flash, pieces of their loops."""
