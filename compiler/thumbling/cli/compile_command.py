# SPDX-License-Identifier: MIT
"""`thumbling compile` and `thumbling demo`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group

from thumbling.cli import values
from thumbling.cli.declared import takes
from thumbling.cli.session import Json, Quiet, Session, Verbose
from thumbling.options import OPTIONS, option


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(
        "compile",
        epilog="Example: thumbling compile model.joblib --board nucleo-f401 --data test.csv -o out",
    )(compile_)
    app.command("demo", epilog="Example: thumbling demo --board nucleo-g071")(demo)


@takes(*OPTIONS)
def compile_(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The trained model's file.")],
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    **options: Any,
) -> int:
    """Turn a trained model into verified firmware: the main job."""
    from thumbling.api import compile
    from thumbling.boards import load_board
    from thumbling.model_name import default_name
    from thumbling.report.text import render_text
    from thumbling.report.words import auto_took

    session = Session(json=json, quiet=quiet, verbose=verbose)
    out = options["out"]
    if out is None:
        word = options["name"] or default_name(model.name.partition(".")[0])
        out = Path(f"{word}_{load_board(options['board']).name}")
    options |= {"out": out, "verify": _targets(options["verify"], options["builder"], session)}
    with session.progress() as tell:
        result = compile(model, **options, progress=tell, warn=session.warn)
    session.emit(result.report.to_dict(), None if quiet else render_text(result.report))
    if took := auto_took(result.report):
        session.note(f"--input-scale auto is, without data: {took}")
    session.note(f"written to {out}: open {out / 'report.html'}")
    return 0


def _targets(text: str, builder: str, session: Session) -> tuple[str, ...]:
    from thumbling.errors import MissingToolError, OptionError

    if text != "auto":
        names = values.targets(text, "--verify")
        if "serial" in names:
            raise OptionError(
                "--verify serial: the board does not hold this firmware yet",
                hint="compile, `thumbling flash DIR`, then `thumbling verify DIR --on serial`",
            )
        left_out = [name for name in names if name != "host"]
        if left_out and builder == "none":
            session.warn(f"nothing is built, so it is not verified on {', '.join(left_out)}")
        return names
    from thumbling_hil.targets.host import find_host_compiler

    try:
        find_host_compiler()
    except MissingToolError:
        session.note("no C compiler for this machine: not verified on the host")
        return ("unicorn",)
    return ("host", "unicorn")


@takes(
    replace(option("board"), required=False, default="nucleo-f401"),
    replace(
        option("out"),
        help="The folder of both outputs.",
        panel=None,
        default=Path("thumbling-demo"),
    ),
)
def demo(
    board: str,
    out: Path,
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
        for report in run_demo(board, out, _targets("auto", "auto", session), tell):
            reports.append(report)
    document = {"reports": [report.to_dict() for report in reports]}
    session.emit(document, None if quiet else Group(*map(render_text, reports)))
    session.note("")
    pages = " and ".join(str(out / report.name / "report.html") for report in reports)
    session.note(f"written to {out}: open {pages}")
    session.note("now your own: thumbling compile model.joblib --board " + board)
    return 0
