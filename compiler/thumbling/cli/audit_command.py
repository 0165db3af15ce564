# SPDX-License-Identifier: MIT
"""`thumbling audit`: the same model by other tools, beside ours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from thumbling.cli.declared import takes
from thumbling.cli.session import Json, Quiet, Session, Verbose
from thumbling.options import option

_OPTIONS = (
    replace(option("data"), help="Rows to compare on, any data file; or made ones.", panel=None),
    replace(option("board"), required=False, default="nucleo_f401re"),
    replace(option("input_type"), help="What our C is given, as in `compile`.", panel=None),
    replace(
        option("input_scale"),
        help="real = stored * scale + offset, as in `compile`.",
        panel=None,
    ),
    replace(option("input_offset"), help="Number or file, per feature.", panel=None),
    replace(
        option("output"),
        metavar="FIELD",
        help="label, or value of a regressor.",
        panel=None,
        choices=("label", "value"),
    ),
    replace(option("precision"), help="Our weights, as in `compile`.", panel=None),
    replace(option("trust"), panel=None),
    replace(option("allow_pickle"), panel=None),
)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(
        "audit",
        epilog="Example: thumbling audit model.joblib --data test.csv --board nucleo-g071",
    )(audit)


@takes(*_OPTIONS)
def audit(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The trained model's file.")],
    peers: Annotated[
        str | None,
        typer.Option(metavar="TOOLS", help="Some of m2cgen,emlearn,micromlgen; all if absent."),
    ] = None,
    samples: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="At most so many rows.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    **options: Any,
) -> int:
    """Set m2cgen, emlearn and micromlgen beside ours: size, cycles, rows that disagree."""
    from thumbling.api import audit as run_audit
    from thumbling.cli.audit_table import audit_text

    session = Session(json=json, quiet=quiet, verbose=verbose)
    with session.progress() as tell:
        result = run_audit(
            model,
            **options,
            peers=None if peers is None else [n.strip() for n in peers.split(",") if n.strip()],
            samples=samples,
            progress=tell,
            warn=session.warn,
        )
    session.emit({"audit": result.to_dict()}, audit_text(result, examples=verbose > 0))
    return 0
