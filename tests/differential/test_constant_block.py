# SPDX-License-Identifier: MIT
"""Constants as a block: a second model's in the first one's code answers as the second does."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tests.differential.block_cases import (
    Pair,
    converted,
    layers,
    picked,
    program,
    trees,
)
from tests.differential.block_nets import mixtures, nets
from tests.differential.chip import BOARD_OF_CORE, run_on_core
from tests.differential.test_trees import write_sources
from tests.differential.user_program import WARNINGS, run, tool
from tests.unit.test_state import graph_of_two_inputs, rows_of_two_inputs

from thumbling import compile
from thumbling.boards import load_board
from thumbling.codegen import CModel, emit
from thumbling.codegen.block import MAGIC
from thumbling.codegen.module import schedule
from thumbling.errors import OptionError
from thumbling.ir import Graph, model_id
from thumbling.ir.graph import Port
from thumbling.ir.ops.dense import Dense
from thumbling.ir.ops.quantize import Quantize
from thumbling.ir.ops.trees import TreeEnsemble
from thumbling.ir.ports import pack_rows
from thumbling.ir.types import Quant
from thumbling.pipeline import Options, compile_model
from thumbling.reference import evaluate, pack_outputs
from thumbling.resources import data_dir
from thumbling.schedule import kernels
from thumbling.vectors import make_vectors
from thumbling.version import RUNTIME_ABI
from thumbling_hil.cost import measure_cost
from thumbling_hil.targets.host import run_host

SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
PAIRS = {
    "layers": layers,
    "converted": converted,
    "trees": trees,
    "picked": picked,
    "nets": nets,
    "mixtures": mixtures,
}


def _include() -> tuple[str, ...]:
    runtime = data_dir("runtime_c")
    return f"-I{runtime / 'include'}", f"-I{runtime / 'src'}"


def _write(model: CModel, folder: Path) -> None:
    for name, text in model.files.items():
        (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.wide(3)
@pytest.mark.parametrize("cc", ["gcc", "clang"])
@pytest.mark.parametrize("optimize", ["size", "balanced", "speed"])
@pytest.mark.parametrize("group", PAIRS)
def test_another_block_in_the_same_code(group: str, optimize: str, cc: str, tmp_path: Path) -> None:
    pairs = PAIRS[group]()
    codes = [pair.emit(optimize) for pair in pairs]
    for pair, (one, two) in zip(pairs, codes, strict=True):
        assert one.facts["layout"] == two.facts["layout"], pair.name
        assert one.block != two.block
        _write(one, tmp_path)
    (tmp_path / "main.c").write_text(program(pairs, codes), encoding="utf-8")
    run(
        *(tool(cc), *WARNINGS, "-O1", *SANITIZE, *_include(), f"-I{tmp_path}"),
        *(tmp_path / "main.c", "-o", tmp_path / "a.out"),
    )
    assert run(tmp_path / "a.out") == ""


def test_every_kernel_that_has_constants_is_among_them() -> None:
    used = set()
    for pair in (pair for make in PAIRS.values() for pair in make()):
        for optimize in ("size", "balanced", "speed"):
            used |= {call.kernel.name for call in schedule(pair.first, optimize, "block").calls}
    straight = {"trees_functions", "trees_joins", "trees_vectors", "trees_votes"}
    without = {"complement", "ema", "gather_runs", "weighted_loop"}
    trained = {"softmax"}  # on the chip, below
    assert used | straight | without | trained >= {kernel.name for kernel in kernels()}
    assert not used & straight


def _halves(name: str) -> Pair:
    """Two models of one estimator, each trained on one half of a data set."""
    load, estimator, options = _TRAINED[name]
    x, y = load(return_X_y=True)
    half = len(x) // 2
    chosen = Options(name="m", constants="block", **options)
    first, second = (
        compile_model(estimator().fit(x[rows], y[rows]), chosen, x).graph
        for rows in (slice(half), slice(half, None))
    )
    vectors = make_vectors(first, None, count=40)
    return Pair(first=first, second=second, rows=vectors[~evaluate(first, vectors)[1]])


_TRAINED: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "digits": (load_digits, lambda: LogisticRegression(max_iter=200), {"input_type": "uint8"}),
    "shares": (
        load_digits,
        lambda: LogisticRegression(max_iter=200),
        {"input_type": "uint8", "output": "proba"},
    ),
    "scaled floats": (
        load_breast_cancer,
        lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=200)),
        {"output": "label"},
    ),
    "int8": (
        load_digits,
        lambda: LogisticRegression(max_iter=200),
        {"input_type": "uint8", "precision": "int8"},
    ),
}


@pytest.mark.parametrize("name", [*_TRAINED, "t0", "t2", "n2", "n4", "b0"])
def test_a_model_trained_anew_on_the_chip(name: str, tmp_path: Path) -> None:
    """The new block over the old one, in the linked image: what a data-only update does."""
    made = {pair.name: pair for pair in [*trees(), *nets(), *mixtures()]}
    pair = made[name] if name in made else _halves(name)
    one, two = pair.emit("balanced")
    assert one.facts["layout"] == two.facts["layout"]
    ours, theirs = pair.expected()
    assert ours != theirs
    assert pack_outputs(pair.first, evaluate(_updated(pair), pair.rows)[0]) == theirs
    # A compiler that sees the whole program must not compute with the block it sees.
    whole = ("-flto", f"-Wl,-u,{one.symbol}")
    for core, flags in {"cortex-m0plus": (), "cortex-m4": whole}.items():
        folder = tmp_path / core
        folder.mkdir()
        cost = run_on_core(one, pair.rows, core, folder, flags)
        assert list(cost.outputs) == ours
        assert set(cost.statuses) == {0}
        assert two.block is not None
        _overwrite(folder / "a.elf", f"{one.name}_data", two.block)
        inputs = [row.tobytes() for row in pair.rows]
        board = load_board(BOARD_OF_CORE[core])
        cost = measure_cost(folder / "a.elf", board, one.symbol, inputs, one.out_bytes)
        assert list(cost.outputs) == theirs


def _updated(pair: Pair) -> Graph:
    return pair.first.with_constants(pair.second.constants)


def _symbol(elf: ELFFile, name: str) -> tuple[int, int]:
    """Where an object lies in the file of an image or object, and its size."""
    table = elf.get_section_by_name(".symtab")
    assert isinstance(table, SymbolTableSection)
    found = table.get_symbol_by_name(name)
    assert found is not None
    (symbol,) = found
    section = elf.get_section(symbol["st_shndx"])
    return section["sh_offset"] + symbol["st_value"] - section["sh_addr"], symbol["st_size"]


def _read(path: Path, name: str) -> bytes:
    with path.open("rb") as file:
        at, size = _symbol(ELFFile(file), name)
        file.seek(at)
        return file.read(size)


def _overwrite(path: Path, name: str, octets: bytes) -> None:
    with path.open("r+b") as file:
        at, size = _symbol(ELFFile(file), name)
        assert size == len(octets)
        file.seek(at)
        file.write(octets)


def _damaged(block: bytes) -> Iterator[tuple[int, bytes]]:
    """What `_check` must answer to a block, whole and changed in every byte."""
    yield 0, block
    # Magic, ABI, length, CRC, layout id; all behind it is the CRC's.
    answers = [-2] * 4 + [-3] * 4 + [-5] * 8 + [-4] * 8 + [-5] * (len(block) - 24)
    for at, answer in enumerate(answers):
        changed = bytearray(block)
        changed[at] ^= 1 << at % 8
        yield answer, bytes(changed)


def test_a_damaged_block_is_refused_on_the_chip(tmp_path: Path) -> None:
    """One bit of any byte; the model that every bit is tried of is small."""
    one, two = trees()[0].emit("size")
    assert one.block is not None
    assert two.block is not None
    answers, blocks = zip(*_damaged(two.block), strict=True)
    rows = trees()[0].rows[:1]
    for core in ("cortex-m0plus", "cortex-m4"):
        run_on_core(one, rows, core, tmp_path, ())
        cost = measure_cost(
            tmp_path / "a.elf", load_board(BOARD_OF_CORE[core]), "t0_check", list(blocks), 4
        )
        assert cost.statuses == answers


def test_the_head_is_what_the_header_says() -> None:
    (one, two), pair = trees()[0].emit("size"), trees()[0]
    for model, graph in ((one, pair.first), (two, pair.second)):
        assert model.block is not None
        numbers = np.frombuffer(model.block[:16], "<u4").tolist()
        assert numbers == [MAGIC, RUNTIME_ABI, len(model.block), zlib.crc32(model.block[16:])]
        assert model.block[16:24].hex() == model.facts["layout"]
        assert model.block[24:32] == model_id(graph)
        assert len(model.block) % 8 == 0


def _other_layouts(graph: Graph) -> Iterator[Graph]:
    """Graphs that the code of `graph` cannot stand for, or whose callers would be misled."""
    fixed, dense = graph.ops
    assert isinstance(fixed, Quantize)
    assert isinstance(dense, Dense)
    spec, (output,) = graph.input, graph.outputs
    scale = replace(graph.tensors["score"], quant=Quant(scale=(Fraction(1, 2),)))
    yield replace(graph, ops=(fixed, replace(dense, shift=dense.shift + 1)))
    yield replace(graph, ops=(fixed, replace(dense, weight=dense.weight.astype(np.int32))))
    yield replace(graph, ops=(replace(fixed, bits=16), dense))
    for other in (
        replace(spec, scale=(2.0, *spec.scale[1:])),
        replace(spec, names=(*spec.names[1:], "other")),
    ):
        yield replace(graph, inputs=(Port(spec=other),))
    yield replace(graph, tensors={**graph.tensors, "score": scale})
    yield replace(graph, outputs=(replace(output, field="value"),))


def test_another_layout_has_another_id() -> None:
    graph = next(pair.first for pair in converted() if pair.name == "c9")
    own = emit(graph, "balanced", constants="block").facts["layout"]
    others = [emit(g, "balanced", constants="block").facts["layout"] for g in _other_layouts(graph)]
    assert len({own, *others}) == 1 + len(others)
    named = replace(graph, name="another_name_of_the_same_model_that_is_long")
    assert emit(named, "balanced", constants="block").facts["layout"] == own


@pytest.mark.parametrize(
    "cc",
    [
        "gcc",
        "gcc -m32",
        "clang",
        "clang --target=thumbv6m-none-eabi -ffreestanding",
        "arm-none-eabi-gcc -mcpu=cortex-m0plus -mthumb",
        "arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb",
    ],
)
def test_every_compiler_makes_the_bytes_of_the_file(cc: str, tmp_path: Path) -> None:
    command = [tool(cc.split()[0]), *cc.split()[1:]]
    models = [pair.emit("speed")[0] for make in PAIRS.values() for pair in make()]
    for model in models:
        _write(model, tmp_path)
    text = "".join(f'#include "{model.name}_data.c"\n' for model in models)
    (tmp_path / "all.c").write_text(f"#include <stdint.h>\n{text}", encoding="utf-8")
    target = tmp_path / "all.o"
    if "-m32" in cc and not _has_headers(command, tmp_path):
        pytest.skip("gcc -m32 has no headers: apt install gcc-multilib")
    run(*command, *WARNINGS, *_include(), "-c", tmp_path / "all.c", "-o", target)
    for model in models:
        assert _read(target, f"{model.name}_data") == model.block


def _has_headers(command: list[str], folder: Path) -> bool:
    (folder / "probe.c").write_text("#include <stdint.h>\n", encoding="utf-8")
    probe = [*command, "-fsyntax-only", str(folder / "probe.c")]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


_PRINT = """
import hashlib
from tests.differential.block_cases import converted, trees
for pair in [*converted(), *trees()]:
    for model in pair.emit("balanced"):
        text = repr(sorted(model.files.items())).encode() + model.block
        print(hashlib.sha256(text).hexdigest())
