# SPDX-License-Identifier: MIT
"""A graph to the two files of a C model: header (the contract) and source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import jinja2

from thumbling.codegen.block import ALIGN, HEADER, POINTER, RUNTIME, Block, block_of, c_octets
from thumbling.codegen.cmodel import CModel
from thumbling.codegen.descriptor import descriptor
from thumbling.codegen.header import FeatureRanges, enumerator_groups, feature_lines, output_rows
from thumbling.codegen.kernels import CKernel, load_kernels
from thumbling.codegen.layout import align_defines, wrap_calls, wrap_comments
from thumbling.codegen.names import Names, prefix
from thumbling.codegen.opcode import OpCode
from thumbling.codegen.scope import Scope
from thumbling.codegen.text import c_string, comment_text
from thumbling.ir import Graph, model_id, verify
from thumbling.schedule import Goal, Program, select
from thumbling.version import RUNTIME_ABI, __version__

_BASE_RUNTIME = ("include/thumbling/thumbling.h", "include/thumbling/compiler.h")


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("thumbling.codegen"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # the output is C, not HTML
    )
    environment.filters["wrap_calls"] = wrap_calls
    environment.filters["wrap_comments"] = wrap_comments
    environment.filters["align_defines"] = align_defines
    return environment


def _once(items: list[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({item for group in items for item in group}))


def emit_calls(program: Program) -> list[OpCode]:
    """The C of every kernel of a program, in order.

    Where several declare variables in the body, each gets a block of its own.
    """
    names = Names(model=program.graph.name, block="" if program.goal.inline else POINTER)
    codes = [
        cast(CKernel, call.kernel).emit(call, Scope(program=program, offer=call, names=names))
        for call in program.calls
    ]
    if sum(code.declares for code in codes) < 2:
        return codes
    return [code.in_block() if code.declares else code for code in codes]


def _gcc_options(codes: list[OpCode], optimize: str) -> tuple[str, ...]:
    """What GCC is told in the source; nothing for size, which -Os knows best."""
    level = ("O2",) if optimize == "speed" else ()
    return () if optimize == "size" else (*level, *_once([code.gcc_options for code in codes]))


def schedule(graph: Graph, optimize: str, constants: str = "inline") -> Program:
    """The kernels that compute a graph.

    `optimize` is speed, size or balanced, `constants` inline or block.
    """
    verify(graph)
    load_kernels()
    return select(graph, Goal(optimize=optimize, constants=constants))


def _block(program: Program, codes: list[OpCode]) -> Block:
    """The constants of a program, with the id of the layout that any name of it would have."""
    nameless = replace(program.graph, name="m")
    layout = emit_calls(Program(graph=nameless, goal=program.goal, calls=program.calls))
    stack = [_local(nameless, tensor) for tensor in program.stack_tensors]
    return block_of(program.graph, codes, layout, stack)


def _local(graph: Graph, tensor: str) -> str:
    """The declaration of a tensor on the stack."""
    kind = graph.tensors[tensor]
    return f"{kind.dtype.c} {tensor}[{kind.size}];"


def emit(
    graph: Graph,
    optimize: str,
    ranges: FeatureRanges | None = None,
    *,
    measured: Sequence[str] = (),
    origin: Sequence[str] = (),
    constants: str = "inline",
) -> CModel:
    """The C of a graph. `optimize` is speed, size or balanced, `constants` inline or block.

    `ranges` and lines go into the header: `measured` say how far it is from the source, `origin`
    where the model is from and how to compile it again. Raises `OptionError` where no kernel can
    read its constants from a block.
    """
    program = schedule(graph, optimize, constants)
    codes = emit_calls(program)
    block = None if program.goal.inline else _block(program, codes)
    variables = {
        "name": graph.name,
        "optimize": optimize,
        "upper": graph.name.upper(),
        "guard": re.sub(r"[^A-Z0-9]", "_", graph.name.upper()) + "_H",
        "source": comment_text(graph.source),
        "version": __version__,
        "model_id": model_id(graph).hex(),
        "spec": graph.input,
        "features": feature_lines(graph, ranges),
        "outputs": output_rows(graph),
        "measured": [comment_text(line) for line in measured],
        "origin": [comment_text(line, longest_word=None) for line in origin],
        "class_names": [[comment_text(c) for c in names] for names in graph.class_names],
        "class_strings": [[c_string(c) for c in names] for names in graph.class_names],
        "enumerators": enumerator_groups(graph),
        "rejects_nan": graph.may_reject_nan,
        "abi": RUNTIME_ABI,
        "descriptor": descriptor(graph, RUNTIME_ABI, __version__),
        "gcc_options": _gcc_options(codes, optimize),
        "includes": _once([code.includes for code in codes] + ([(HEADER,)] if block else [])),
        "block": block,
        "prefix": prefix(graph.name),
        "align": ALIGN,
        "layout_id": c_octets(block.layout_id) if block else "",
        "tables": ["".join(t.text() for t in code.tables) for code in codes if code.tables],
        "functions": [wrap_calls(code.functions) for code in codes if code.functions],
        "bodies": [wrap_calls(code.body) for code in codes if code.body],
        "locals": [_local(graph, tensor) for tensor in program.stack_tensors],
    }
    templates = {".h": "model.h.j2", ".c": "model.c.j2"}
    if block is not None:
        templates["_data.c"] = "data.c.j2"
        variables["tables"] = []
    environment = _environment()
    files = {
        f"{graph.name}{ending}": environment.get_template(template).render(variables)
        for ending, template in templates.items()
    }
    base = _BASE_RUNTIME if block is None else (*_BASE_RUNTIME, *RUNTIME)
    return CModel(
        name=graph.name,
        model_id=model_id(graph),
        files=files,
        runtime_files=_once([base, *[code.runtime for code in codes]]),
        in_bytes=graph.input.n_bytes,
        out_bytes=graph.out_bytes,
        symbol=f"{graph.name}_predict",
        version=__version__,
        facts=graph.facts if block is None else {**graph.facts, "layout": block.layout_id.hex()},
        block=block.octets if block is not None else None,
    )
