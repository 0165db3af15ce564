# SPDX-License-Identifier: MIT
"""Commands that say what is there: boards, models, doctor."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from thumbling.boards import Board, all_boards, load_board
from thumbling.cli.session import Json, Quiet, Session, Verbose


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("boards", epilog="Example: thumbling boards nucleo-f401")(boards)
    app.command("models", epilog="Example: thumbling models --json")(models)
    app.command("doctor", epilog="Example: thumbling doctor")(doctor)


def boards(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="One board, in detail.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Which boards are supported."""
    from thumbling.cli import tables

    session = Session(json=json, quiet=quiet, verbose=verbose)
    items = all_boards() if name is None else (load_board(name),)
    documents = [_document(board) for board in items]
    text = tables.boards(items) if name is None else tables.board_details(items[0])
    session.emit({"boards": documents}, text)
    return 0


def _document(board: Board) -> dict[str, Any]:
    return asdict(board)


def models(json: Json = False, quiet: Quiet = False, verbose: Verbose = 0) -> int:
    """Which models and pipeline steps are supported."""
    from thumbling.cli.tables import plain_table
    from thumbling.frontends import supported

    session = Session(json=json, quiet=quiet, verbose=verbose)
    predictors, stages = supported()
    documents = [
        {"name": name, "role": role}
        for role, names in (("model", predictors), ("step", stages))
        for name in names
    ]
    table = plain_table("Class", "place in a pipeline")
    for item in documents:
        table.add_row(item["name"], "last step" if item["role"] == "model" else "before it")
    session.emit({"models": documents}, table)
    return 0


def doctor(
    platformio_core: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Make a core folder there with which `pio run` needs no network.",
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Which tools are found, which are missing and how to get them."""
    from thumbling.cli import doctor as examination

    session = Session(json=json, quiet=quiet, verbose=verbose)
    if platformio_core is not None:
        from thumbling.firmware.offline_platformio import lay_offline_core

        lay_offline_core(platformio_core)
        made = str(platformio_core.resolve())
        line = Text(f"PLATFORMIO_CORE_DIR={made}", no_wrap=True, overflow="ignore")
        session.emit({"platformio_core": made}, line)
        return 0
    findings = examination.examine()
    session.emit(examination.as_json(findings), examination.as_table(findings))
    return 0
