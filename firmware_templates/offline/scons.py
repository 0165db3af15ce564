# SPDX-License-Identifier: MIT
"""What PlatformIO starts as its package tool-scons: the SCons that pip installed beside it."""

import sys

from SCons.Script import main

sys.exit(main())
