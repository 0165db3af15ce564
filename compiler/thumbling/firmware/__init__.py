# SPDX-License-Identifier: MIT
"""From generated C to an image: render the project, build it, read its sizes."""

from thumbling.firmware.build import Build, build_firmware
from thumbling.firmware.facts import read_facts
from thumbling.firmware.render import render_project
from thumbling.firmware.sizes import Memory, read_memory

__all__ = ["Build", "Memory", "build_firmware", "read_facts", "read_memory", "render_project"]
