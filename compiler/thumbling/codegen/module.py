# SPDX-License-Identifier: MIT
"""A graph to the two files of a C model: header (the contract) and source."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import jinja2

from thumbling.codegen import interface
from thumbling.codegen.cmodel import CModel
from thumbling.codegen.descriptor import descriptor
from thumbling.codegen.header import FeatureRanges, enumerator_groups, feature_lines, output_rows
from thumbling.codegen.kernels import CKernel, load_kernels
from thumbling.codegen.layout import align_defines, wrap_calls, wrap_comments
from thumbling.codegen.names import Names
from thumbling.codegen.opcode import OpCode, apart
from thumbling.codegen.scope import Scope
from thumbling.codegen.text import c_string, comment_text
from thumbling.codegen.variables import named, variable_names
from thumbling.ir import Graph, model_id, verify
from thumbling.ir.ports import offsets
from thumbling.schedule import Goal, Program, Slot, plan_of, select
from thumbling.version import __version__

RUNTIME_ABI = 2
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitted:
    """The C of every kernel, in order, and what inputs and arrays on the stack are called."""

    codes: tuple[OpCode, ...]
    variables: Mapping[str, str]


def emit_calls(program: Program, names: Names) -> Emitted:
    """Let every kernel of a program write its C; behind them what is kept as state.

    Where variables of bodies would meet, each body gets a block of its own.
    """
    codes = [
        cast(CKernel, call.kernel).emit(call, Scope(program=program, offer=call, names=names))
        for call in program.calls
    ]
    codes += [interface.store_code(program)] if program.stores else []
    ports = [port.name for port in program.graph.inputs]
    shared = {slot.tensors: f"{slot.tensors[0]}_shared" for slot in program.slots}
    stack = [
        name
        for slot in program.slots
        for name in (*slot.tensors, *([shared[slot.tensors]] if len(slot.tensors) > 1 else []))
    ]
    variables = variable_names((*ports, *stack), [code.body for code in codes])
    for slot in program.slots:
        if len(slot.tensors) > 1:
            union = variables[shared[slot.tensors]]
            variables |= {tensor: f"{union}.{variables[tensor]}" for tensor in slot.tensors}
    codes = apart([named(code, variables) for code in codes])
    return Emitted(codes=tuple(codes), variables=variables)


def _gcc_options(codes: Sequence[OpCode], optimize: str) -> tuple[str, ...]:
    """What GCC is told in the source; nothing for size, which -Os knows best."""
    level = ("O2",) if optimize == "speed" else ()
    return () if optimize == "size" else (*level, *_once([code.gcc_options for code in codes]))


def schedule(graph: Graph, optimize: str) -> Program:
    """The kernels that compute a graph. `optimize` is speed, size or balanced."""
    verify(graph)
    load_kernels()
    return select(graph, Goal(optimize=optimize))


def _local(program: Program, slot: Slot, called: Mapping[str, str]) -> list[str]:
    """The declaration of arrays on the stack: a union of those that have their memory in turn."""
    kinds = [(tensor, program.graph.tensors[tensor]) for tensor in slot.tensors]
    names = [called[tensor].rpartition(".")[2] for tensor in slot.tensors]
    lines = [
        f"{kind.dtype.c} {name}[{kind.size}];" for (_, kind), name in zip(kinds, names, strict=True)
    ]
    if len(lines) == 1:
        return lines
    union = called[slot.tensors[0]].partition(".")[0]
    return ["union {", *[f"    {line}" for line in lines], f"}} {union};"]


def _unused(graph: Graph) -> list[str]:
    """Inputs that nothing reads."""
    read = {tensor for op in graph.ops for tensor in op.inputs}
    return [port.name for port in graph.inputs if port.name not in read]


def emit(
    graph: Graph,
    optimize: str,
    ranges: FeatureRanges | None = None,
    *,
    measured: Sequence[str] = (),
    origin: Sequence[str] = (),
) -> CModel:
    """The C of a graph. `optimize` is speed, size or balanced.

    `ranges` and lines go into the header: `measured` say how far it is from the source, `origin`
    where the model is from and how to compile it again.
    """
    program = schedule(graph, optimize)
    names = Names(model=graph.name)
    emitted = emit_calls(program, names)
    codes, called = emitted.codes, emitted.variables
    reset_tables, reset_lines = interface.reset_code(graph, names)
    variables = {
        "name": graph.name,
        "optimize": optimize,
        "upper": graph.name.upper(),
        "guard": re.sub(r"[^A-Z0-9]", "_", graph.name.upper()) + "_H",
        "source": comment_text(graph.source),
        "version": __version__,
        "model_id": model_id(graph).hex(),
        "inputs": interface.input_macros(graph),
        "input_type": graph.input_type,
        "prototype": interface.prototype(graph, {}),
        "head": interface.prototype(graph, called),
        "state_members": interface.state_members(graph),
        "reset_tables": [table.text() for table in reset_tables],
        "reset_lines": reset_lines,
        "unused": [called[tensor] for tensor in _unused(graph)],
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
        "includes": _once([code.includes for code in codes]),
        "tables": ["".join(t.text() for t in code.tables) for code in codes if code.tables],
        "functions": [wrap_calls(code.functions) for code in codes if code.functions],
        "bodies": [wrap_calls(code.body) for code in codes if code.body],
        "locals": [line for slot in program.slots for line in _local(program, slot, called)],
    }
    environment = _environment()
    files = {
        f"{graph.name}.h": environment.get_template("model.h.j2").render(variables),
        f"{graph.name}.c": environment.get_template("model.c.j2").render(variables),
    }
    return CModel(
        name=graph.name,
        model_id=model_id(graph),
        files=files,
        runtime_files=_once([_BASE_RUNTIME, *[code.runtime for code in codes]]),
        in_bytes=graph.in_bytes,
        out_bytes=graph.out_bytes,
        symbol=interface.entry(graph),
        version=__version__,
        offsets=offsets(graph.inputs),
        state_bytes=graph.state_bytes,
        reset=interface.reset(graph),
        facts=graph.facts,
        plan=plan_of(program),
    )
