# SPDX-License-Identifier: MIT
"""A graph to the two files of a C model: header (the contract) and source."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import cast

import jinja2

from thumbling.codegen import interface
from thumbling.codegen.block import ALIGN, HEADER, POINTER, RUNTIME, Block, block_of, c_octets
from thumbling.codegen.cmodel import CModel
from thumbling.codegen.descriptor import descriptor
from thumbling.codegen.header import FeatureRanges, enumerator_groups, feature_lines, output_rows
from thumbling.codegen.kernels import CKernel, load_kernels
from thumbling.codegen.layout import align_defines, wrap_calls, wrap_comments
from thumbling.codegen.names import Names, prefix
from thumbling.codegen.opcode import OpCode, apart
from thumbling.codegen.scope import Scope
from thumbling.codegen.text import c_string, comment_text
from thumbling.codegen.variables import named, variable_names
from thumbling.ir import Graph, model_id, verify
from thumbling.ir.ports import offsets
from thumbling.schedule import Goal, Program, Slot, plan_of, select
from thumbling.version import RUNTIME_ABI, __version__

_BASE_RUNTIME = ("include/thumbling/thumbling.h", "include/thumbling/compiler.h")


@cache
def _environment() -> jinja2.Environment:
    """Compiling templates takes longer than all else about a small model, so it is done once."""
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
    bodies = [*(code.body for code in codes), names.block]
    variables = variable_names((*ports, *stack), bodies)
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


def schedule(graph: Graph, optimize: str, constants: str = "inline") -> Program:
    """The kernels that compute a graph.

    `optimize` is speed, size or balanced, `constants` inline or block.
    """
    verify(graph)
    load_kernels()
    return select(graph, Goal(optimize=optimize, constants=constants))


def _names(program: Program) -> Names:
    return Names(model=program.graph.name, block="" if program.goal.inline else POINTER)


def _block(program: Program, codes: Sequence[OpCode]) -> Block:
    """The constants of a program, with the id of the layout that any name of it would have."""
    nameless = replace(program.graph, name="m")
    same = Program(graph=nameless, goal=program.goal, calls=program.calls)
    names = _names(same)
    layout = emit_calls(same, names)
    tables, lines = interface.reset_code(nameless, names)
    around = [
        interface.prototype(nameless, layout.variables),
        *_locals(same, layout.variables),
        *interface.state_members(nameless),
        *(table.text() for table in tables),
        *lines,
    ]
    return block_of(program.graph, codes, layout.codes, around)


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


def _locals(program: Program, called: Mapping[str, str]) -> list[str]:
    """What the function of a model declares first."""
    return [line for slot in program.slots for line in _local(program, slot, called)]


def _apart_from_data(called: Mapping[str, str]) -> dict[str, str]:
    """The parameters that cannot have their input's name in a header, where the block has it."""
    return {name: to for name, to in called.items() if name == interface.DATA}


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
    constants: str = "inline",
) -> CModel:
    """The C of a graph. `optimize` is speed, size or balanced, `constants` inline or block.

    `ranges` and lines go into the header: `measured` say how far it is from the source, `origin`
    where the model is from and how to compile it again. Raises `OptionError` where no kernel can
    read its constants from a block.
    """
    program = schedule(graph, optimize, constants)
    names = _names(program)
    emitted = emit_calls(program, names)
    codes, called = emitted.codes, emitted.variables
    reset_tables, reset_lines = interface.reset_code(graph, names)
    block = None if program.goal.inline else _block(program, codes)
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
        "prototype_with": interface.prototype(graph, _apart_from_data(called), apart=True),
        "head_with": interface.prototype(graph, called, apart=True),
        "call_with": interface.call_with(graph, called),
        "entry": interface.entry(graph),
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
        "includes": _once([code.includes for code in codes] + ([(HEADER,)] if block else [])),
        "block": block,
        "prefix": prefix(graph.name),
        "align": ALIGN,
        "layout_id": c_octets(block.layout_id) if block else "",
        "tables": ["".join(t.text() for t in code.tables) for code in codes if code.tables],
        "functions": [wrap_calls(code.functions) for code in codes if code.functions],
        "bodies": [wrap_calls(code.body) for code in codes if code.body],
        "locals": _locals(program, called),
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
        in_bytes=graph.in_bytes,
        out_bytes=graph.out_bytes,
        symbol=interface.entry(graph),
        version=__version__,
        offsets=offsets(graph.inputs),
        state_bytes=graph.state_bytes,
        reset=interface.reset(graph),
        facts=graph.facts if block is None else {**graph.facts, "layout": block.layout_id.hex()},
        plan=plan_of(program),
        block=block.octets if block is not None else None,
    )
