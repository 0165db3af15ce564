# SPDX-License-Identifier: MIT
"""What other compilers make of a model, each behind the thinnest possible wrapper.

Every wrapper is `int32_t bench_entry(const T *x, out *)`. A peer reads features of the type its
own code declares: converting them first is not charged. It writes one label or one value.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from models import Case
from ruler import BenchError, Program
from sklearn.base import clone

ENTRY = "bench_entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A tool's program, the rows it is called on, and how one output becomes a prediction."""

    program: Program
    rows: npt.NDArray[Any]
    decode: Callable[[bytes], float]


def _label(classes: npt.NDArray[Any]) -> Callable[[bytes], float]:
    def decode(raw: bytes) -> float:
        index = int.from_bytes(raw[:4], "little", signed=True)
        return float(classes[index]) if 0 <= index < len(classes) else float("nan")

    return decode


def _real(dtype: str) -> Callable[[bytes], float]:
    return lambda raw: float(np.frombuffer(raw, dtype)[0])


def _decoder(case: Case, real: str) -> Callable[[bytes], float]:
    return _real(real) if case.regression else _label(case.model.classes_)


def _m2cgen_wrapper(code: str, case: Case, real: str) -> str:
    call = f"int32_t {ENTRY}(const {real} *x, void *out)\n{{\n"
    if case.regression:
        body = f"    *({real} *)out = score(({real} *)x);\n"
    elif re.search(rf"^{real} score", code, re.M):
        body = f"    *(int32_t *)out = score(({real} *)x) > 0;\n"
    else:
        n = case.n_classes
        body = (
            f"    {real} s[{n}];\n    int32_t best = 0;\n    score(({real} *)x, s);\n"
            f"    for (int32_t i = 1; i < {n}; i++) {{\n"
            "        if (s[i] > s[best]) {\n            best = i;\n        }\n    }\n"
            "    *(int32_t *)out = best;\n"
        )
    return f"#include <stdint.h>\n{code}\n{call}{body}    return 0;\n}}\n"


def _m2cgen(case: Case, real: str) -> Generated:
    import m2cgen

    # Its C of a deep tree is written by recursion.
    sys.setrecursionlimit(20000)
    try:
        code = m2cgen.export_to_c(case.model)
    except NotImplementedError as error:
        raise BenchError(f"not supported: {error}") from error
    flags: tuple[str, ...] = ()
    if real == "float":
        code = re.sub(r"\bdouble\b", "float", code)
        flags = ("-fsingle-precision-constant",)
    dtype = "float64" if real == "double" else "float32"
    program = Program(
        sources={"peer.c": _m2cgen_wrapper(code, case, real)},
        entry=ENTRY,
        out_bytes=8 if real == "double" else 4,
        flags=flags,
    )
    return Generated(
        program=program,
        rows=case.rows.astype(dtype),
        decode=_decoder(case, "<f8" if real == "double" else "<f4"),
    )


def _m2cgen_double(case: Case) -> Generated:
    return _m2cgen(case, "double")


def _m2cgen_float(case: Case) -> Generated:
    return _m2cgen(case, "float")


def _emlearn_input(case: Case, method: str) -> tuple[str, int]:
    """The type and the factor of the features that suit emlearn best.

    It truncates a threshold of 2.5 to `x < 2`, which is another tree; on doubled features the
    threshold is the integer 5 and nothing is lost. Its tables hold int16 features only.
    """
    if case.input_type == "float32":
        return "float32", 1
    doubled_fits = case.rows.max() < 128 and case.input_type == "uint8"
    if method == "loadable" or case.input_type == "int16":
        return "int16", 2
    return "uint8", 2 if doubled_fits else 1


def _emlearn_code(case: Case, method: str, c_type: str, factor: int) -> str:
    import emlearn

    model = case.model
    try:
        if factor != 1:
            grid = case.train_rows.astype(np.int32) * factor
            model = clone(case.model).fit(grid, case.train_target)
        converted = emlearn.convert(model, method=method, dtype=c_type)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "peer.h"
            converted.save(file=str(path), name="peer")
            return path.read_text(encoding="utf-8")
    except (NotImplementedError, ValueError, AttributeError, TypeError, KeyError) as error:
        raise BenchError(f"not supported: {error}") from error


def _emlearn(case: Case, method: str) -> Generated:
    import emlearn

    dtype, factor = _emlearn_input(case, method)
    c_type = {"int16": "int16_t", "uint8": "uint8_t", "float32": "float"}[dtype]
    code = _emlearn_code(case, method, c_type, factor)
    result = "float" if case.regression else "int32_t"
    wrapper = (
        f"{code}\nint32_t {ENTRY}(const {c_type} *x, void *out)\n{{\n"
        f"    *({result} *)out = peer_predict(x, {case.rows.shape[1]});\n    return 0;\n}}\n"
    )
    program = Program(
        sources={"peer.c": wrapper},
        entry=ENTRY,
        out_bytes=4,
        include=(Path(emlearn.__file__).parent,),
    )
    rows = case.rows if factor == 1 else case.rows.astype(np.int32) * factor
    return Generated(program=program, rows=rows.astype(dtype), decode=_decoder(case, "<f4"))


def _emlearn_inline(case: Case) -> Generated:
    return _emlearn(case, "inline")


def _emlearn_loadable(case: Case) -> Generated:
    return _emlearn(case, "loadable")


def _micromlgen(case: Case) -> Generated:
    import micromlgen

    try:
        code = micromlgen.port(case.model)
    except (TypeError, NotImplementedError, AttributeError) as error:
        raise BenchError("not supported") from error
    if not code:
        raise BenchError("not supported")
    name = re.search(r"class (\w+)", code)
    if name is None:
        raise BenchError("generates no class")
    result = "float" if case.regression else "int32_t"
    wrapper = (
        f"#include <stdint.h>\n#include <string.h>\n#include <math.h>\n{code}\n"
        f'extern "C" int32_t {ENTRY}(const float *x, void *out)\n{{\n'
        f"    Eloquent::ML::Port::{name[1]} model;\n"
        f"    *({result} *)out = model.predict((float *)x);\n    return 0;\n}}\n"
    )
    program = Program(sources={"peer.cpp": wrapper}, entry=ENTRY, out_bytes=4)
    return Generated(
        program=program, rows=case.rows.astype(np.float32), decode=_decoder(case, "<f4")
    )


PEERS: Mapping[str, tuple[str, Callable[[Case], Generated]]] = {
    "m2cgen": ("m2cgen", _m2cgen_double),
    "m2cgen, patched to float": ("m2cgen", _m2cgen_float),
    "emlearn inline": ("emlearn", _emlearn_inline),
    "emlearn loadable": ("emlearn", _emlearn_loadable),
    "micromlgen": ("micromlgen", _micromlgen),
}


def installed_peers() -> dict[str, str]:
    """Versions of the packages of peers that are installed."""
    found = {}
    for package in sorted({package for package, _ in PEERS.values()}):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
