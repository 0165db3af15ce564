# SPDX-License-Identifier: MIT
"""The Typer application: all commands together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

import thumbling
from thumbling.cli import (
    audit_command,
    compile_command,
    folder_commands,
    list_commands,
)
from thumbling.cli.declared import READERS
from thumbling.cli.session import say
from thumbling.errors import EXIT_CODES
from thumbling.options import OPTIONS, Kind

# Typer carries a Click of its own from some version on; this is its ClickException in either.
_ClickException: type[Exception] = typer.BadParameter.__mro__[2]


_INTERRUPTED = 130


class UsageProblem(Exception):
    """The arguments mean nothing; `message` says why, `hint` what to read."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class _PlainHelp:
    """Help without the Python type of what takes no value: `--json`, not `--json <bool>`."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, those of flags and counts with no name of a value."""
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            if getattr(param, "is_flag", False) or getattr(param, "count", False):
                param.metavar = ""
        return params


class _Command(_PlainHelp, TyperCommand):
    """One command."""


class _Group(_PlainHelp, TyperGroup):
    """All commands."""


_EPILOG: Final = (
    "\n".join(
        ("Exit codes:", *(f"[bold]{code:>3}[/]  {text}" for code, text in EXIT_CODES.items()))
    )
    + "\n\nStart with: thumbling demo"
)

app = typer.Typer(
    name="thumbling",
    help="Compile trained models to exact fixed-point C for Cortex-M, and prove it on the chip.",
    epilog=_EPILOG,
    cls=_Group,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"thumbling {thumbling.__version__}", error=False)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Compile trained models to exact fixed-point C for Cortex-M, and prove it on the chip."""


compile_command.add_to(app)
folder_commands.add_to(app)
audit_command.add_to(app)
list_commands.add_to(app)
for _registered in app.registered_commands:
    _registered.cls = _Command


def _defaults(arguments: list[str]) -> dict[str, Any]:
    """Click's defaults from the project file, where the command is one that reads it."""
    command = arguments[0] if arguments else ""
    if command not in ("compile", "audit") or {"-h", "--help"} & set(arguments):
        return {}
    from thumbling.api.project_file import load_project_file

    project = load_project_file(Path.cwd())
    for option in OPTIONS:
        if option.kind in (Kind.SIZE, Kind.TIME):
            READERS[option.kind](
                project.options.get(option.name), f"{project.where}: {option.name}"
            )
    options = dict(project.options)
    if command == "audit":
        # What `compile` puts out besides label and value cannot be compared with other tools.
        options.pop("output", None)
    return {command: {**options, "no_pickle": not project.allow_pickle}}


def run_app(arguments: list[str]) -> int:
    """Run one command; its exit code. Raises `UsageProblem` and whatever the command raises."""
    try:
        result: Any = app(
            args=arguments,
            standalone_mode=False,
            prog_name="thumbling",
            default_map=_defaults(arguments),
        )
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except typer.Exit as leave:
        return leave.exit_code
    except _ClickException as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(str(error))
            return 2
        # A missing option has its message only when asked for it in words.
        worded = getattr(error, "format_message", None)
        message = str(worded() if worded is not None else error).replace(": Value error, ", ": ")
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "thumbling"
        raise UsageProblem(message.rstrip("."), f"see `{command} --help`") from error
    if result == _INTERRUPTED:
        raise KeyboardInterrupt  # which some releases of Typer turn into this number
    return result if isinstance(result, int) else 0
