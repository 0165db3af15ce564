# SPDX-License-Identifier: MIT
"""PlatformIO as a builder, online as its users know it or from an offline core directory.

PlatformIO takes a package as installed when name, owner and version in its record (`.piopm`) fit;
it does not look at the content. So a few small files make a core directory with which the same
`platformio.ini` builds without a network: SCons and compiler are the ones already on the machine.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from thumbling.boards import Board, all_boards
from thumbling.errors import BuildError, MissingToolError
from thumbling.firmware.diagnosis import explain_failure

OFFLINE_VARIABLE: Final = "THUMBLING_PLATFORMIO_OFFLINE"
_GCC: Final = "arm-none-eabi-gcc"
_TOOLCHAIN_VERSION: Final = "1.120301.0"
_TOOLCHAIN_SERIES: Final = "1.120301."  # what platformio.ini pins
_PLATFORM_VERSION: Final = "19.0.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformioBuild:
    """The ELF inside the project, and the version text of its compiler."""

    elf: Path
    compiler: str


def is_ready(board: Board) -> bool:
    """Whether `pio run` would find everything it needs without fetching anything."""
    if _offline_wanted():
        return shutil.which(_GCC) is not None and _installed_here()
    if _command() is None:
        return False
    core = _core_folder()
    return (
        any((core / "platforms").glob(f"{board.platformio.platform}*"))
        and any((core / "packages").glob("tool-scons*"))
        and any(
            _version(package).startswith(_TOOLCHAIN_SERIES)
            for package in (core / "packages").glob("toolchain-gccarmnoneeabi*")
        )
    )


def _version(package: Path) -> str:
    """The version an installed package states, or nothing."""
    try:
        manifest = json.loads((package / "package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(manifest.get("version", "")) if isinstance(manifest, dict) else ""


def _installed_here() -> bool:
    """Whether PlatformIO and SCons are packages of this interpreter."""
    return all(importlib.util.find_spec(name) is not None for name in ("platformio", "SCons"))


def _command() -> list[str] | None:
    """How to start PlatformIO: from this interpreter, else whatever `pio` is on PATH."""
    if importlib.util.find_spec("platformio") is not None:
        return [sys.executable, "-m", "platformio"]
    path = shutil.which("pio")
    return None if path is None else [path]


def _offline_wanted() -> bool:
    return os.environ.get(OFFLINE_VARIABLE, "0") not in ("", "0")


def _core_folder() -> Path:
    return Path(os.environ.get("PLATFORMIO_CORE_DIR") or Path.home() / ".platformio")


def run(project: Path, board: Board) -> PlatformioBuild:
    """`pio run` in `project`.

    With `THUMBLING_PLATFORMIO_OFFLINE=1` a fresh offline core directory serves this one run.
    Raises `MissingToolError` without PlatformIO, `BuildError` or `DoesNotFitError` when it fails.
    """
    start = _command()
    if start is None or (_offline_wanted() and not _installed_here()):
        raise MissingToolError(
            "PlatformIO is not installed", hint="pip install 'thumbling[platformio]'"
        )
    if _offline_wanted() and shutil.which(_GCC) is None:
        raise MissingToolError(
            "PlatformIO offline takes arm-none-eabi-gcc from PATH, where it is not",
            hint=f"install the Arm GNU toolchain, or unset {OFFLINE_VARIABLE}",
        )
    with tempfile.TemporaryDirectory(prefix="thumbling-pio-") as temporary:
        environment = {
            **os.environ,
            "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "no",
            "PLATFORMIO_DISABLE_UPGRADE_CHECK": "true",
            "PLATFORMIO_NO_ANSI": "true",
        }
        core = _core_folder()
        if _offline_wanted():
            core = Path(temporary)
            lay_offline_core(core)
            environment["PLATFORMIO_CORE_DIR"] = str(core)
        command = [*start, "run", "-d", str(project)]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, errors="replace", check=False
        )
        compiler = _compiler_version(core)
    if done.returncode != 0:
        raise explain_failure(done.stdout + done.stderr, board)
    elf = project / ".pio" / "build" / board.name / "firmware.elf"
    if not elf.is_file():
        raise BuildError(f"pio run succeeded, but left no {elf.name}", hint="run it by hand")
    return PlatformioBuild(elf=elf, compiler=compiler)


def _compiler_version(core: Path) -> str:
    """The first line of the compiler PlatformIO uses: its own package's, else the one on PATH."""
    own = core / "packages" / "toolchain-gccarmnoneeabi" / "bin"
    path = shutil.which(_GCC, path=own) or shutil.which(_GCC)
    if path is None:
        return "arm-none-eabi-gcc of PlatformIO"
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0].strip()


