# SPDX-License-Identifier: MIT
"""C of `Quantize` and `Clamp` that only a `Dense` reads: one function, no row of values between.

Four shapes, by what is kept where:
* row by row: one sum, features converted anew for each output. For one output, or wide sums.
* feature by feature: all sums in the output array. The least code for several outputs.
* chunk by chunk: some features converted into a small buffer, then blocks of outputs over them.
* block by block: a few sums and the label so far. For scores that would fill the stack unseen.

The sums are the same integers in another order; no partial sum can overflow, since the range
analysis bounds the sum of magnitudes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from thumbling.codegen.convert import Conversion
from thumbling.codegen.decide import label_behind
from thumbling.codegen.opcode import EmitContext, OpCode
from thumbling.codegen.text import c_int, table
from thumbling.ir.graph import Graph
from thumbling.ir.ops import ArgMax, Clamp, Dense, Op, Quantize

_CHUNK = 8
_MAX_SCORES = 10
_MAX_ROWS = 5
# Straight code is taken for so many features, or so many at a turn.
_STRAIGHT = 32
_TURN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A dense layer with what converts its inputs."""

    quantize: Quantize | None
    clamp: Clamp | None
    dense: Dense
    label: ArgMax | None

    @property
    def fused(self) -> tuple[str, ...]:
        """Tensors that need no array."""
        ops = [self.quantize, self.clamp, *([self.dense] if self.label else [])]
        return tuple(op.output for op in ops if op is not None)


def find_chain(graph: Graph, index: int) -> Chain | None:
    """The chain that begins with op `index`, if one does."""
    ops: list[Op] = []
    for op in graph.ops[index : index + 3]:
        if ops and (op.inputs != (ops[-1].output,) or not _is_private(graph, ops[-1].output)):
            return None
        ops.append(op)
        if isinstance(op, Dense):
            break
    label = _label(graph, index + len(ops) - 1)
    match ops:
        case [Quantize() as quantize, Clamp() as clamp, Dense() as dense]:
            return Chain(quantize=quantize, clamp=clamp, dense=dense, label=label)
        case [Quantize() as quantize, Dense() as dense]:
            return Chain(quantize=quantize, clamp=None, dense=dense, label=label)
        case [Clamp() as clamp, Dense() as dense]:
            return Chain(quantize=None, clamp=clamp, dense=dense, label=label)
    return None


def _label(graph: Graph, index: int) -> ArgMax | None:
    """The label that alone reads Dense `index`, where its scores would fill the stack."""
    label = label_behind(graph, index)
    many = graph.tensors[graph.ops[index].output].size > _MAX_SCORES
    return label if many and isinstance(label, ArgMax) and len(label.groups) == 1 else None


