# SPDX-License-Identifier: MIT
"""The machine code, certificates and compile times of a zoo of models: what a rebuild must keep.

`python benchmarks/freeze.py --write FILE` before a change, `--compare FILE` after it. Machine code
is compared byte by byte, by hash: the text and the constants of the model's own object. Figures
are of one compiler, so a file is only compared with one that the same compiler made.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo import Case, cases

from thumbling.boards import load_board
from thumbling.elf import Elf
from thumbling.errors import ThumblingError
from thumbling.firmware import toolchains
from thumbling.pipeline import Compilation, Options, compile_model
from thumbling.resources import data_dir

# A board stands for its core.
CORES = {"m0plus": "nucleo_g071rb", "m4": "nucleo_f401re"}
_LEVELS = {"size": "-Os", "balanced": "-O2", "speed": "-O2"}
_KEPT = (".text", ".rodata", ".data", ".bss")
# What the model says of itself: linkers drop it unless a program names it, as
# tests/differential/test_descriptor.py shows.
_DESCRIPTOR = ".rodata.model_model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """What one core's compiler makes of a model: bytes of flash and RAM, a hash over all of it."""

    flash: int
    ram: int
    sha: str


def read_object(path: Path) -> Object:
    """Code and constants of an object file, whatever its symbols are called."""
    flash = ram = 0
    digest = hashlib.sha256()
    for section in Elf.read(path).sections:
        if not section.name.startswith(_KEPT) or section.name == _DESCRIPTOR:
            continue
        if section.name.startswith((".data", ".bss")):
            ram += section.size
        else:
            flash += section.size
        digest.update(section.data)
    return Object(flash=flash, ram=ram, sha=digest.hexdigest()[:16])


def compile_object(compilation: Compilation, core: str, level: str) -> Object:
    """The model's source, compiled for a core as its firmware is."""
    toolchain = toolchains.gcc(load_board(CORES[core]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in compilation.c.files.items():
            (folder / file).write_text(text, encoding="utf-8")
        target = folder / "model.o"
        source = folder / f"{compilation.c.name}.c"
        include = data_dir("runtime_c") / "include"
        # One section for all functions and one for all constants: names leave no trace.
        apart = ("-fno-function-sections", "-fno-data-sections", "-g0")
        command = [*toolchain.compile, *apart, level, f"-I{include}", "-c", source, "-o", target]
        subprocess.run(command, check=True, capture_output=True)
        return read_object(target)


def freeze(case: Case) -> dict[str, Any]:
    """Everything that is kept of one case."""
    options = Options(name="model", **case.options)
    begin = time.perf_counter()
    try:
        compilation = compile_model(case.model, options, case.data)
    except ThumblingError as error:
        return {"error": f"{type(error).__name__}: {error.message}"}
    seconds = time.perf_counter() - begin
    level = _LEVELS[options.optimize]
    return {
        "certificates": {
            output.field: [output.certificate.kind, output.certificate.epsilon]
            for output in compilation.graph.outputs
        },
        "answers": hashlib.sha256(b"".join(compilation.expected_bytes)).hexdigest()[:16],
        "seconds": round(seconds, 3),
        "code": {
            core: [item.flash, item.ram, item.sha]
            for core in CORES
            for item in [compile_object(compilation, core, level)]
        },
    }


def differences(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """A line for every figure that is another now."""
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            yield f"{name}: {'new' if old is None else 'gone'}"
            continue
        for key in ("error", "certificates", "answers"):
            if old.get(key) != new.get(key):
                yield f"{name}: {key} {old.get(key)} -> {new.get(key)}"
        for core in CORES:
            was, now = old.get("code", {}).get(core), new.get("code", {}).get(core)
            if was != now:
                yield f"{name}: code {core} {was} -> {now}"


def main() -> int:
    """Write or compare; 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="keep the present state in FILE")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="say what differs from FILE")
    parser.add_argument("--only", default="", metavar="TEXT", help="cases whose name holds TEXT")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    chosen = [case for case in cases() if arguments.only in case.name]
    with ThreadPoolExecutor(2) as pool:
        frozen = dict(zip([c.name for c in chosen], pool.map(freeze, chosen), strict=True))
    compiler = toolchains.gcc(load_board(CORES["m4"])).version
    document = {"compiler": compiler, "cases": frozen}
    seconds = sum(item.get("seconds", 0.0) for item in frozen.values())
    print(f"{len(frozen)} cases, {seconds:.1f} s in compile_model, {compiler}")
    if arguments.write:
        arguments.write.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if not arguments.compare:
        return 0
    before = json.loads(arguments.compare.read_text(encoding="utf-8"))
    if before["compiler"] != compiler:
        print(f"{arguments.compare.name} was made by {before['compiler']}", file=sys.stderr)
        return 2
    kept = {name: item for name, item in before["cases"].items() if arguments.only in name}
    lines = list(differences(kept, frozen))
    print("\n".join(lines) or "nothing differs")
    return 1 if lines else 0


if __name__ == "__main__":
    raise SystemExit(main())
