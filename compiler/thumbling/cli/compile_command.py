# SPDX-License-Identifier: MIT
"""`thumbling compile` and `thumbling demo`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group

from thumbling.cli import values
from thumbling.cli.session import Json, Quiet, Session, Verbose


class InputType(StrEnum):
    """Stored types of the input."""

    FLOAT32 = "float32"
    INT8 = "int8"
    UINT8 = "uint8"
    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"


class OutputChoice(StrEnum):
    """What the output struct holds."""

    LABEL = "label"
    PROBA = "proba"
    SCORE = "score"
    VALUE = "value"
    ALL = "all"


class Precision(StrEnum):
    """Width of a linear model's weights."""

    AUTO = "auto"
    INT8 = "int8"
    INT16 = "int16"


class Optimize(StrEnum):
    """What the C is optimised for."""

    SPEED = "speed"
    SIZE = "size"
    BALANCED = "balanced"


class Builder(StrEnum):
    """Who builds the firmware."""

    AUTO = "auto"
    PLATFORMIO = "platformio"
    GCC = "gcc"
    ZIG = "zig"
    NONE = "none"


_INPUT, _CODE = "What goes in", "What comes out"
_BUILD, _BUDGET = "Build and verification", "Budgets, exit code 4 where not met"

Board = Annotated[
    str,
    typer.Option("--board", "-b", metavar="BOARD", help="Such as nucleo-f401; see `boards`."),
]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(
        "compile",
        epilog="Example: thumbling compile model.joblib --board nucleo-f401 --data test.csv -o out",
    )(compile_)
    app.command("demo", epilog="Example: thumbling demo --board nucleo-g071")(demo)


