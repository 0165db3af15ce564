# SPDX-License-Identifier: MIT
"""GNU C stands behind `__GNUC__`: without it every model is plain C99, and answers the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.differential.user_program import program, run, tool
from tests.golden.models import GOLDEN, compile_golden

from thumbling.boards import load_board
from thumbling.firmware import render_project

# A compiler that is neither GCC nor one of its kind, as far as the preprocessor can tell.
STRANGER = ("-U__GNUC__", "-U__clang__", "-std=c99", "-pedantic-errors", "-Wall", "-Werror")
# C99 has _Pragma, but what stands in ours is a word of GCC's or Clang's.
GNU_C = re.compile(r"__asm|__attribute|__builtin|__extension__|\b_Pragma|#\s*pragma")
COMPILERS: dict[str, tuple[str, ...]] = {
    "gcc": ("gcc",),
    "clang": ("clang",),
    "gcc m0": ("arm-none-eabi-gcc", "-mcpu=cortex-m0", "-mthumb"),
    "gcc m4": ("arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb"),
    "clang m0": ("clang", "--target=thumbv6m-none-eabi"),
    "clang m4": ("clang", "--target=thumbv7em-none-eabi"),
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All golden models in one `src`."""
    home = tmp_path_factory.mktemp("strict")
    for name in GOLDEN:
        render_project(compile_golden(name).c, load_board("nucleo_f401re"), home)
    return home / "src"


def _ours(preprocessed: str, folder: Path) -> list[str]:
    """Lines that come from our files, not from the compiler's."""
    lines, inside = [], False
    for line in preprocessed.splitlines():
        if marker := re.match(r'# \d+ "([^"]*)"', line):
            inside = marker[1].startswith(str(folder))
        elif inside:
            lines.append(line)
    return lines


@pytest.mark.parametrize("compiler", COMPILERS)
def test_nothing_of_gnu_c_is_left(compiler: str, source: Path, tmp_path: Path) -> None:
    cc, *core = COMPILERS[compiler]
    command = [tool(cc), *core, *STRANGER, "-ffreestanding"]
    for path in sorted(source.glob("*.c")):
        lines = _ours(run(*command, "-E", path), source)
        assert [line for line in lines if GNU_C.search(line)] == []
        run(*command, "-c", path, "-o", tmp_path / "a.o")
    with_gnu = _ours(run(tool(cc), *core, "-ffreestanding", "-E", source / "forest.c"), source)
    assert any(GNU_C.search(line) for line in with_gnu)  # the search finds what there is to find


@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_answers_are_the_same(cc: str, source: Path, tmp_path: Path) -> None:
    compiled = [compile_golden(name) for name in GOLDEN]
    calls = " + ".join(f"{name}_wrong()" for name in GOLDEN)
    main = f'int main(void)\n{{\n    printf("%d", {calls});\n    return 0;\n}}\n'
    (tmp_path / "main.c").write_text(program(compiled, main), encoding="utf-8")
    objects = []
    for path in sorted(source.glob("*.c")):
        objects.append(tmp_path / f"{path.stem}.o")
        run(tool(cc), *STRANGER, "-O2", "-c", path, "-o", objects[-1])
    run(tool(cc), f"-I{source}", tmp_path / "main.c", *objects, "-o", tmp_path / "a.out")
    assert run(tmp_path / "a.out") == "0"
