# SPDX-License-Identifier: MIT
"""The main job: model -> C -> firmware -> build -> verify -> measure -> report, in one folder."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from thumbling.api.budget import Budget
from thumbling.api.compiled import Compiled
from thumbling.api.doubts import doubts
from thumbling.api.dumping import write_stages
from thumbling.api.origin import origin_of
from thumbling.api.producing import (
    Job,
    Progress,
    check_builder,
    produce,
    silent,
    targets,
)
from thumbling.api.project_file import load_project_file
from thumbling.api.user_data import read_user_data
from thumbling.boards import load_board
from thumbling.frontends import lower
from thumbling.frontends.model_file import load_model
from thumbling.model_name import default_name
from thumbling.pipeline import Compilation, Options, compile_model


def compile(
    model: Any,
    *,
    data: Any = None,
    target: Any = None,
    board: str,
    name: str | None = None,
    input_type: str = "float32",
    input_scale: float | Sequence[float] | str | None = None,
    input_offset: float | Sequence[float] | None = None,
    output: str | None = None,
    precision: str = "auto",
    optimize: str = "balanced",
    constants: str = "inline",
    builder: str = "auto",
    verify: str | Sequence[str] = ("host", "unicorn"),
    max_flash: int | None = None,
    max_ram: int | None = None,
    max_latency_us: float | None = None,
    out: str | Path | None = None,
    dump_ir: str | Path | None = None,
    trust: bool = False,
    allow_pickle: bool | None = None,
    progress: Progress | None = None,
    warn: Progress | None = None,
) -> Compiled:
    """Compile `model` (a trained estimator or a model file) for `board`, build, verify, report.

    `data` (an array, a frame or a data file) gives ranges, fidelity figures and test vectors;
    `target`, an array or the name of a column, what the model should say of them.
    `input_type` is the type of the features in C; `input_scale` and `input_offset`, one number
    or one per feature, say what a stored one means: `real = stored * scale + offset`; the scale
    "auto" takes both from the data, so that least is lost. `output`
    is label, proba, score, value or all; `precision` int8, int16 or auto; `optimize` speed, size
    or balanced; `constants` inline, or block: apart from the code, so that those of a new model can
    take their place; `builder` platformio, gcc, zig, none or auto; `verify` names targets, such as
    "host" or ("host", "unicorn", "qemu"). `max_flash` and `max_ram` are bytes of the image.
    `out` is the output folder; without it the files live in a temporary one. `dump_ir` is a folder
    for the printed graph after each stage. `allow_pickle` None
    is what the project file says, True without one. Raises the errors of `thumbling.errors`,
    `VerificationError` for one differing bit; then `out` is left as it was.
    """
    tell = progress or silent
    check_builder(builder)
    target_board = load_board(board)
    tell("reading the model")
    estimator, model_sha, file_name = read_model(model, trust, allow_pickle, warn or _warn)
    tell_doubt = warn or _warn
    user = read_user_data(
        data,
        target,
        estimator=estimator,
        source=lower(estimator),
        input_type=input_type,
        warn=tell_doubt,
    )
    options = make_options(
        name=default_name(file_name) if name is None else name,
        input_type=input_type,
        input_scale=input_scale,
        input_offset=input_offset,
        output=output,
        precision=precision,
        optimize=optimize,
        constants=constants,
    )
    budget = Budget(max_flash=max_flash, max_ram=max_ram, max_latency_us=max_latency_us)
    if builder == "none" and budget != Budget():
        tell_doubt("nothing is built, so no budget is checked")
    chosen = {
        **_plain(options),
        "name": name,
        "board": target_board.name,
        "data": data,
        "target": target,
        "builder": builder,
        "verify": (verify,) if isinstance(verify, str) else tuple(verify),
        **asdict(budget),
    }
    origin = origin_of(model, model_sha, chosen)
    job = Job(
        board=target_board,
        optimize=options.optimize,
        told=_plain(options),
        model_sha256=model_sha,
        data_sha256=user.sha256,
        builder=builder,
        verify=targets(verify, builder),
        budget=budget,
        command=origin.command,
    )

    def make() -> Compilation:
        compilation = compile_model(
            estimator, options, user.rows, user.truth, origin.header_lines()
        )
        for doubt in doubts(compilation, options, user.rows):
            tell_doubt(doubt)
        if dump_ir is not None:
            write_stages(Path(dump_ir), compilation, options.optimize, options.constants)
        return compilation

    return produce(job, options.name, make, Path(out) if out is not None else None, tell)


def read_model(
    model: Any, trust: bool, allow_pickle: bool | None, warn: Progress
) -> tuple[Any, str | None, str]:
    """The estimator, its file's hash and the name of that file, for an estimator or a path."""
    if not isinstance(model, str | Path):
        return model, None, "model"
    path = Path(model)
    if allow_pickle is None:
        allow_pickle = load_project_file(Path.cwd()).allow_pickle
    loaded = load_model(path, trust=trust, allow_pickle=allow_pickle, warn=warn)
    return loaded.estimator, loaded.sha256, path.name.partition(".")[0]


def make_options(**given: Any) -> Options:
    """Options from the arguments of `compile` that are not None."""
    for key in ("input_scale", "input_offset"):
        value = given[key]
        if value is not None and not isinstance(value, int | float | str):
            given[key] = tuple(float(v) for v in value)
    return Options(**{key: value for key, value in given.items() if value is not None})


def _plain(options: Options) -> dict[str, Any]:
    """The options of the model itself, as plain values; its name is told elsewhere."""
    return {key: value for key, value in asdict(options).items() if key != "name"}


def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=4)
