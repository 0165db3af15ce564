# SPDX-License-Identifier: MIT
"""Every header compiles alone, twice and under every warning, for host and chip, in C and C++.

Headers are found by walking the folders: the runtime's, those of a firmware project, and those of
the golden models.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.golden.models import GOLDEN, compile_golden

from thumbling.boards import load_board
from thumbling.firmware import render_project
from thumbling.resources import data_dir

WARNINGS = (
    *("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion", "-Wshadow"),
    *("-Wdouble-promotion", "-Wundef", "-Wunused", "-Werror", "-fsyntax-only"),
)
LANGUAGES = {"c99": ("-x", "c", "-std=c99"), "cpp11": ("-x", "c++", "-std=c++11")}
CORES = {"cortex-m0plus": "thumbv6m", "cortex-m3": "thumbv7m", "cortex-m4": "thumbv7em"}
COMPILERS: dict[str, tuple[str, ...]] = {
    "gcc": ("gcc",),
    "clang": ("clang",),
    **{f"gcc {core}": ("arm-none-eabi-gcc", f"-mcpu={core}", "-mthumb") for core in CORES},
    **{
        f"clang {core}": ("clang", f"--target={target}-none-eabi", "-ffreestanding")
        for core, target in CORES.items()
    },
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A firmware project, the golden models' headers and a file including each header, alone."""
    home = tmp_path_factory.mktemp("headers")
    for name in GOLDEN:
        render_project(compile_golden(name).c, load_board("nucleo_f401re"), home)
    shutil.copytree(
        data_dir("runtime_c") / "include" / "thumbling",
        home / "src" / "thumbling",
        dirs_exist_ok=True,
    )
    own = (home / "firmware" / "src").glob("*.h")
    headers = sorted([*(home / "src").rglob("*.h"), *own])
    assert {"thumbling.h", "thb_app.h", "thb_config.h", "forest.h"} <= {p.name for p in headers}
    (home / "alone").mkdir()
    for number, header in enumerate(headers):
        text = f'#include "{header}"\n' * 2 + "typedef int is_not_empty;\n"
        (home / "alone" / f"{number}_{header.stem}.c").write_text(text, encoding="utf-8")
    return home


def _compiler(name: str) -> tuple[str, ...]:
    command = COMPILERS[name]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    return command


@pytest.mark.parametrize("switch", ["", "-DTHB_NO_INTRINSICS"], ids=["intrinsics", "portable"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("compiler", COMPILERS)
def test_each_header_compiles_alone(
    compiler: str, language: str, switch: str, folder: Path
) -> None:
    # The firmware's own headers find the model where the project's include path says.
    flags = [*LANGUAGES[language], *WARNINGS, f"-I{folder / 'firmware' / 'src' / 'model'}"]
    files = sorted((folder / "alone").glob("*.c"))
    command = [*_compiler(compiler), *flags, *([switch] if switch else []), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_users_file_gets_no_macro_of_ours_but_the_abi(folder: Path) -> None:
    """What is asked of compilers is private: a model's header brings its own names alone."""
    gcc = _compiler("gcc")
    for name in GOLDEN:
        command = [*gcc, "-dM", "-E", f"-I{folder / 'src'}", str(folder / "src" / f"{name}.h")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        macros = {line.split()[1].partition("(")[0] for line in done.stdout.splitlines()}
        ours = {macro for macro in macros if macro.startswith("THB_")}
        assert {name for name in ours if not name.startswith("THB_BLOCK_")} == {"THB_RUNTIME_ABI"}
        assert f"{name.upper()}_N_FEATURES" in macros


@pytest.mark.parametrize("switch", ["-fshort-enums", "-fno-short-enums"])
@pytest.mark.parametrize("compiler", COMPILERS)
def test_the_status_has_one_size(compiler: str, switch: str, tmp_path: Path) -> None:
    """A library built with short enums and a program without agree on what is returned."""
    include = f"-I{data_dir('runtime_c') / 'include'}"
    text = (
        '#include "thumbling/thumbling.h"\n'
        "typedef char is_four_bytes[sizeof(thb_status_t) == 4 ? 1 : -1];\n"
        "typedef char is_signed[(thb_status_t)-1 < 0 ? 1 : -1];\n"
    )
    (tmp_path / "status.c").write_text(text, encoding="utf-8")
    command = [*_compiler(compiler), "-std=c99", switch, include, "-fsyntax-only"]
    done = subprocess.run(
        [*command, tmp_path / "status.c"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
