# SPDX-License-Identifier: MIT
"""Builds a rendered project into ELF, HEX and raw images, with whichever compiler is there."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from thumbling.boards import Board
from thumbling.errors import BuildError, MissingToolError, OptionError
from thumbling.firmware import platformio, toolchains
from thumbling.firmware.diagnosis import explain_failure
from thumbling.firmware.images import write_images
from thumbling.firmware.toolchains import Toolchain
from thumbling.options import option

BUILDERS: Final = tuple(name for name in option("builder").choices if name != "none")
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """The images of one build; `compiler` is the version text of the compiler that made them."""

    elf: Path
    hex: Path
    bin: Path
    builder: str
    compiler: str


def build_firmware(
    folder: Path, board: Board, builder: str = "auto", progress: Progress | None = None
) -> Build:
    """Builds `folder/firmware` and writes `folder/firmware.elf`, `.hex` and `.bin`.

    `progress` is called with one line per step. Raises `MissingToolError` when the builder is not
    installed, `DoesNotFitError` when flash or RAM overflows, `BuildError` for any other refusal.
    """
    if builder not in BUILDERS:
        raise OptionError(f"builder {builder!r} is none of {', '.join(BUILDERS)}")
    tell = progress or _silent
    used = choose_builder(board) if builder == "auto" else builder
    tell(f"building with {used}")
    elf = folder / "firmware.elf"
    project = folder / "firmware"
    if used == "platformio":
        built = platformio.run(project, board)
        shutil.copyfile(built.elf, elf)
        compiler = built.compiler
    else:
        toolchain = toolchains.gcc(board) if used == "gcc" else toolchains.zig(board)
        _build_with(toolchain, project, elf, board, tell)
        compiler = toolchain.version
    hex_file, bin_file = folder / "firmware.hex", folder / "firmware.bin"
    write_images(elf, hex_file, bin_file)
    return Build(elf=elf, hex=hex_file, bin=bin_file, builder=used, compiler=compiler)


def choose_builder(board: Board) -> str:
    """PlatformIO where it has what the project needs, else GCC, else zig."""
    if platformio.is_ready(board):
        return "platformio"
    if toolchains.gcc_found():
        return "gcc"
    if toolchains.zig_found():
        return "zig"
    raise MissingToolError(
        "no compiler for Arm is installed",
        hint="pip install ziglang, or install the Arm GNU toolchain, or PlatformIO; "
        "--builder none leaves out the build",
    )


def _silent(_: str) -> None:
    return None


def _build_with(
    toolchain: Toolchain, project: Path, elf: Path, board: Board, tell: Progress
) -> None:
    """Compiles and links with relative names only, so that no path gets into the image."""
    optimization = _optimization(project)
    with tempfile.TemporaryDirectory(prefix="thumbling-") as temporary:
        # In a copy: compilers split the user's path at commas and equals signs.
        folder = Path(temporary).resolve()
        shutil.copytree(project / "src", folder / "src")
        shutil.copyfile(project / "board.ld", folder / "board.ld")
        objects: list[str] = []
        for path in sorted((folder / "src").rglob("*.c")):
            source = path.relative_to(folder)
            tell(f"compiling {source.as_posix()}")
            objects.append(source.with_suffix(".o").as_posix())
            command = [*toolchain.compile, optimization, "-Isrc", "-Isrc/model"]
            command += [f"-ffile-prefix-map={folder}=."]
            command += ["-c", source.as_posix(), "-o", objects[-1]]
            _run(command, folder, board, toolchain)
        tell("linking firmware.elf")
        link = [*toolchain.link, "-Wl,--gc-sections", "-Wl,-T,board.ld", *objects]
        _run([*link, "-o", "firmware.elf"], folder, board, toolchain)
        shutil.copyfile(folder / "firmware.elf", elf)


def _optimization(project: Path) -> str:
    """The flag in `platformio.ini`, so that all builders use the same one."""
    for line in (project / "platformio.ini").read_text(encoding="utf-8").splitlines():
        if line.strip().startswith("-O"):
            return line.strip()
    raise BuildError("firmware/platformio.ini names no -O flag", hint="compile the model again")


def _run(command: Sequence[str], folder: Path, board: Board, toolchain: Toolchain) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=toolchain.environment,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise BuildError(
            f"{command[0]} cannot be started: {error}", hint="install the compiler again"
        ) from error
    if done.returncode != 0:
        raise explain_failure(done.stdout + done.stderr, board)
