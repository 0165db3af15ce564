# SPDX-License-Identifier: MIT
"""`thumbling audit`: the same model by other tools, beside ours."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from thumbling.cli import values
from thumbling.cli.compile_command import Board, InputType, Precision
from thumbling.cli.session import Json, Quiet, Session, Verbose


class ComparedOutput(StrEnum):
    """What tools are compared by."""

    LABEL = "label"
    VALUE = "value"


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(
        "audit",
        epilog="Example: thumbling audit model.joblib --data test.csv --board nucleo-g071",
    )(audit)


def audit(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The trained model's file.")],
    data: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Rows to compare on, any data file; or made ones."),
    ] = None,
    board: Board = "nucleo_f401re",
    input_type: Annotated[
        InputType, typer.Option(metavar="TYPE", help="What our C is given, as in `compile`.")
    ] = InputType.FLOAT32,
    input_scale: Annotated[
        str | None,
        typer.Option(
            metavar="X|FILE|auto", help="real = stored * scale + offset, as in `compile`."
        ),
    ] = None,
    input_offset: Annotated[
        str | None, typer.Option(metavar="X|FILE", help="Number or file, per feature.")
    ] = None,
    output: Annotated[
        ComparedOutput | None, typer.Option(metavar="FIELD", help="label, or value of a regressor.")
    ] = None,
    precision: Annotated[
        Precision, typer.Option(metavar="WIDTH", help="Our weights, as in `compile`.")
    ] = Precision.AUTO,
    peers: Annotated[
        str | None,
        typer.Option(metavar="TOOLS", help="Some of m2cgen,emlearn,micromlgen; all if absent."),
    ] = None,
    samples: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="At most so many rows.")
    ] = None,
    trust: Annotated[bool, typer.Option("--trust", help="No warning about pickles.")] = False,
    no_pickle: Annotated[bool, typer.Option("--no-pickle", help="Refuse pickles.")] = False,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Set m2cgen, emlearn and micromlgen beside ours: size, cycles, rows that disagree."""
    from thumbling.api import audit as run_audit
    from thumbling.cli.audit_table import audit_text

    session = Session(json=json, quiet=quiet, verbose=verbose)
    with session.progress() as tell:
        result = run_audit(
            model,
            data=data,
            board=board,
            input_type=input_type.value,
            input_scale=values.scale(input_scale, "--input-scale"),
            input_offset=values.per_feature(input_offset, "--input-offset"),
            output=output.value if output is not None else None,
            precision=precision.value,
            peers=None if peers is None else [n.strip() for n in peers.split(",") if n.strip()],
            samples=samples,
            trust=trust,
            allow_pickle=False if no_pickle else None,
            progress=tell,
            warn=session.warn,
        )
    session.emit({"audit": result.to_dict()}, audit_text(result, examples=verbose > 0))
    return 0
