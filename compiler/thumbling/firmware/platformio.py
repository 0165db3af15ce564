# SPDX-License-Identifier: MIT
"""PlatformIO as a builder, online as its users know it or from an offline core directory."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from thumbling.boards import Board
from thumbling.errors import BuildError, MissingToolError
from thumbling.firmware.diagnosis import explain_failure
from thumbling.firmware.offline_platformio import (
    OFFLINE_VARIABLE,
    lay_offline_core,
    missing_offline,
    offline_wanted,
    require_offline,
)

_GCC: Final = "arm-none-eabi-gcc"
# What PlatformIO says where its registry cannot be reached.
_NO_REGISTRY: Final = ("HTTPClientError", "InternetConnectionError", "UnknownPackageError")
_TOOLCHAIN_SERIES: Final = "1.120301."  # what platformio.ini pins


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformioBuild:
    """The ELF inside the project, and the version text of its compiler."""

    elf: Path
    compiler: str


def is_ready(board: Board) -> bool:
    """Whether `pio run` would find everything it needs without fetching anything."""
    if offline_wanted():
        return not missing_offline()
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


def _command() -> list[str] | None:
    """How to start PlatformIO: from this interpreter, else whatever `pio` is on PATH."""
    if importlib.util.find_spec("platformio") is not None:
        return [sys.executable, "-m", "platformio"]
    path = shutil.which("pio")
    return None if path is None else [path]


def registry_is_away(output: str) -> bool:
    """Whether PlatformIO ended because it reached no registry."""
    return any(
        line.removeprefix("Error: ").startswith(_NO_REGISTRY) for line in output.splitlines()
    )


def _core_folder() -> Path:
    return Path(os.environ.get("PLATFORMIO_CORE_DIR") or Path.home() / ".platformio")


def run(project: Path, board: Board) -> PlatformioBuild:
    """`pio run` in `project`.

    With `THUMBLING_PLATFORMIO_OFFLINE=1` a fresh offline core directory serves this one run.
    Raises `MissingToolError` without PlatformIO, `BuildError` or `DoesNotFitError` when it fails.
    """
    if offline_wanted():
        require_offline()
    start = _command()
    if start is None:
        raise MissingToolError(
            "PlatformIO is not installed", hint="pip install 'thumbling[platformio]'"
        )
    with tempfile.TemporaryDirectory(prefix="thumbling-pio-") as temporary:
        environment = {
            **os.environ,
            "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "no",
            "PLATFORMIO_DISABLE_UPGRADE_CHECK": "true",
            "PLATFORMIO_NO_ANSI": "true",
        }
        core = _core_folder()
        if offline_wanted():
            core = Path(temporary)
            lay_offline_core(core)
            environment["PLATFORMIO_CORE_DIR"] = str(core)
        command = [*start, "run", "-d", str(project)]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, errors="replace", check=False
        )
        compiler = _compiler_version(core)
    if done.returncode != 0 and registry_is_away(done.stdout + done.stderr):
        raise MissingToolError(
            "PlatformIO cannot download what this project needs: its registry was not reached",
            hint="go online once; or build with --builder gcc or zig, which download nothing; or"
            f" set {OFFLINE_VARIABLE}=1 to let PlatformIO use arm-none-eabi-gcc from PATH",
        )
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
