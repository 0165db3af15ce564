# SPDX-License-Identifier: MIT
"""Commands on an output folder: verify, report, predict, inspect, flash."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thumbling.cli import values
from thumbling.cli.session import Json, Quiet, Session, Verbose

if TYPE_CHECKING:
    from thumbling.api import OutputFolder

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `compile` made.")]
Port = Annotated[
    str | None, typer.Option("--port", metavar="PORT", help="Serial port of the board.")
]

_MOST_SAMPLES = 10_000_000


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("verify", epilog="Example: thumbling verify out --on host,unicorn --junit v.xml")(
        verify
    )
    app.command("report", epilog="Example: thumbling report out --open")(report)
    app.command("predict", epilog="Example: thumbling predict out --data test.csv --json")(predict)
    app.command("inspect", epilog="Example: thumbling inspect out/firmware.elf")(inspect)
    app.command("flash", epilog="Example: thumbling flash out --port /dev/ttyACM0")(flash)


def verify(
    folder: Folder,
    on: Annotated[
        str,
        typer.Option(
            "--on", metavar="TARGETS", help="host,unicorn,qemu,renode,serial: one or more."
        ),
    ],
    data: Annotated[Path | None, typer.Option(metavar="FILE", help="Rows to verify with.")] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=_MOST_SAMPLES,
            metavar="N",
            help="So many vectors: fewer, or more made ones.",
        ),
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a JUnit report.")
    ] = None,
    port: Port = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Changed files and targets that cannot be asked fail too."),
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Compare the firmware with the reference, bit for bit."""
    from thumbling.api import OutputFolder
    from thumbling.cli.junit import junit_report
    from thumbling.cli.strict import nothing_left_out, refuse_changed
    from thumbling.errors import UsageError, VerificationError
    from thumbling.report.text import verification_table
    from thumbling.vectors import sample_rows

    session = Session(json=json, quiet=quiet, verbose=verbose)
    targets = values.targets(on, "--on")
    if not targets:
        raise UsageError(
            "--on none verifies nothing", hint=f"name some of {values.known_targets()}"
        )
    output = OutputFolder.open(folder)
    changed = output.changed_files()
    for name in changed:
        session.warn(_difference(output, name))
    stored = output.vectors() if data is None else _stored(output, data, session)
    if samples is not None:
        stored = sample_rows(output.graph, stored, samples)
    with session.progress() as tell, junit_report(junit, targets) as cases:
        if strict:
            refuse_changed(changed)
        for target in targets:
            tell(f"verifying on {target}")
            with nothing_left_out(target, strict=strict):
                cases.append(output.verify(target, stored, port))
    results = cases.results
    session.emit(
        {
            "verification": [asdict(result) for result in results],
            "warnings": session.warnings,
        },
        None if quiet else verification_table(results),
    )
    return VerificationError.exit_code if any(result.mismatches for result in results) else 0


def _difference(output: OutputFolder, name: str) -> str:
    if not (output.path / name).exists():
        return f"{name}, which manifest.json names, is not there any more"
    return f"{name} is not the file that manifest.json names: somebody changed it"


def _stored(output: OutputFolder, data: Path, session: Session) -> Any:
    """The stored rows of a data file, with a warning where they say less than they seem to."""
    rows = output.read_data(data)
    for doubt in output.doubts(rows):
        session.warn(doubt)
    return output.store(rows)


def report(
    folder: Folder,
    open_: Annotated[bool, typer.Option("--open", help="Open report.html.")] = False,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Show what `compile` measured."""
    from thumbling.api import OutputFolder
    from thumbling.report.text import render_text

    session = Session(json=json, quiet=quiet, verbose=verbose)
    output = OutputFolder.open(folder)
    document = output.report
    session.emit(document.to_dict(), render_text(document))
    if open_:
        typer.launch((output.path / "report.html").resolve().as_uri())
    return 0


def predict(
    folder: Folder,
    data: Annotated[
        Path, typer.Option("--data", metavar="FILE", help="CSV, JSON, NPZ, Parquet or the like.")
    ],
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """What the chip will answer, by the reference."""
    from thumbling.api import OutputFolder
    from thumbling.cli.predictions import records, table

    session = Session(json=json, quiet=quiet, verbose=verbose)
    output = OutputFolder.open(folder)
    rows = output.read_data(data)
    for doubt in output.doubts(rows):
        session.warn(doubt)
    found = output.outputs(rows)
    columns = {field: stored.reshape(len(stored), -1) for field, stored in found.items()}
    document: dict[str, Any] = {}
    if json:
        document["outputs"] = {field: stored.tolist() for field, stored in found.items()}
        document["records"] = records(output.graph, columns)
        document["warnings"] = session.warnings
    session.emit(document, table(output.graph, columns))
    return 0


def inspect(
    path: Annotated[
        Path | None, typer.Argument(metavar="PATH", help="Output folder or ELF.")
    ] = None,
    port: Port = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Which model is in this folder, ELF or board."""
    from thumbling.cli.inspecting import in_words, inspect_board, inspect_path
    from thumbling.cli.tables import key_values
    from thumbling.errors import UsageError

    session = Session(json=json, quiet=quiet, verbose=verbose)
    if (path is None) == (port is None):
        raise UsageError("give a PATH or --port", hint="see `thumbling inspect --help`")
    document: dict[str, Any]
    document = inspect_board(port) if port is not None else inspect_path(path or Path())
    session.emit(document, None if json else key_values(in_words(document)))
    return 0


def flash(
    folder: Folder,
    port: Port = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> int:
    """Put the firmware on the board."""
    from thumbling.api import OutputFolder
    from thumbling.cli.flashing import flash_folder

    session = Session(json=json, quiet=quiet, verbose=verbose)
    output = OutputFolder.open(folder)
    with session.progress() as tell:
        tool = flash_folder(output, port, tell)
    session.emit({"flashed": output.graph.name, "with": tool}, f"flashed with {tool}")
    return 0
