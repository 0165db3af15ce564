# SPDX-License-Identifier: MIT
"""`python -m thumbling`: the command where its script is not on the PATH."""

from thumbling.cli import main

main()
