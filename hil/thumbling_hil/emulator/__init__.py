# SPDX-License-Identifier: MIT
"""The embedded emulator: Unicorn in a child process, on the real image."""
