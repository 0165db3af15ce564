# SPDX-License-Identifier: MIT
"""`<name>_model`: found in any image that keeps it, and no byte of flash where nobody uses it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.differential.user_program import WARNINGS, run, tool
from tests.golden.models import GOLDEN, compile_golden

from thumbling.boards import load_board
from thumbling.cli.inspecting import in_words, inspect_path
from thumbling.codegen import emit
from thumbling.codegen.descriptor import SIZE, find_descriptors
from thumbling.elf import Elf
from thumbling.errors import ModelError
from thumbling.firmware import render_project

NAMES = ("forest", "float_logistic")
HOST = {"gcc": ("gcc",), "clang": ("clang",), "static": ("gcc", "-static")}
CHIP = {
    core: ("arm-none-eabi-gcc", f"-mcpu={core}", "-mthumb", "-Os", "-ffreestanding")
    for core in ("cortex-m0", "cortex-m4")
}
LINK = ("-nostdlib", "-Wl,--gc-sections", "-Wl,-e,entry")
MAIN = "".join(f'#include "{name}.h"\n' for name in NAMES) + (
    "int entry(const void *x, void *out);\n"
    "int entry(const void *x, void *out)\n{\n"
    "    return (int)(forest_predict(x, out) + float_logistic_predict(x, out));\n}\n"
)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models' `src`, and a program of the user's that names no descriptor."""
    home = tmp_path_factory.mktemp("descriptor")
    for name in NAMES:
        render_project(compile_golden(name).c, load_board("nucleo_f401re"), home)
    (home / "src" / "user.c").write_text(MAIN, encoding="utf-8")
    return home / "src"


def _link(compiler: tuple[str, ...], source: Path, target: Path, *options: str) -> Path:
    cc, *flags = compiler
    library = ["-lgcc"] if "arm" in cc else []
    run(tool(cc), *flags, *options, *sorted(source.glob("*.c")), *library, "-o", target)
    return target


def _says(document: dict[str, Any], name: str) -> None:
    graph = compile_golden(name).graph
    assert document["name"] == name
    assert document["version"] == "0.0.0"
    assert document["model"] == {
        "source": graph.source,
        "input": graph.facts["input"],
        "outputs": graph.facts["outputs"],
        "id": compile_golden(name).c.model_id.hex(),
    }
    assert (document["in_bytes"], document["out_bytes"]) == (graph.input.n_bytes, graph.out_bytes)
    assert in_words(document)["model id"] == document["model"]["id"]


@pytest.mark.parametrize("strip", [False, True], ids=["symbols", "stripped"])
@pytest.mark.parametrize("core", CHIP)
def test_inspect_finds_it_in_a_program_of_the_users(
    core: str, strip: bool, source: Path, tmp_path: Path
) -> None:
    keep = [f"-Wl,-u,{name}_model" for name in NAMES]
    elf = _link(CHIP[core], source, tmp_path / "a.elf", *LINK, *keep)
    if strip:
        run(tool("arm-none-eabi-strip"), elf)
    first = inspect_path(elf)
    documents = sorted([first, *first.pop("others")], key=lambda d: NAMES.index(d["name"]))
    for name, document in zip(NAMES, documents, strict=True):
        _says(document, name)


@pytest.mark.parametrize("compiler", HOST)
def test_the_program_reads_it(compiler: str, source: Path, tmp_path: Path) -> None:
    """In an image that is moved when it is loaded too; there `inspect` finds the one it names."""
    main = (
        '#include <stdio.h>\n#include "forest.h"\nint main(void)\n{\n'
        "    const thb_model_t *m = &forest_model;\n"
        '    printf("%s %s %u %u %u %u %u %s %s %.8s %02x", m->name, m->version,'
        " (unsigned)m->bytes,"
        " (unsigned)m->abi, (unsigned)m->n_features, (unsigned)m->in_bytes,"
        " (unsigned)m->out_bytes, m->input_type, m->outputs, m->magic, (unsigned)m->id[7]);\n"
        "    return (int)(sizeof(forest_output_t) - m->out_bytes);\n}\n"
    )
    (tmp_path / "main.c").write_text(main, encoding="utf-8")
    cc, *flags = HOST[compiler]
    sources = (tmp_path / "main.c", source / "forest.c")
    run(tool(cc), *flags, *WARNINGS, f"-I{source}", *sources, "-o", tmp_path / "a.out")
    last = compile_golden("forest").c.model_id[7]
    said = f"forest 0.0.0 {SIZE} 2 3 6 16 int16 label[1],proba[3] THBMODEL {last:02x}"
    assert run(tmp_path / "a.out") == said
    _says(inspect_path(tmp_path / "a.out"), "forest")


def _loaded(elf: Path) -> dict[str, bytes]:
    return {s.name: s.data for s in Elf.read(elf).sections if s.loaded}


@pytest.mark.parametrize("sections", [(), ("-ffunction-sections", "-fdata-sections")])
@pytest.mark.parametrize("core", CHIP)
def test_nobody_pays_for_what_nobody_uses(
    core: str, sections: tuple[str, ...], source: Path, tmp_path: Path
) -> None:
    """The image is, byte for byte, that of models without a descriptor."""
    with_it = _link(CHIP[core], source, tmp_path / "with.elf", *LINK, *sections)
    without = tmp_path / "src"
    for path in source.rglob("*.[ch]"):
        target = without / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        before, found, _ = path.read_text(encoding="utf-8").partition(
            "/* clang-format off */\nTHB_OWN"
        )
        assert bool(found) == (path.name in [f"{name}.c" for name in NAMES])
        target.write_text(before, encoding="utf-8")
    plain = _link(CHIP[core], without, tmp_path / "without.elf", *LINK, *sections)
    assert _loaded(with_it) == _loaded(plain)
    with pytest.raises(ModelError, match="holds no model of thumbling") as caught:
        inspect_path(with_it)
    assert "-Wl,-u,NAME_model" in caught.value.hint


@pytest.mark.parametrize(
    "source_text", ["sklearn.Pipeline(" + "ä" * 200 + ")", 'x??/\\"*/', "ü" * 63]
)
def test_any_text_fits(source_text: str, tmp_path: Path) -> None:
    graph = replace(compile_golden("forest").graph, source=source_text)
    model = emit(graph, "size")
    render_project(model, load_board("nucleo_f401re"), tmp_path)
    run(tool("gcc"), *WARNINGS, "-c", tmp_path / "src" / "forest.c", "-o", tmp_path / "a.o")
    elf = Elf.read(tmp_path / "a.o")
    data = b"".join(s.data for s in elf.sections if s.loaded)
    (found,) = find_descriptors(data, little_endian=True)
    kept = found["source"].removesuffix("...")
    assert source_text.startswith(kept)
    assert len(kept) > 60 or kept == source_text


def test_every_golden_has_one() -> None:
    for name in GOLDEN:
        assert compile_golden(name).c.files[f"{name}.c"].count("THB_OWN_SECTION") == 1
