# SPDX-License-Identifier: MIT
"""The generated C on this machine: compiled with the host's compiler and fed in bulk."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from thumbling.errors import BuildError, MissingToolError, VerificationError
from thumbling.firmware.zig_cache import zig_environment
from thumbling_hil.protocol import Answer

_BUILD_S = 300.0
_RUN_S = 600.0

_RUNNER = """\
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#endif

#include "@name@.h"

/* A negative size stops the build where the header and the vectors disagree. */
typedef char thb_output_size_is_known[sizeof(@name@_output_t) == @out_bytes@u ? 1 : -1];

int main(void)
{
    static uint8_t in[@in_bytes@u] __attribute__((aligned(8)));
@begin@#ifdef _WIN32
    _setmode(0, _O_BINARY);
    _setmode(1, _O_BINARY);
#endif
    while (fread(in, 1, sizeof in, stdin) == sizeof in) {
        @name@_output_t out;
        int8_t status;
        memset(&out, 0, sizeof out);
        status = (int8_t)@call@;
        fwrite(&status, 1, 1, stdout);
        fwrite(&out, 1, sizeof out, stdout);
    }
    return 0;
}
"""


_STATE = """\
    static @name@_state_t state;
    @name@_reset(&state);
"""


def find_host_compiler() -> list[str]:
    """The command of a C compiler for this machine; raises `MissingToolError`."""
    for name in ("cc", "gcc", "clang"):
        path = shutil.which(name)
        if path is not None:
            return [path]
    if find_spec("ziglang") is not None:
        return [sys.executable, "-m", "ziglang", "cc"]
    raise MissingToolError(
        "no C compiler was found on this machine: cc, gcc and clang are not on PATH",
        hint="install one of them, or pip install 'thumbling[zig]'",
    )


def run_host(
    src_dir: Path,
    name: str,
    in_bytes: int,
    out_bytes: int,
    inputs: bytes,
    cc: str | None = None,
    flags: Sequence[str] = (),
    *,
    offsets: Sequence[int] = (0,),
    stateful: bool = False,
) -> list[Answer]:
    """Compile the model in `src_dir` and run it on `inputs`, rows of `in_bytes` bytes each.

    The model's inputs begin at `offsets` of a row; one that is `stateful` is reset before the
    first.
    `cc` is the command of a compiler, found where `None`; `flags` go to it as they are. Raises
    `BuildError` where it refuses the code, `VerificationError` where the program fails.
    """
    command = [cc] if cc is not None else find_host_compiler()
    with tempfile.TemporaryDirectory(prefix="thumbling-host-") as folder:
        runner = _runner(name, in_bytes, out_bytes, offsets, stateful=stateful)
        program = _build(Path(folder), src_dir, command, flags, runner)
        output = _run(program, name, inputs)
    return _answers(output, len(inputs) // in_bytes, out_bytes)


def _runner(
    name: str, in_bytes: int, out_bytes: int, offsets: Sequence[int], *, stateful: bool
) -> str:
    rows = [f"(const void *)(in + {offset}u)" for offset in offsets]
    state = ["&state"] if stateful else []
    entry = f"{name}_push" if stateful else f"{name}_predict"
    values = {
        "name": name,
        "in_bytes": in_bytes,
        "out_bytes": out_bytes,
        "begin": _STATE.replace("@name@", name) if stateful else "",
        "call": f"{entry}({', '.join([*state, *rows, '&out'])})",
    }
    return re.sub(r"@(\w+)@", lambda match: str(values[match[1]]), _RUNNER)


def _build(
    folder: Path, src_dir: Path, command: list[str], flags: Sequence[str], runner: str
) -> Path:
    main = folder / "runner.c"
    main.write_text(runner, encoding="utf-8")
    program = folder / ("runner.exe" if sys.platform == "win32" else "runner")
    sources = [str(path) for path in sorted(src_dir.glob("*.c"))]
    # Fused multiply-add rounds once where the reference rounds twice.
    arguments = [
        "-std=c99",
        "-O2",
        "-ffp-contract=off",
        *flags,
        "-I",
        str(src_dir),
        "-o",
        str(program),
    ]
    try:
        result = subprocess.run(
            [*command, *arguments, *sources, str(main)],
            env=zig_environment() if "ziglang" in command else None,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_BUILD_S,
            check=False,
        )
    except FileNotFoundError as error:
        raise MissingToolError(
            f"{command[0]} is not installed", hint="install it or name another compiler"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"{command[0]} took longer than {_BUILD_S:g} s") from error
    if result.returncode != 0:
        raise BuildError(f"{command[0]} refused the generated C:\n{result.stderr.strip()}")
    return program


def _run(program: Path, name: str, inputs: bytes) -> bytes:
    try:
        result = subprocess.run(
            [str(program)], input=inputs, capture_output=True, timeout=_RUN_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise VerificationError(f"{name} on the host took longer than {_RUN_S:g} s") from error
    if result.returncode != 0 or result.stderr:
        text = result.stderr.decode("utf-8", "replace").strip()
        raise VerificationError(
            f"{name} on the host ended with code {result.returncode}: {text or 'no message'}"
        )
    return result.stdout


def _answers(output: bytes, rows: int, out_bytes: int) -> list[Answer]:
    size = 1 + out_bytes
    if len(output) != rows * size:
        raise VerificationError(
            f"the program on the host wrote {len(output)} bytes, not {rows * size}"
        )
    return [
        Answer(
            status=int.from_bytes(output[at : at + 1], signed=True),
            cycles=None,
            output=output[at + 1 : at + size],
        )
        for at in range(0, len(output), size)
    ]
