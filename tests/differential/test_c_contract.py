# SPDX-License-Identifier: MIT
"""What a user of the generated C may rely on: several models, threads, C++, no RAM, same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from tests.differential.user_program import WARNINGS, program, run, tool
from tests.golden.models import compile_golden

from thumbling.codegen import CModel
from thumbling.resources import data_dir

ROOT = Path(__file__).parents[2]
RUNTIME_INCLUDE = f"-I{data_dir('runtime_c') / 'include'}"
INTEGER_MODELS = ("tree_bytes", "forest", "forest_binary", "regressor", "scaled_logistic")
# GCC's integer helpers for a core without a divider or a 64-bit multiply, and what copies memory.
INTEGER_HELPERS = frozenset(
    (
        *("__aeabi_idiv", "__aeabi_idivmod", "__aeabi_uidiv", "__aeabi_uidivmod"),
        *("__aeabi_lmul", "__aeabi_llsl", "__aeabi_lasr", "__aeabi_llsr", "__aeabi_uldivmod"),
        *("__aeabi_ldivmod", "__aeabi_lcmp", "__aeabi_ulcmp", "memcpy", "memset"),
        *("__aeabi_memcpy", "__aeabi_memset", "__gnu_thumb1_case_uqi", "__gnu_thumb1_case_sqi"),
    )
)


def _write(model: CModel, folder: Path) -> None:
    for name, text in model.files.items():
        (folder / name).write_text(text, encoding="utf-8")


def _sources(models: list[CModel], folder: Path) -> list[str]:
    """The C files of all models and, once each, of the runtime."""
    runtime = {path for model in models for path in model.runtime_files if path.endswith(".c")}
    own = [str(folder / f"{model.name}.c") for model in models]
    return own + [str(data_dir("runtime_c") / path) for path in sorted(runtime)]


@pytest.mark.parametrize("name", ["forest", "tree_straight", "scaled_logistic", "float_logistic"])
def test_threads_share_a_model(name: str, tmp_path: Path) -> None:
    compiled = compile_golden(name)
    _write(compiled.c, tmp_path)
    main = (
        "#include <pthread.h>\n"
        "static void *repeat(void *wrong)\n{\n"
        "    for (int turn = 0; turn < 200; turn++) {\n"
        f"        *(int *)wrong += {name}_wrong();\n    }}\n    return NULL;\n}}\n"
        "int main(void)\n{\n    int wrong[2] = {0, 0};\n    pthread_t other[2];\n"
        "    for (int i = 0; i < 2; i++) {\n"
        "        if (pthread_create(&other[i], NULL, repeat, &wrong[i]) != 0) {\n"
        "            return 1;\n        }\n    }\n"
        "    for (int i = 0; i < 2; i++) {\n        pthread_join(other[i], NULL);\n    }\n"
        '    printf("%d", wrong[0] + wrong[1]);\n    return 0;\n}\n'
    )
    (tmp_path / "main.c").write_text(program([compiled], main), encoding="utf-8")
    run(
        *(tool("gcc"), *WARNINGS, "-pthread", "-O1", RUNTIME_INCLUDE),
        *(
            *_sources([compiled.c], tmp_path),
            str(tmp_path / "main.c"),
            "-o",
            str(tmp_path / "a.out"),
        ),
    )
    assert run(tmp_path / "a.out") == "0"


@pytest.mark.parametrize("name", ["tree_straight", "forest_binary", "float_logistic"])
@pytest.mark.parametrize(("cc", "cxx"), [("gcc", "g++"), ("clang", "clang++")])
def test_header_serves_cpp(name: str, cc: str, cxx: str, tmp_path: Path) -> None:
    compiled = compile_golden(name)
    _write(compiled.c, tmp_path)
    main = f'int main()\n{{\n    printf("%d", {name}_wrong());\n    return 0;\n}}\n'
    (tmp_path / "main.cpp").write_text(program([compiled], main), encoding="utf-8")
    objects = []
    for number, source in enumerate(_sources([compiled.c], tmp_path)):
        objects.append(tmp_path / f"{number}.o")
        run(tool(cc), *WARNINGS, RUNTIME_INCLUDE, "-c", source, "-o", objects[-1])
    flags = ("-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", RUNTIME_INCLUDE)
    run(tool(cxx), *flags, tmp_path / "main.cpp", *objects, "-o", tmp_path / "a.out")
    assert run(tmp_path / "a.out") == "0"


def _arm_objects(model: CModel, folder: Path, level: str) -> list[Path]:
    _write(model, folder)
    objects = []
    for number, source in enumerate(_sources([model], folder)):
        objects.append(folder / f"{number}.o")
        run(
            *(tool("arm-none-eabi-gcc"), *WARNINGS, "-mcpu=cortex-m0", "-mthumb", level),
            *(RUNTIME_INCLUDE, "-c", source, "-o", objects[-1]),
        )
    return objects


def _ram(path: Path) -> dict[str, int]:
    """Bytes of the writable sections of an object."""
    with path.open("rb") as stream:
        return {
            section.name: section["sh_size"]
            for section in ELFFile(stream).iter_sections()
            if section.name.startswith((".data", ".bss", "COMMON")) and section["sh_size"]
        }


def _symbols(path: Path, *, undefined: bool) -> set[str]:
    with path.open("rb") as stream:
        table = ELFFile(stream).get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        return {
            symbol.name
            for symbol in table.iter_symbols()
            if symbol.name and (symbol["st_shndx"] == "SHN_UNDEF") == undefined
        }


@pytest.mark.parametrize("level", ["-Os", "-O2"])
@pytest.mark.parametrize("name", [*INTEGER_MODELS, "tree_straight", "float_logistic"])
def test_no_ram(name: str, level: str, tmp_path: Path) -> None:
    for path in _arm_objects(compile_golden(name).c, tmp_path, level):
        assert _ram(path) == {}


@pytest.mark.parametrize("level", ["-Os", "-O2"])
@pytest.mark.parametrize("name", [*INTEGER_MODELS, "tree_straight", "accelerometer_forest"])
def test_integers_only(name: str, level: str, tmp_path: Path) -> None:
    """Trees compare the bits of floats, so even a float32 input needs no float arithmetic."""
    objects = _arm_objects(compile_golden(name).c, tmp_path, level)
    defined = {s for path in objects for s in _symbols(path, undefined=False)}
    wanted = {s for path in objects for s in _symbols(path, undefined=True)}
    assert f"{name}_predict" in defined
    assert wanted - defined <= INTEGER_HELPERS


_GENERATE = """
import sys, pathlib
from tests.golden.models import GOLDEN, compile_golden
for name in sorted(GOLDEN):
    compiled = compile_golden(name)
    for file, text in sorted(compiled.c.files.items()):
        pathlib.Path(file).write_bytes(text.encode())
    pathlib.Path(name + ".rows").write_bytes(compiled.vectors.tobytes())
    pathlib.Path(name + ".expected").write_bytes(b"".join(compiled.expected_bytes))
"""


def _generate(folder: Path, seed: str) -> dict[str, bytes]:
    folder.mkdir(parents=True)
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", _GENERATE],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_same_bytes_for_any_hash_seed_and_folder(tmp_path: Path) -> None:
    first = _generate(tmp_path / "one", "1")
    second = _generate(tmp_path / "other" / "deeper", "2")
    assert len(first) >= 4
    assert first == second
