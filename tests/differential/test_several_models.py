# SPDX-License-Identifier: MIT
"""Several models in one program: each one's `src` as it is, however a project builds them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from sklearn.linear_model import LogisticRegression, SGDClassifier
from tests.differential.chip import BOARD_OF_CORE, IMAGE
from tests.differential.user_program import WARNINGS, program, run, tool
from tests.golden.models import DATA, compile_golden

from thumbling.boards import load_board
from thumbling.firmware import render_project
from thumbling.pipeline import Compilation, Options, compile_model
from thumbling.version import RUNTIME_ABI
from thumbling_hil.cost import measure_cost

BOARD = load_board("nucleo_f401re")
SECTIONS = ("-ffunction-sections", "-fdata-sections")
CXX_WARNINGS = ("-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Werror")
PROBA = ("ovr", "softmax3", "sigmoid")
GOLDENS = (
    *("tree_bytes", "tree_straight", "forest", "accelerometer_forest"),
    *("float_logistic", "wearable_accelerometer_gesture_probability"),
)

Sources = list[Path]


def _fitted(model: Any, classes: int) -> Any:
    return model.fit(DATA, np.arange(len(DATA)) % 7 % classes)


def _compiled(name: str, model: Any, **options: Any) -> Compilation:
    return compile_model(model, Options(name=name, **options), DATA)


def _few_rows(compiled: Compilation) -> Compilation:
    """An eighth of the vectors: what is asked here is who answers, not every edge."""
    rows, expected = compiled.vectors[::8], compiled.expected_bytes[::8]
    return replace(compiled, vectors=rows, expected_bytes=expected)


@pytest.fixture(scope="module")
def models() -> tuple[Compilation, ...]:
    """Every part of the runtime, most of them twice, in models of every kind."""
    sgd = {"loss": "log_loss", "random_state": 0}
    two, three = _fitted(SGDClassifier(**sgd), 2), _fitted(SGDClassifier(**sgd), 3)
    compilations = (
        _compiled("ovr", three, output="proba", input_type="int16"),
        _compiled("softmax3", _fitted(LogisticRegression(), 3), output="proba", input_type="int16"),
        _compiled("sigmoid", two, output="all", optimize="size"),
        _compiled("pairs", _fitted(LogisticRegression(), 5), input_type="uint8", optimize="speed"),
        *(compile_golden(name) for name in GOLDENS),
    )
    return tuple(map(_few_rows, compilations))


def _main(models: tuple[Compilation, ...]) -> str:
    calls = " + ".join(f"{c.c.name}_wrong()" for c in models)
    return program(models, f'int main(void)\n{{\n    printf("%d", {calls});\n    return 0;\n}}\n')


def _apart(models: tuple[Compilation, ...], folder: Path) -> Sources:
    """The `src` of each model in a folder of its own; all C files."""
    for compiled in models:
        render_project(compiled.c, BOARD, folder / compiled.c.name)
    return [path for c in models for path in sorted((folder / c.c.name / "src").glob("*.c"))]


def _merged(models: tuple[Compilation, ...], folder: Path) -> Sources:
    """All models' files in one `src`, as a user copies them over each other."""
    for compiled in models:
        render_project(compiled.c, BOARD, folder)
    return sorted((folder / "src").glob("*.c"))


def _unity(models: tuple[Compilation, ...], folder: Path) -> Sources:
    """One C file that includes all others."""
    text = "".join(f'#include "{path}"\n' for path in _apart(models, folder))
    (folder / "unity.c").write_text(text, encoding="utf-8")
    return [folder / "unity.c"]


LAYOUTS: dict[str, Callable[[tuple[Compilation, ...], Path], Sources]] = {
    "apart": _apart,
    "merged": _merged,
    "unity": _unity,
}


def _compiler(name: str) -> list[str]:
    if name.startswith("zig "):
        pytest.importorskip("ziglang", reason="needs the zig extra: thumbling[zig]")
        return [sys.executable, "-m", "ziglang", name.removeprefix("zig ")]
    return [tool(name)]


def _includes(models: tuple[Compilation, ...], folder: Path) -> list[str]:
    own = [folder / c.c.name / "src" for c in models]
    return [f"-I{path}" for path in (*own, folder / "src") if path.is_dir()]


