# SPDX-License-Identifier: MIT
"""Every class of error has its exit code, every command its help, and README says the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.cli.conftest import Run

from thumbling.cli import running
from thumbling.cli.app import app
from thumbling.errors import (
    EXIT_CODES,
    BudgetError,
    InternalError,
    MissingToolError,
    TargetError,
    ThumblingError,
    UnverifiedError,
    UsageError,
    VerificationError,
    all_errors,
)

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
COMMANDS: dict[str, Any] = getattr(typer.main.get_command(app), "commands", {})
# By the first class of a line that an error descends from.
CODES = (
    (TargetError, 1),
    (UsageError, 2),
    (MissingToolError, 3),
    (BudgetError, 4),
    (VerificationError, 5),
    (InternalError, 70),
    (ThumblingError, 1),
)


@pytest.mark.parametrize("error", all_errors(), ids=lambda error: error.__name__)
def test_every_error_ends_in_its_code_and_one_document(
    error: type[ThumblingError],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    wanted = next(code for kind, code in CODES if issubclass(error, kind))
    assert wanted in EXIT_CODES

    def fail(_: list[str]) -> int:
        print("a library prints")
        raise error("what and why", hint="what to do")

    monkeypatch.setattr(running, "run_app", fail)
    assert running.run(["boards", "--json"]) == wanted
    out, err = capfd.readouterr()
    body = {"code": error.code, "message": "what and why", "hint": "what to do"}
    assert json.loads(out) == {"error": body}
    assert running.run(["boards"]) == wanted
    out, err = capfd.readouterr()
    assert err == "error: what and why\nhint: what to do\n"


def test_each_class_has_a_word_of_its_own() -> None:
    codes = [error.code for error in all_errors()]
    assert len(set(codes)) == len(codes)
    assert UnverifiedError.exit_code == VerificationError.exit_code == 5


def test_the_system_is_not_our_bug(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def end(error: Exception) -> tuple[int, dict[str, str]]:
        def fail(_: list[str]) -> int:
            raise error

        monkeypatch.setattr(running, "run_app", fail)
        code = running.run(["boards", "--json"])
        document: dict[str, dict[str, str]] = json.loads(capfd.readouterr().out)
        return code, document["error"]

    code, body = end(OSError(28, "No space left on device", "out/model.c"))
    assert (code, body["code"]) == (1, "output")
    assert "out/model.c: No space left on device" in body["message"]
    code, body = end(FileNotFoundError(2, "No usable temporary directory found in ['/tmp']"))
    assert (code, body["code"]) == (1, "output")
    code, body = end(FileNotFoundError(2, "No such file or directory", "ours.h"))
    assert (code, body["code"]) == (70, "internal")
    assert end(KeyError("x"))[0] == 70


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_has_an_example_and_no_python_types(run: Run, name: str) -> None:
    done = run(*([name] if name else []), "--help")
    assert done.code == 0
    assert not re.search(r"<(bool|int)>", done.out)
    if name:
        assert f"Example: thumbling {name}" in done.out
    else:
        for code, meaning in EXIT_CODES.items():
            assert re.search(rf"\b{code}\s+{re.escape(meaning)}", " ".join(done.out.split()))


def test_readme_says_what_the_codes_mean() -> None:
    for code, meaning in EXIT_CODES.items():
        assert f"| {code} | {meaning}" in README


# What every command says to arguments that mean nothing: one document, exit code 2.
WRONG: dict[str, tuple[object, ...]] = {
    "compile": ("m.joblib", "--board", "nucleo-f999"),
    "demo": ("--board", "nucleo-f999"),
    "verify": ("out", "--on", "unicron"),
    "report": (),
    "predict": ("out",),
    "inspect": (),
    "flash": (),
    "audit": ("m.joblib", "--board", "nucleo-f999"),
    "boards": ("nucleo-f999",),
    "models": ("--nothing",),
    "doctor": ("--nothing",),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_called_wrongly(run: Run, name: str) -> None:
    done = run(name, *WRONG[name], "--json")
    assert done.code == 2, done.err
    body = done.document["error"]
    assert body["message"]
    assert body["hint"]
    assert "Traceback" not in done.err


# Commands that are given a folder or model which is not there: the file is at fault.
@pytest.mark.parametrize(
    "arguments",
    [
        ("compile", "absent.joblib", "--board", "nucleo-f401"),
        ("audit", "absent.joblib"),
        ("verify", "absent", "--on", "host"),
        ("report", "absent"),
        ("predict", "absent", "--data", "absent.csv"),
        ("inspect", "absent.elf"),
        ("flash", "absent"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_every_command_given_a_file_that_is_not_there(
    run: Run, arguments: tuple[object, ...]
) -> None:
    done = run(*arguments, "--json")
    assert done.code == 1, done.err
    assert done.document["error"]["hint"]