def compile_(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The trained model's file.")],
    board: Board,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Rows for ranges, fidelity, vectors: CSV, JSON, NPY, NPZ, Parquet or Feather.",
            rich_help_panel=_INPUT,
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Of --data: what the model should say, for accuracy; else one named target, y ..",
            rich_help_panel=_INPUT,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            *("--out", "-o"),
            metavar="DIR",
            help="The output folder; NAME_BOARD if absent.",
            rich_help_panel=_CODE,
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What the C is called; the model file's name if absent.",
            rich_help_panel=_CODE,
        ),
    ] = None,
    input_type: Annotated[
        InputType,
        typer.Option(
            metavar="TYPE",
            help="Of the features in C: float32, int8, uint8, int16, uint16 or int32.",
            rich_help_panel=_INPUT,
        ),
    ] = InputType.FLOAT32,
    input_scale: Annotated[
        str | None,
        typer.Option(
            metavar="X|FILE|auto",
            help="real = stored * scale + offset; a number, one per feature (1,2,3 or a file), or"
            " auto: scale and offset that lose least on --data.",
            rich_help_panel=_INPUT,
        ),
    ] = None,
    input_offset: Annotated[
        str | None,
        typer.Option(
            metavar="X|FILE",
            help="A number, or a file with one per feature.",
            rich_help_panel=_INPUT,
        ),
    ] = None,
    output: Annotated[
        OutputChoice | None,
        typer.Option(
            metavar="FIELDS",
            help="label, proba, score, value or all; if absent label, or value of a regressor.",
            rich_help_panel=_CODE,
        ),
    ] = None,
    precision: Annotated[
        Precision,
        typer.Option(
            metavar="WIDTH",
            help="Weights of a linear model: int8, int16 or auto.",
            rich_help_panel=_CODE,
        ),
    ] = Precision.AUTO,
    optimize: Annotated[
        Optimize,
        typer.Option(
            metavar="AIM", help="What matters most: speed, size or balanced.", rich_help_panel=_CODE
        ),
    ] = Optimize.BALANCED,
    max_flash: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="Such as 64KiB.", rich_help_panel=_BUDGET),
    ] = None,
    max_ram: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="Such as 8KiB.", rich_help_panel=_BUDGET),
    ] = None,
    max_latency: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Of the slowest sample, such as 500us.", rich_help_panel=_BUDGET
        ),
    ] = None,
    builder: Annotated[
        Builder,
        typer.Option(
            metavar="BUILDER",
            help="platformio, gcc, zig or none; auto takes the first that is installed.",
            rich_help_panel=_BUILD,
        ),
    ] = Builder.AUTO,
    verify: Annotated[
        str,
        typer.Option(
            metavar="TARGETS",
            help="none, or some of host,unicorn,qemu,renode; auto: host and unicorn.",
            rich_help_panel=_BUILD,
        ),
    ] = "auto",
    trust: Annotated[
        bool,
        typer.Option("--trust", help="No warning about pickles.", rich_help_panel=_INPUT),
    ] = False,
    no_pickle: Annotated[
        bool, typer.Option("--no-pickle", help="Refuse pickles.", rich_help_panel=_INPUT)
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Turn a trained model into verified firmware: the main job."""
    from thumbling.api import compile
    from thumbling.boards import load_board
    from thumbling.model_name import default_name
    from thumbling.report.text import render_text
    from thumbling.report.words import auto_took

    session = Session(json=json, quiet=quiet, verbose=verbose)
    if out is None:
        word = name or default_name(model.name.partition(".")[0])
        out = Path(f"{word}_{load_board(board).name}")
    with session.progress() as tell:
        result = compile(
            model,
            data=data,
            target=target,
            board=board,
            name=name,
            input_type=input_type.value,
            input_scale=values.scale(input_scale, "--input-scale"),
            input_offset=values.per_feature(input_offset, "--input-offset"),
            output=output.value if output is not None else None,
            precision=precision.value,
            optimize=optimize.value,
            builder=builder.value,
            verify=_targets(verify, builder, session),
            max_flash=values.size(max_flash, "--max-flash"),
            max_ram=values.size(max_ram, "--max-ram"),
            max_latency_us=values.microseconds(max_latency, "--max-latency"),
            out=out,
            trust=trust,
            allow_pickle=not no_pickle,
            progress=tell,
            warn=session.warn,
        )
    session.emit(result.report.to_dict(), None if quiet else render_text(result.report))
    if options := auto_took(result.report):
        session.note(f"--input-scale auto is, without data: {options}")
    session.note(f"written to {out}: open {out / 'report.html'}")
    return 0


def _targets(text: str, builder: Builder, session: Session) -> tuple[str, ...]:
    from thumbling.errors import MissingToolError, OptionError

    if text != "auto":
        names = values.targets(text, "--verify")
        if "serial" in names:
            raise OptionError(
                "--verify serial: the board does not hold this firmware yet",
                hint="compile, `thumbling flash DIR`, then `thumbling verify DIR --on serial`",
            )
        left_out = [name for name in names if name != "host"]
        if left_out and builder is Builder.NONE:
            session.warn(f"nothing is built, so it is not verified on {', '.join(left_out)}")
        return names
    from thumbling_hil.targets.host import find_host_compiler

    try:
        find_host_compiler()
    except MissingToolError:
        session.note("no C compiler for this machine: not verified on the host")
        return ("unicorn",)
    return ("host", "unicorn")


def demo(
    board: Board = "nucleo-f401",
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="The folder of both outputs.")
    ] = Path("thumbling-demo"),
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Train two small models on real data and do the main job on them."""
    from thumbling.cli.demo import run_demo
    from thumbling.report.text import render_text

    session = Session(json=json, quiet=quiet, verbose=verbose)
    reports = []
    with session.progress() as tell:
        for report in run_demo(board, out, _targets("auto", Builder.AUTO, session), tell):
            reports.append(report)
    document = {"reports": [report.to_dict() for report in reports]}
    session.emit(document, None if quiet else Group(*map(render_text, reports)))
    session.note("")
    pages = " and ".join(str(out / report.name / "report.html") for report in reports)
    session.note(f"written to {out}: open {pages}")
    session.note("now your own: thumbling compile model.joblib --board " + board)
    return 0
