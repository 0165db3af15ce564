# SPDX-License-Identifier: MIT
"""What kernels of tree ensembles share: walks, leaf vectors, sums."""