def _is_private(graph: Graph, tensor: str) -> bool:
    readers = [op for op in graph.ops if tensor in op.inputs]
    return len(readers) == 1 and all(output.tensor != tensor for output in graph.outputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    """Statements of the layer's function, and the weights in the order they read them.

    Biases, like weights, are filled to a multiple of `rows` with the last output's.
    """

    lines: list[str]
    weight: npt.NDArray[np.signedinteger]
    order: str
    functions: str = ""
    rows: int = 1


def _indent(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _loop(counter: str, end: int, body: list[str], *, step: int = 1) -> list[str]:
    forward = f"{counter}++" if step == 1 else f"{counter} += {step}U"
    return [f"for (unsigned {counter} = 0; {counter} < {end}U; {forward}) {{", *_indent(body), "}"]


def _checked(call: str) -> list[str]:
    """A call that a NaN makes fail."""
    return [f"if ({call} != THB_OK) {{", "    return THB_ERR_NAN;", "}"]


def _c_bias(op: Dense, k: int) -> str:
    bias = int(op.bias[k])
    return c_int(bias) if op.accumulator_bits == 32 else f"INT64_C({bias})"


def _row_by_row(op: Dense, conversion: Conversion, optimize: str) -> _Code:
    (n_out, n_in), bits, prefix = op.weight.shape, op.accumulator_bits, conversion.prefix
    single, how = n_out == 1, "saturate" if op.saturate else "round"
    weight = f"{prefix}_weight[j]" if single else "*w++"
    unroll = 1
    if optimize == "speed":
        unroll = n_in if single and n_in <= _STRAIGHT else _TURN
    body = [*conversion.statements("j", "value"), f"sum += (int{bits}_t){weight} * value;"]
    row = [
        f"int{bits}_t sum = {_c_bias(op, 0) if single else f'{prefix}_bias[k]'};",
        *([f"THB_UNROLL_BY({unroll})"] if unroll > 1 else []),
        *_loop("j", n_in, body),
        f"out[{0 if single else 'k'}] = thb_dense_{how}_acc{bits}(sum, {op.shift}U);",
    ]
    if not single:
        row = [f"const {op.weight.dtype.name}_t *w = {prefix}_weight;", *_loop("k", n_out, row)]
    return _Code(lines=row, weight=op.weight, order="output by output")


def _start_sums(n_out: int, prefix: str) -> list[str]:
    return _loop("k", n_out, [f"out[k] = {prefix}_bias[k];"])


def _feature_by_feature(op: Dense, conversion: Conversion) -> _Code:
    (n_out, n_in), prefix = op.weight.shape, conversion.prefix
    add = _loop("k", n_out, ["out[k] += *w++ * value;"])
    lines = [
        f"const {op.weight.dtype.name}_t *w = {prefix}_weight;",
        *_start_sums(n_out, prefix),
        *_loop("j", n_in, [*conversion.statements("j", "value"), *add]),
    ]
    return _Code(lines=lines, weight=op.weight.T, order="feature by feature")


def _decided_in_blocks(op: Dense, conversion: Conversion) -> _Code:
    """A few sums at a time and the first greatest so far; for each block all features anew.

    The last block is filled with copies of the last output, which cannot be greater than it.
    """
    bits, prefix = op.accumulator_bits, conversion.prefix
    rows, how = 128 // bits, "saturate" if op.saturate else "round"
    n_out, n_in = op.weight.shape
    each = range(rows)
    add = [f"a{r} += (int{bits}_t)w[{r}] * value;" for r in each]
    result = [f"thb_dense_{how}_acc{bits}(a{r}, {op.shift}U)" for r in each]
    block = [
        *[f"int{bits}_t a{r} = {prefix}_bias[k + {r}];" for r in each],
        *_loop("j", n_in, [*conversion.statements("j", "value"), *add, f"w += {rows};"]),
        *[f"thb_argmax_next(&best, out, {result[r]}, k + {r});" for r in each],
    ]
    lines = [
        f"const {op.weight.dtype.name}_t *w = {prefix}_weight;",
        "int32_t best = INT32_MIN;",
        "*out = 0;",
        f"for (int32_t k = 0; k < {n_out}; k += {rows}) {{",
        *_indent(block),
        "}",
    ]
    filled = np.pad(op.weight, ((0, -n_out % rows), (0, 0)), mode="edge")
    weight = filled.reshape(-1, rows, n_in).transpose(0, 2, 1)
    order = f"by {rows} outputs, feature by feature"
    return _Code(lines=lines, weight=weight, order=order, rows=rows)


def _largest_divisor(n: int, most: int) -> int:
    return max(d for d in range(1, min(n, most) + 1) if n % d == 0)


def _add_chunk(op: Dense, conversion: Conversion, width: int, rows: int) -> list[str]:
    """Statements that convert `width` features, from j on, and add them to all sums."""
    pairs = range(-(-width // 2))
    lines = [f"thb_s16x2_t {', '.join(f'p{p}' for p in pairs)};"]
    for p in pairs:
        name = "last" if 2 * p + 1 == width else "pair"
        call = f"{conversion.prefix}_{name}(x, j + {2 * p}U, &p{p})"
        lines += _checked(call) if conversion.quantize is not None else [f"{call};"]
    turn, at = ["int32_t sum;"], 0
    for r in range(rows):
        turn.append(f"sum = out[k + {r}U];" if r else "sum = out[k];")
        for p in pairs:
            weights = f"thb_s16x2_weights(&w[{at}])"
            turn.append(f"sum = thb_s16x2_mac32(sum, p{p}, {weights});")
            at += 2
        turn.append(f"out[k + {r}U] = sum;" if r else "out[k] = sum;")
        turn.append("THB_DENSE_IN_ORDER();")
    return [*lines, *_loop("k", op.weight.shape[0], [*turn, f"w += {at};"], step=rows)]


def _by_chunks(op: Dense, width: int) -> npt.NDArray[np.signedinteger]:
    """Weights by chunk of `width` features, output, feature; an odd rest is filled with zero."""
    n_out, n_in = op.weight.shape
    whole = n_in - n_in % width
    body = op.weight[:, :whole].reshape(n_out, -1, width).transpose(1, 0, 2)
    rest = np.pad(op.weight[:, whole:], ((0, 0), (0, n_in % 2)))
    return np.concatenate([body.ravel(), rest.ravel()])


def _pair_function(conversion: Conversion, context: EmitContext, *, whole: bool) -> str:
    """A function that converts two features, or the last one."""
    name = f"{conversion.prefix}_{'pair' if whole else 'last'}"
    high = conversion.statements("j + 1U", "hi") if whole else []
    lines = [
        *conversion.statements("j", "lo"),
        *high,
        f"*pair = thb_s16x2_pack(lo, {'hi' if whole else '0'});",
        *(["return THB_OK;"] if conversion.quantize is not None else []),
    ]
    body = "".join(f"    {line}\n" for line in lines)
    head = (
        f"THB_INLINE {conversion.returns} {name}(const {conversion.c_type(context)} *x, unsigned j,"
    )
    return f"{head} thb_s16x2_t *pair)\n{{\n{body}}}\n"


def _chunk_by_chunk(op: Dense, conversion: Conversion, context: EmitContext) -> _Code:
    (n_out, n_in), prefix = op.weight.shape, conversion.prefix
    rows = _largest_divisor(n_out, _MAX_ROWS) if context.optimize == "speed" else 1
    rest = n_in % _CHUNK
    chunk = _add_chunk(op, conversion, _CHUNK, rows)
    lines = [
        f"const int16_t *w = {prefix}_weight;",
        "unsigned j = 0;",
        *_start_sums(n_out, prefix),
    ]
    if n_in >= _CHUNK:
        lines += [f"for (; j < {n_in - rest}U; j += {_CHUNK}U) {{", *_indent(chunk), "}"]
    if rest:
        lines += _add_chunk(op, conversion, rest, rows)
    functions = [_pair_function(conversion, context, whole=True)] if n_in > 1 else []
    functions += [_pair_function(conversion, context, whole=False)] if rest % 2 else []
    return _Code(
        lines=lines,
        weight=_by_chunks(op, _CHUNK),
        order=f"by {_CHUNK} features, an odd rest filled with zero: those of each output",
        functions="\n".join([*functions, ""]),
    )


def _choose(op: Dense, conversion: Conversion, context: EmitContext, *, decided: bool) -> _Code:
    if decided:
        return _decided_in_blocks(op, conversion)
    plain = op.accumulator_bits == 32 and op.shift == 0
    if op.weight.shape[0] == 1 or not plain:
        return _row_by_row(op, conversion, context.optimize)
    if context.optimize == "size" or not conversion.is_narrow or op.weight.dtype != np.int16:
        return _feature_by_feature(op, conversion)
    return _chunk_by_chunk(op, conversion, context)


def _tables(op: Dense, conversion: Conversion, code: _Code) -> str:
    weights, prefix = map(c_int, code.weight.ravel().tolist()), conversion.prefix
    c_type = f"THB_DENSE_ALIGNED {op.weight.dtype.name}_t"
    text = conversion.tables() + table(c_type, f"{prefix}_weight", weights, code.order)
    if len(op.bias) == 1:
        return text
    last = len(op.bias) - 1
    biases = [_c_bias(op, min(k, last)) for k in range(last + 1 + -(last + 1) % code.rows)]
    return text + table(f"int{op.accumulator_bits}_t", f"{prefix}_bias", biases, "first summands")


def emit_chain(chain: Chain, context: EmitContext) -> OpCode:
    """Tables, the layer's function and its call; a NaN ends the prediction."""
    op, fallible = chain.dense, chain.quantize is not None
    prefix = f"{context.name}_{op.output}"
    conversion = Conversion(quantize=chain.quantize, clamp=chain.clamp, prefix=prefix)
    code = _choose(op, conversion, context, decided=chain.label is not None)
    head = f"{prefix}_run(const {conversion.c_type(context)} *x, int32_t *out)"
    lines = [*code.lines, *(["return THB_OK;"] if fallible else [])]
    body = "".join(f"    {line}\n" for line in lines)
    target = (chain.label or op).output
    call = f"{prefix}_run({context.pointer(conversion.source)}, {context.pointer(target)})"
    calling = _checked(call) if fallible else [f"{call};"]
    headers = ("dense.h", *(["argmax.h"] if chain.label else []), *conversion.headers)
    inner = ("dense_pairs.h", "dense_pairs_v6m.h")
    return OpCode(
        tables=_tables(op, conversion, code),
        functions=f"{code.functions}{context.layer} {conversion.returns} {head}\n{{\n{body}}}\n",
        body="".join(f"    {line}\n" for line in calling),
        runtime=tuple(f"include/thumbling/{h}" for h in (*headers, *inner)),
        includes=tuple(f"thumbling/{h}" for h in headers),
    )
