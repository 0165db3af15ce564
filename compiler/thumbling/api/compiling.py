# SPDX-License-Identifier: MIT
"""The main job: model -> C -> firmware -> build -> verify -> measure -> report, in one folder."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from thumbling.api.assemble import report_of, write_documents
from thumbling.api.budget import Budget, check_budget
from thumbling.api.compiled import Compiled
from thumbling.api.doubts import doubts
from thumbling.api.dumping import write_stages
from thumbling.api.folder import MODEL, VECTORS, OutputFolder, compare, require_identical
from thumbling.api.origin import Origin, origin_of
from thumbling.api.output_folder import TemporaryHome, staged
from thumbling.api.project_file import load_project_file
from thumbling.api.user_data import UserData, read_user_data
from thumbling.boards import Board, load_board
from thumbling.errors import OptionError
from thumbling.firmware import Build, build_firmware, render_project
from thumbling.frontends import lower
from thumbling.frontends.model_file import load_model
from thumbling.ir.serialize import graph_to_json
from thumbling.model_name import default_name
from thumbling.options import option
from thumbling.pipeline import Compilation, Options, compile_model
from thumbling.report import Report, Verification
from thumbling_hil.targets.by_name import TARGETS

_FLAGS = {"speed": "-O2", "balanced": "-O2", "size": "-Os"}
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Job:
    """Everything that is known before the first file is written."""

    board: Board
    options: Options
    estimator: Any
    model_sha256: str | None
    data: UserData
    builder: str
    verify: tuple[str, ...]
    budget: Budget
    dump_ir: Path | None
    origin: Origin


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
    tell = progress or _silent
    builders = option("builder").choices
    if builder not in builders:
        raise OptionError(f"builder {builder!r} is none of {', '.join(builders)}")
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
    job = _Job(
        board=target_board,
        options=options,
        estimator=estimator,
        model_sha256=model_sha,
        data=user,
        builder=builder,
        verify=_targets(verify, builder),
        budget=budget,
        dump_ir=None if dump_ir is None else Path(dump_ir),
        origin=origin_of(model, model_sha, chosen),
    )
    return _run(job, Path(out) if out is not None else None, tell, tell_doubt)


def _targets(verify: str | Sequence[str], builder: str) -> tuple[str, ...]:
    """What to verify on; where nothing is built that is the host at most."""
    given = (verify,) if isinstance(verify, str) else tuple(verify)
    for name in given:
        if name not in ("host", *TARGETS):
            raise OptionError(
                f"verify {name!r} is no target", hint=f"known targets: host, {', '.join(TARGETS)}"
            )
    return tuple(name for name in given if builder != "none" or name == "host")


def _run(job: _Job, out: Path | None, tell: Progress, warn: Progress) -> Compiled:
    home = None
    if out is None:
        home = TemporaryHome()
        out = home.path / job.options.name
    with staged(out) as stage:
        tell("compiling the model to C")
        data = job.data
        compilation = compile_model(
            job.estimator, job.options, data.rows, data.truth, job.origin.header_lines()
        )
        for doubt in doubts(compilation, job.options, data.rows):
            warn(doubt)
        if job.dump_ir is not None:
            write_stages(job.dump_ir, compilation, job.options.optimize)
        report = _produce(job, compilation, stage, tell)
    folder = OutputFolder(path=out, graph=compilation.graph)
    return Compiled(graph=compilation.graph, folder=folder, report=report, _home=home)


def _produce(job: _Job, compilation: Compilation, stage: Path, tell: Progress) -> Report:
    """Fill the folder `stage`; give its report."""
    graph = compilation.graph
    (stage / MODEL).write_text(graph_to_json(graph), encoding="utf-8", newline="\n")
    vectors: dict[str, Any] = {"X": compilation.vectors, **compilation.expected}
    np.savez(stage / VECTORS, **vectors)
    flag = _FLAGS[job.options.optimize]
    render_project(compilation.c, job.board, stage, optimization=flag)
    build = None
    if job.builder != "none":
        build = build_firmware(stage, job.board, job.builder, tell)
    verification = _verify(job, compilation, stage, build, tell)
    if build is not None:
        tell("measuring cost")
    report = report_of(
        compilation=compilation,
        board=job.board,
        build=build,
        verification=verification,
        options={
            **_plain(job.options),
            "builder": job.builder,
            "verify": list(job.verify),
        },
        command=job.origin.command,
        timed="unicorn" in job.verify or job.budget.max_latency_us is not None,
    )
    check_budget(report, job.budget)
    write_documents(
        stage,
        report=report,
        facts=compilation.c.facts,
        model_sha256=job.model_sha256 or _digest(graph_to_json(graph)),
        data_sha256=job.data.sha256,
        compiler=build.compiler if build is not None else "none",
    )
    return report


def _verify(
    job: _Job, compilation: Compilation, stage: Path, build: Build | None, tell: Progress
) -> tuple[Verification, ...]:
    results = []
    for on in job.verify:
        tell(f"verifying on {on}")
        results.append(
            compare(
                on,
                graph=compilation.graph,
                stored=compilation.vectors,
                elf=build.elf if build is not None else None,
                board=job.board,
                src_dir=stage / "src",
            )
        )
    require_identical(tuple(results))
    return tuple(results)


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


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _silent(_: str) -> None:
    """Progress that nobody asked for."""


def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=4)
