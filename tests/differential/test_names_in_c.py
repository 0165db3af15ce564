# SPDX-License-Identifier: MIT
"""Names of models beside the words and the headers of real compilers."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest
from tests.differential.user_program import WARNINGS, run, tool
from tests.golden.models import compile_golden

from thumbling.codegen import emit
from thumbling.errors import OptionError
from thumbling.model_name import check_name
from thumbling.resources import data_dir


def _words(text: str) -> list[str]:
    return text.split()


KEYWORDS: Final = _words("""
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char class co_await
    co_return co_yield compl concept const const_cast consteval constexpr constinit continue
    decltype default delete do double dynamic_cast else enum explicit export extern false
    final for friend goto if import inline int int8 int32_t linux long module mutable
    namespace noexcept not not_eq nullptr operator or or_eq out override private protected
    public register reinterpret_cast requires restrict return short signed sizeof static
    static_assert static_cast struct switch template this thread_local throw true try typedef
    typeid typename typeof union unix unsigned using virtual void volatile wchar_t while x xor
    xor_eq
""")
STANDARD: Final = _words("""
    assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal
    stdalign stdarg stdatomic stdbit stdbool stdckdint stddef stdint stdio stdlib stdnoreturn
    string tgmath threads time uchar wchar wctype
""")
CPP_STANDARD: Final = _words("""
    algorithm any array atomic bit bitset charconv chrono codecvt compare complex concepts
    condition_variable coroutine deque exception execution filesystem format forward_list
    fstream functional future initializer_list iomanip ios iosfwd iostream istream iterator
    list map memory memory_resource mutex new numbers numeric optional ostream queue random
    ranges ratio regex scoped_allocator set shared_mutex span sstream stack stdexcept
    streambuf string_view system_error thread tuple type_traits typeindex typeinfo
    unordered_map unordered_set utility valarray variant vector version
""")
ZIG: Final = (sys.executable, "-m", "ziglang")
COMPILERS: Final[dict[str, tuple[str, ...]]] = {
    "gcc": ("gcc",),
    "clang": ("clang",),
    "newlib": ("arm-none-eabi-gcc",),
    "glibc": (*ZIG, "cc", "-target", "x86_64-linux-gnu"),
    "musl": (*ZIG, "cc", "-target", "x86_64-linux-musl"),
    "macos": (*ZIG, "cc", "-target", "aarch64-macos"),
    "mingw": (*ZIG, "cc", "-target", "x86_64-windows-gnu"),
    "g++": ("g++", "-x", "c++", "-std=c++20"),
    "macos c++": (*ZIG, "c++", "-x", "c++", "-std=c++20", "-target", "aarch64-macos"),
    "mingw c++": (*ZIG, "c++", "-x", "c++", "-std=c++20", "-target", "x86_64-windows-gnu"),
}


@pytest.mark.parametrize(
    "language", [("-x", "c", *WARNINGS), ("-x", "c", "-std=gnu17"), ("-x", "c++", "-std=gnu++20")]
)
@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_keywords_are_harmless(cc: str, language: tuple[str, ...], tmp_path: Path) -> None:
    graph = compile_golden("tree_bytes").graph
    for name in KEYWORDS:
        for file, text in emit(replace(graph, name=check_name(name)), "size").files.items():
            (tmp_path / file).write_text(text, encoding="utf-8")
    text = "".join(f'#include "{name}.c"\n' for name in KEYWORDS)
    (tmp_path / "all_names.c").write_text(text, encoding="utf-8")
    include = f"-I{data_dir('runtime_c') / 'include'}"
    run(tool(cc), *language, "-fsyntax-only", include, tmp_path / "all_names.c")


def _headers_read(command: tuple[str, ...], folder: Path) -> set[str]:
    """Names of the files directly in the compiler's include path that its own headers read."""
    names = [f"{name}.h" for name in STANDARD]
    names += [*CPP_STANDARD, *(f"c{name}" for name in STANDARD)] if "c++" in command else []
    lines = (f"#if __has_include(<{n}>)\n#include <{n}>\n#endif\n" for n in names)
    (folder / "all.c").write_text("".join(lines), encoding="utf-8")
    # Some headers refuse their language or their target; what they read until then counts.
    done = subprocess.run(
        [*command, "-E", "-v", str(folder / "all.c")], capture_output=True, text=True, check=False
    )
    path = re.search(r"search starts here:\n(.*?)End of search", done.stderr, re.S)
    assert path, done.stderr
    folders = {Path(line.strip()).resolve() for line in path[1].splitlines() if line[0] == " "}
    files = {Path(name).resolve() for name in re.findall(r'^# \d+ "([^"<]+)"', done.stdout, re.M)}
    headers = {file for file in files if file.suffix in (".h", "")}
    return {file.stem for file in headers if file.parent in folders}


@pytest.mark.parametrize("compiler", COMPILERS)
def test_no_model_hides_a_header_of_the_library(compiler: str, tmp_path: Path) -> None:
    command = COMPILERS[compiler]
    if command[:3] == ZIG and find_spec("ziglang") is None:
        pytest.skip("needs the zig extra: thumbling[zig]")
    if command[:3] != ZIG:
        tool(command[0])
    read = {name.lower() for name in _headers_read(command, tmp_path)}
    assert {"stdint", "limits"} <= read
    for name in sorted(read):
        with pytest.raises(OptionError, match="cannot name a model"):
            check_name(name)