def _objects(compiler: list[str], sources: Sources, folder: Path, *flags: str) -> Sources:
    folder.mkdir(parents=True, exist_ok=True)
    objects = [folder / f"{number}.o" for number, _ in enumerate(sources)]
    for source, target in zip(sources, objects, strict=True):
        run(*compiler, *flags, "-c", source, "-o", target)
    return objects


@pytest.mark.wide(3)
@pytest.mark.parametrize("flags", [("-Os", *SECTIONS), ("-O2",)], ids=["sections", "plain"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_one_program_in_c(
    models: Any, layout: str, cc: str, flags: tuple[str, ...], tmp_path: Path
) -> None:
    _check_c(models, layout, cc, flags, tmp_path)


def test_one_program_by_zig(models: Any, tmp_path: Path) -> None:
    _check_c(models, "apart", "zig cc", ("-O2",), tmp_path)


def _check_c(models: Any, layout: str, cc: str, flags: tuple[str, ...], folder: Path) -> None:
    sources = LAYOUTS[layout](models, folder)
    (folder / "main.c").write_text(_main(models), encoding="utf-8")
    options = (*WARNINGS, *flags, *_includes(models, folder))
    objects = _objects(_compiler(cc), [*sources, folder / "main.c"], folder, *options)
    run(*_compiler(cc), *objects, "-o", folder / "a.out")
    assert run(folder / "a.out") == "0"


@pytest.mark.wide(2)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("cxx", ["g++", "clang++", "zig c++"])
def test_one_program_in_cpp(models: Any, layout: str, cxx: str, tmp_path: Path) -> None:
    """Arduino's habit: the C files themselves are compiled as C++."""
    sources = LAYOUTS[layout](models, tmp_path)
    (tmp_path / "main.cpp").write_text(_main(models), encoding="utf-8")
    options = (*CXX_WARNINGS, "-O1", *_includes(models, tmp_path), "-x", "c++")
    objects = _objects(_compiler(cxx), [*sources, tmp_path / "main.cpp"], tmp_path, *options)
    run(*_compiler(cxx), *objects, "-o", tmp_path / "a.out")
    assert run(tmp_path / "a.out") == "0"


@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_libraries_of_models(models: Any, cc: str, tmp_path: Path) -> None:
    """A function that is weak in a library is still found; a `src` needs no include path."""
    libraries = []
    for compiled in models:
        folder = tmp_path / compiled.c.name
        folder.mkdir()
        objects = _objects([tool(cc)], _apart((compiled,), folder), folder, *WARNINGS)
        libraries.append(folder / f"lib{compiled.c.name}.a")
        run(tool("ar"), "rcs", libraries[-1], *objects)
    includes = [f"-I{tmp_path / c.c.name / c.c.name / 'src'}" for c in models]
    (tmp_path / "main.c").write_text(_main(models), encoding="utf-8")
    run(tool(cc), *WARNINGS, *includes, tmp_path / "main.c", *libraries, "-o", tmp_path / "a")
    assert run(tmp_path / "a") == "0"


def _other_version(source: Path, abi: int) -> None:
    """Makes a `src` one of another runtime, whose probabilities are 1 too large."""
    for path in (source / "thumbling" / "thumbling.h", *source.glob("*.c")):
        text = path.read_text(encoding="utf-8")
        text = text.replace(
            f"define THB_RUNTIME_ABI {RUNTIME_ABI}", f"define THB_RUNTIME_ABI {abi}"
        )
        text = text.replace(f"THB_RUNTIME_ABI != {RUNTIME_ABI}", f"THB_RUNTIME_ABI != {abi}")
        path.write_text(text, encoding="utf-8")
    softmax = source / "softmax.c"
    text = softmax.read_text(encoding="utf-8")
    assert text.count("whole / 2U) / whole;") == 1
    text = text.replace("whole / 2U) / whole;", "whole / 2U) / whole + 1U;")
    softmax.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("other_first", [False, True])
@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_models_of_two_versions_keep_their_own_runtime(
    models: Any, cc: str, other_first: bool, tmp_path: Path
) -> None:
    old, new = models[:2]
    _apart((old, new), tmp_path)
    _other_version(tmp_path / new.c.name / "src", RUNTIME_ABI + 1)
    sources = [p for c in (old, new) for p in sorted((tmp_path / c.c.name / "src").glob("*.c"))]
    main = "int main(void)\n{\n" + "".join(
        f'    printf("%d ", {c.c.name}_wrong());\n' for c in (old, new)
    )
    text = program((old, new), f"{main}    return 0;\n}}\n")
    (tmp_path / "main.c").write_text(text, encoding="utf-8")
    turn = -1 if other_first else 1
    options = (*WARNINGS, *_includes((old, new), tmp_path)[::turn])
    objects = _objects([tool(cc)], [*sources, tmp_path / "main.c"], tmp_path, *options)
    run(tool(cc), *objects[::turn], "-o", tmp_path / "a.out")
    assert run(tmp_path / "a.out").split() == ["0", str(len(new.vectors))]


def test_a_model_beside_another_versions_runtime_does_not_compile(
    models: Any, tmp_path: Path
) -> None:
    source = _merged(models[:1], tmp_path)[0].parent
    header = source / "thumbling" / "thumbling.h"
    text = header.read_text(encoding="utf-8")
    changed = text.replace(f"RUNTIME_ABI {RUNTIME_ABI}", f"RUNTIME_ABI {RUNTIME_ABI + 1}")
    header.write_text(changed, encoding="utf-8")
    with pytest.raises(AssertionError, match="generated for another version"):
        run(tool("gcc"), "-c", source / f"{models[0].c.name}.c", "-o", tmp_path / "a.o")


def _linked(models: Any, core: str, folder: Path, sources: Sources, flags: tuple[str, ...]) -> Path:
    """An image of all models for a core, none of them dropped."""
    gcc, uart = tool("arm-none-eabi-gcc"), load_board(BOARD_OF_CORE[core]).uart
    target = (f"-mcpu={core}", "-mthumb", "-ffreestanding", "-fno-builtin")
    options = (*target, *WARNINGS, *flags, *_includes(models, folder))
    objects = _objects([gcc], sources, folder, *options)
    switch = f"-D{uart.kind.upper()}"
    image = _objects([gcc], [IMAGE / "image.c"], folder / "image", *target, "-Os", switch)
    command: list[str | Path] = [gcc, *target, "-nostdlib", "-Wl,--gc-sections", "-T"]
    command += [IMAGE / "image.ld", *(f"-Wl,-u,{c.c.symbol}" for c in models)]
    run(*command, *objects, *image, "-lgcc", "-o", folder / "a.elf")
    return folder / "a.elf"


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m4"])
def test_one_image(models: Any, core: str, layout: str, tmp_path: Path) -> None:
    elf = _linked(models, core, tmp_path, LAYOUTS[layout](models, tmp_path), ("-Os", *SECTIONS))
    for compiled in models:
        rows = [row.tobytes() for row in np.ascontiguousarray(compiled.vectors)]
        board = load_board(BOARD_OF_CORE[core])
        cost = measure_cost(elf, board, compiled.c.symbol, rows, compiled.c.out_bytes)
        assert list(cost.outputs) == compiled.expected_bytes


def _symbols(elf: Path) -> list[tuple[str, int]]:
    """Names and bytes of functions and constants, without the padding that order decides."""
    with elf.open("rb") as file:
        table = ELFFile(file).get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        kinds = ("STT_FUNC", "STT_OBJECT")
        kept = [s for s in table.iter_symbols() if s["st_info"]["type"] in kinds]
    return sorted((symbol.name, int(symbol["st_size"])) for symbol in kept)


@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m4"])
def test_folders_apart_take_no_more_flash_than_one(models: Any, core: str, tmp_path: Path) -> None:
    proba = models[: len(PROBA)]
    assert tuple(c.c.name for c in proba) == PROBA
    flags = ("-Os", *SECTIONS)
    apart, merged = (
        _linked(proba, core, tmp_path / layout, LAYOUTS[layout](proba, tmp_path / layout), flags)
        for layout in ("apart", "merged")
    )
    assert _symbols(apart) == _symbols(merged)
    assert [name for name, _ in _symbols(apart)].count(f"thb_softmax_abi{RUNTIME_ABI}") == 1
