# SPDX-License-Identifier: MIT
"""A core directory with which PlatformIO builds our projects where no registry can be reached.

PlatformIO takes a package as installed when name, owner and version in its record (`.piopm`) fit;
it does not look at the content. So a few small files make a core directory with which the same
`platformio.ini` builds without a network: SCons and compiler are the ones already on the machine.

`compile` makes one for its run where THUMBLING_PLATFORMIO_OFFLINE=1 is set; for `pio run` by hand
`thumbling doctor --platformio-core DIR` makes one, which PLATFORMIO_CORE_DIR=DIR then names.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from thumbling.boards import all_boards
from thumbling.errors import BuildError, MissingToolError, OutputError
from thumbling.resources import data_dir

OFFLINE_VARIABLE: Final = "THUMBLING_PLATFORMIO_OFFLINE"
TOOLCHAIN_VERSION: Final = "1.120301.0"
_PLATFORM_VERSION: Final = "19.0.0"
_GCC: Final = "arm-none-eabi-gcc"


def offline_wanted() -> bool:
    """Whether the user has switched downloads off."""
    return os.environ.get(OFFLINE_VARIABLE, "0") not in ("", "0")


def missing_offline() -> str:
    """What an offline build lacks on this machine, with how to get it; empty where it would run."""
    packages = {"platformio": "platformio", "SCons": "scons"}
    absent = [pip for name, pip in packages.items() if importlib.util.find_spec(name) is None]
    parts = [f"pip install {' '.join(absent)}"] if absent else []
    if shutil.which(_GCC) is None:
        parts.append(f"install {_GCC} (Debian, Ubuntu: apt install gcc-arm-none-eabi)")
    return "; ".join(parts)


def require_offline() -> None:
    """Raise `MissingToolError` where this machine lacks what an offline build takes."""
    if missing := missing_offline():
        raise MissingToolError(
            "PlatformIO offline takes arm-none-eabi-gcc from PATH and PlatformIO and SCons from"
            " this Python, and not all are there",
            hint=f"{missing}; or unset {OFFLINE_VARIABLE}",
        )


def lay_offline_core(folder: Path) -> None:
    """Writes a core directory with which `pio run` builds our projects without a network.

    Raises `OutputError` unless the folder is new or empty: PlatformIO of another version asks the
    registry when it meets an old one. Raises `MissingToolError` as `require_offline`.
    """
    require_offline()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(
            f"{folder.name} exists and is no empty folder", hint="name a folder that does not exist"
        )
    packages = folder / "packages"
    scons = _package(packages / "tool-scons", "tool-scons", _scons_version(), {})
    for name in ("scons.py", "scons"):
        shutil.copyfile(_files() / "scons.py", scons / name)
    name = "toolchain-gccarmnoneeabi"
    _package(packages / name, name, TOOLCHAIN_VERSION, {})
    _platform(folder / "platforms" / "ststm32")


def _scons_version() -> str:
    """The lowest version that PlatformIO's own table of dependencies accepts."""
    table: Callable[[], dict[str, str]] = importlib.import_module(
        "platformio.dependencies"
    ).get_core_dependencies
    requirement = table()["tool-scons"]
    match = re.search(r"\d+\.\d+\.\d+", requirement)
    if match is None:
        raise BuildError(
            f"PlatformIO asks for tool-scons {requirement!r}, which we cannot read",
            hint=f"unset {OFFLINE_VARIABLE} and go online, or build with --builder gcc",
        )
    return match[0]


def _package(folder: Path, name: str, version: str, extra: dict[str, object]) -> Path:
    """An installed package as PlatformIO sees it: a manifest and an install record."""
    folder.mkdir(parents=True)
    manifest = "platform.json" if "builder" in extra else "package.json"
    kind = "platform" if "builder" in extra else "tool"
    description = {"name": name, "version": version, "description": "", **extra}
    description.pop("builder", None)
    (folder / manifest).write_text(json.dumps(description), encoding="utf-8")
    record = {
        "type": kind,
        "name": name,
        "version": version,
        "spec": {
            "owner": "platformio",
            "id": None,
            "name": name,
            "requirements": None,
            "uri": None,
        },
    }
    (folder / ".piopm").write_text(json.dumps(record), encoding="utf-8")
    return folder


def _platform(folder: Path) -> None:
    toolchain = {"type": "toolchain", "owner": "platformio", "version": f"~{TOOLCHAIN_VERSION}"}
    extra: dict[str, object] = {
        "builder": True,
        "title": "ST STM32, bare metal",
        "license": "MIT",
        "packages": {"toolchain-gccarmnoneeabi": toolchain},
    }
    _package(folder, "ststm32", _PLATFORM_VERSION, extra)
    (folder / "builder").mkdir()
    shutil.copyfile(_files() / "builder.py", folder / "builder" / "main.py")
    (folder / "boards").mkdir()
    for board in all_boards():
        description = {
            "name": board.title,
            "vendor": "ST",
            "url": "",
            "build": {"cpu": board.core, "mcu": board.mcu, "f_cpu": f"{board.f_cpu_hz}L"},
            "upload": {
                "maximum_size": board.flash_bytes,
                "maximum_ram_size": board.ram_bytes,
                "protocols": [],
            },
        }
        path = folder / "boards" / f"{board.platformio.board}.json"
        path.write_text(json.dumps(description), encoding="utf-8")


def _files() -> Path:
    return data_dir("firmware_templates") / "offline"
