# SPDX-License-Identifier: MIT
"""A graph to the two files of a C model: header (the contract) and source."""

from __future__ import annotations

import re
from collections.abc import Sequence

import jinja2

from thumbling.codegen.clamp import emit_clamp
from thumbling.codegen.cmodel import CModel
from thumbling.codegen.decide import emit_above, emit_argmax, emit_complement, label_behind
from thumbling.codegen.dense import emit_chain, emit_dense, find_chain
from thumbling.codegen.header import FeatureRanges, feature_lines, output_rows
from thumbling.codegen.layout import align_defines, wrap_calls, wrap_comments
from thumbling.codegen.opcode import EmitContext, OpCode
from thumbling.codegen.quantize_f32 import emit_quantize
from thumbling.codegen.softmax import emit_softmax
from thumbling.codegen.text import c_string, comment_text
from thumbling.codegen.trees import emit_trees
from thumbling.ir import Graph, model_id, verify
from thumbling.ir.ops import (
    Above,
    ArgMax,
    Clamp,
    Complement,
    Dense,
    Op,
    Quantize,
    Softmax,
    TreeEnsemble,
)
from thumbling.version import __version__

RUNTIME_ABI = 1
_BASE_RUNTIME = ("include/thumbling/thumbling.h",)


def emit_op(op: Op, context: EmitContext) -> OpCode:
    """The C of one op."""
    match op:
        case TreeEnsemble():
            return emit_trees(op, context)
        case ArgMax():
            return emit_argmax(op, context)
        case Above():
            return emit_above(op, context)
        case Complement():
            return emit_complement(op, context)
        case Clamp():
            return emit_clamp(op, context)
        case Dense():
            return emit_dense(op, context)
        case Softmax():
            return emit_softmax(op, context)
        case Quantize():
            return emit_quantize(op, context)
    raise TypeError(f"code generation does not know {type(op).__name__}")


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


def _emit_with_label(context: EmitContext, index: int) -> OpCode | None:
    """The C of op `index` and of the label behind it, where nothing else needs its sums."""
    graph = context.graph
    op, label = graph.ops[index], label_behind(graph, index)
    match op, label:
        case Dense(), Above() | ArgMax() if graph.tensors[label.output].size == 1:
            return emit_dense(op, context, label)
        case TreeEnsemble(), ArgMax():
            return emit_trees(op, context, label)
    return None


def _emit_ops(context: EmitContext) -> tuple[list[OpCode], set[str]]:
    """The C of all ops in order, and the tensors that fusing has made unnecessary."""
    ops, codes, index = context.graph.ops, [], 0
    fused: set[str] = set()
    while index < len(ops):
        op, chain = ops[index], find_chain(context.graph, index)
        if chain is not None:
            codes.append(emit_chain(chain, context))
            fused.update(chain.fused)
            index += len(chain.fused) + 1
        elif (code := _emit_with_label(context, index)) is not None:
            codes.append(code)
            fused.add(op.output)
            index += 2
        else:
            codes.append(emit_op(op, context))
            index += 1
    return codes, fused


def _gcc_options(codes: list[OpCode], optimize: str) -> tuple[str, ...]:
    """What GCC is told in the source; nothing for size, which -Os knows best."""
    level = ("O2",) if optimize == "speed" else ()
    return () if optimize == "size" else (*level, *_once([code.gcc_options for code in codes]))


def emit(
    graph: Graph,
    optimize: str,
    ranges: FeatureRanges | None = None,
    measured: Sequence[str] = (),
) -> CModel:
    """The C of a graph. `optimize` is speed, size or balanced.

    `ranges` and the lines `measured`, which say how far it is from the source, go into the header.
    """
    verify(graph)
    context = EmitContext(graph=graph, optimize=optimize)
    codes, fused = _emit_ops(context)
    kept = fused | {output.tensor for output in graph.outputs}
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
        "class_names": [[comment_text(c) for c in names] for names in graph.class_names],
        "class_strings": [[c_string(c) for c in names] for names in graph.class_names],
        "rejects_nan": graph.may_reject_nan,
        "abi": RUNTIME_ABI,
        "gcc_options": _gcc_options(codes, optimize),
        "includes": _once([code.includes for code in codes]),
        "tables": [code.tables for code in codes if code.tables],
        "functions": [wrap_calls(code.functions) for code in codes if code.functions],
        "bodies": [wrap_calls(code.body) for code in codes if code.body],
        "locals": [
            {"name": op.output, "length": graph.tensors[op.output].size}
            for op in graph.ops
            if op.output not in kept and context.place(op.output) == op.output
        ],
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
        in_bytes=graph.input.n_bytes,
        out_bytes=graph.out_bytes,
        symbol=f"{graph.name}_predict",
        version=__version__,
        facts=graph.facts,
    )