"""


def test_the_same_bytes_whatever_the_hash_seed() -> None:
    found = set()
    for seed in ("1", "2"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        done = subprocess.run(
            [sys.executable, "-c", _PRINT], capture_output=True, check=True, env=environment
        )
        found.add(done.stdout)
    assert len(found) == 1
    assert found.pop().count(b"\n") > 20


@pytest.mark.parametrize("name", ["left", "data"])
def test_a_stream_of_several_inputs(name: str, tmp_path: Path) -> None:
    """The second model's constants in the first one's code; `data` is what C calls the block."""
    first = graph_of_two_inputs()
    port, ema = replace(first.inputs[0], name=name), first.ops[1]
    ops = (first.ops[0], replace(ema, inputs=(name, "mean")), first.ops[2])
    first = replace(first, inputs=(port, first.inputs[1]), ops=ops)
    shift = np.array([3, 6], dtype=np.int32)
    second = first.with_constants({**first.constants, "fixed.shift": shift})
    one, two = (emit(graph, "balanced", constants="block") for graph in (first, second))
    assert one.facts["layout"] == two.facts["layout"]
    given = rows_of_two_inputs()
    rows = pack_rows(first.inputs, {name: given["left"], "right": given["right"]})
    write_sources(one, tmp_path)
    for graph, model in ((first, one), (second, two)):
        (tmp_path / "m_data.c").write_text(model.files["m_data.c"], encoding="utf-8")
        answers = run_host(
            tmp_path,
            "m",
            one.in_bytes,
            one.out_bytes,
            rows.tobytes(),
            cc="gcc",
            flags=(*WARNINGS, "-O1", *SANITIZE),
            offsets=one.offsets,
            stateful=True,
        )
        wanted, refused = evaluate(graph, rows)
        assert [answer.status for answer in answers] == [-1 if bad else 0 for bad in refused]
        packed = pack_outputs(graph, wanted)
        kept = np.flatnonzero(~refused).tolist()
        assert [answers[i].output for i in kept] == [packed[i] for i in kept]


def test_a_state_that_begins_otherwise_is_another_layout() -> None:
    graph = graph_of_two_inputs()
    (state,) = graph.state
    graphs = [graph]
    graphs.append(replace(graph, state=(replace(state, initial=state.initial[::-1]),)))
    graphs.append(replace(graph, inputs=(graph.inputs[0], replace(graph.inputs[1], name="other"))))
    ops = (replace(graph.ops[0], inputs=("other",)), *graph.ops[1:])
    graphs[-1] = replace(graphs[-1], ops=ops)
    ids = {emit(g, "size", constants="block").facts["layout"] for g in graphs}
    assert len(ids) == len(graphs)


@pytest.mark.parametrize("optimize", ["size", "balanced", "speed"])
def test_no_tree_is_code(optimize: str) -> None:
    x, y = load_digits(return_X_y=True)
    model = RandomForestClassifier(4, max_depth=4, random_state=0).fit(x, y)
    options = Options(name="m", input_type="uint8", optimize=optimize, constants="block")
    compiled = compile_model(model, options, x)
    assert "*tree = data->code + data->start[i];" in compiled.c.files["m.c"]


def test_what_no_table_holds_is_refused() -> None:
    graph = trees()[0].first
    op = graph.ops[0]
    assert isinstance(op, TreeEnsemble)
    wide = replace(graph, ops=(replace(op, leaf=np.zeros((2**22 + 1, 1), dtype=np.int32)),))
    with pytest.raises(OptionError, match="--constants block: value"):
        emit(wide, "size", constants="block")


def test_an_unknown_place_is_refused() -> None:
    with pytest.raises(OptionError, match="--constants 'flash' is not known"):
        Options(constants="flash")


def test_the_firmware_holds_the_block_of_the_file(tmp_path: Path) -> None:
    """Through the main job: built, verified on host and chip, the file in `src` and its hash."""
    tool("arm-none-eabi-gcc")
    x, y = load_digits(return_X_y=True)
    made = compile(
        LogisticRegression(max_iter=100).fit(x, y),
        data=x,
        board="nucleo-f401",
        name="digits",
        input_type="uint8",
        constants="block",
        builder="gcc",
        out=tmp_path / "out",
    )
    assert [(v.on, v.mismatches) for v in made.report.verification] == [("host", 0), ("unicorn", 0)]
    block = (tmp_path / "out" / "src" / "digits_data.bin").read_bytes()
    assert _read(tmp_path / "out" / "firmware.elf", "digits_data") == block
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["options"]["constants"] == "block"
    assert manifest["model"]["layout"] == block[16:24].hex()
    assert manifest["files"]["src/digits_data.bin"] == hashlib.sha256(block).hexdigest()