def lay_offline_core(folder: Path) -> None:
    """Writes a core directory with which `pio run` builds our projects without a network.

    The folder must be new: PlatformIO of another version asks the registry when it meets an old
    one. arm-none-eabi-gcc must be on PATH and SCons installed beside PlatformIO.
    """
    packages = folder / "packages"
    scons = _package(packages / "tool-scons", "tool-scons", _scons_version(), {})
    (scons / "scons.py").write_text(_SCONS_STARTER, encoding="utf-8")
    (scons / "scons").write_text(_SCONS_STARTER, encoding="utf-8")
    name = "toolchain-gccarmnoneeabi"
    _package(packages / name, name, _TOOLCHAIN_VERSION, {})
    _platform(folder / "platforms" / "ststm32")


def _scons_version() -> str:
    """The lowest version that PlatformIO's own table of dependencies accepts."""
    table: Callable[[], dict[str, str]] = importlib.import_module(
        "platformio.dependencies"
    ).get_core_dependencies
    requirement = table()["tool-scons"]
    match = re.search(r"\d+\.\d+\.\d+", requirement)
    if match is None:
        raise BuildError(f"PlatformIO asks for tool-scons {requirement!r}, which we cannot read")
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
    toolchain = {"type": "toolchain", "owner": "platformio", "version": "~1.120301.0"}
    extra: dict[str, object] = {
        "builder": True,
        "title": "ST STM32, bare metal",
        "license": "MIT",
        "packages": {"toolchain-gccarmnoneeabi": toolchain},
    }
    _package(folder, "ststm32", _PLATFORM_VERSION, extra)
    (folder / "builder").mkdir()
    (folder / "builder" / "main.py").write_text(_BUILDER, encoding="utf-8")
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


_SCONS_STARTER: Final = """\
import sys
from SCons.Script import main
sys.exit(main())
"""

# What the official platform's builder does for a project without a framework.
_BUILDER: Final = """\
from SCons.Script import AlwaysBuild, Default, DefaultEnvironment

env = DefaultEnvironment()
env.Replace(
    AR="arm-none-eabi-gcc-ar",
    AS="arm-none-eabi-as",
    CC="arm-none-eabi-gcc",
    CXX="arm-none-eabi-g++",
    OBJCOPY="arm-none-eabi-objcopy",
    RANLIB="arm-none-eabi-gcc-ranlib",
    SIZETOOL="arm-none-eabi-size",
    ARFLAGS=["rc"],
    PROGSUFFIX=".elf",
    PROGNAME="firmware",
)
cpu = "-mcpu=" + env.BoardConfig().get("build.cpu")
env.Append(
    ASFLAGS=["-mthumb", cpu],
    ASPPFLAGS=["-x", "assembler-with-cpp"],
    CCFLAGS=["-Os", "-ffunction-sections", "-fdata-sections", "-Wall", "-mthumb", cpu],
    CPPDEFINES=[("F_CPU", "$BOARD_F_CPU")],
    LINKFLAGS=["-Os", "-Wl,--gc-sections", "-mthumb", cpu],
    LIBS=["c", "gcc", "m"],
)
program = env.BuildProgram()
AlwaysBuild(env.Alias("nobuild", program))
Default([program])
"""
