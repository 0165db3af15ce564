# SPDX-License-Identifier: MIT
"""The declared options against every face that has them: signatures, commands, project file."""

from __future__ import annotations

import dataclasses
import inspect
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

import thumbling
from thumbling.api.budget import Budget
from thumbling.api.origin import Origin
from thumbling.api.project_file import load_project_file
from thumbling.cli.app import app, run_app
from thumbling.errors import ProjectFileError
from thumbling.ir import DType
from thumbling.ir.verifier import FIELDS
from thumbling.options import OPTIONS, TARGETS, Kind, Variable, command_line, in_lines, option
from thumbling.pipeline import Options
from thumbling_hil.targets.by_name import TARGETS as OPENED

# What is no choice about the result: the model itself, and who is told of what happens.
_AROUND = {"model", "progress", "warn"}
_OF_AUDIT = {"peers", "samples"}


def _keywords(function: Callable[..., Any]) -> dict[str, Any]:
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.name not in _AROUND}


def test_python_takes_every_option_with_its_default() -> None:
    taken = _keywords(thumbling.compile)
    assert set(taken) == {o.keyword for o in OPTIONS}
    for o in OPTIONS:
        default = inspect.Parameter.empty if o.required else o.default
        assert taken[o.keyword] == default, o.name


def test_audit_takes_some_of_them_with_the_same_defaults() -> None:
    taken = _keywords(thumbling.audit)
    declared = {o.keyword: o for o in OPTIONS}
    assert taken.keys() - _OF_AUDIT <= declared.keys()
    for name, default in taken.items():
        if name not in {*_OF_AUDIT, "board"}:
            assert default == declared[name].default, name


@pytest.mark.parametrize("record", [Options, Budget])
def test_records_have_the_declared_defaults(record: Any) -> None:
    declared = {o.keyword: o for o in OPTIONS}
    for field in dataclasses.fields(record):
        expected = "model" if field.name == "name" else declared[field.name].default
        assert field.default == expected, field.name


def test_choices_are_what_the_house_knows() -> None:
    assert set(option("input_type").choices) == {dtype.value for dtype in DType}
    assert option("output").choices == (*FIELDS, "all")
    assert ("host", *OPENED) == TARGETS


def _command(name: str) -> Any:
    return typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]


def test_the_command_line_has_every_option() -> None:
    parameters = {p.name: p for p in _command("compile").params}
    for o in OPTIONS:
        made = parameters[o.parameter]
        assert made.opts == [o.flag, *([o.short] if o.short else [])]
        assert made.help == o.help
        assert made.required == o.required
    own = {"model", "json", "quiet", "verbose", "help"}
    assert parameters.keys() - own == {o.parameter for o in OPTIONS}


_IN_TOML = {
    Kind.SWITCH: "false",
    Kind.BOARD: '"nucleo-f401"',
    Kind.TARGETS: '["host"]',
    Kind.SIZE: '"1KiB"',
    Kind.TIME: "500",
    Kind.NUMBERS: "0.5",
    Kind.SCALE: '"auto"',
}


@pytest.mark.parametrize("o", OPTIONS, ids=lambda o: o.name)
def test_the_project_file_has_those_of_a_team(o: Any, tmp_path: Path) -> None:
    value = f'"{o.choices[-1]}"' if o.kind is Kind.CHOICE else _IN_TOML.get(o.kind, '"x"')
    (tmp_path / "thumbling.toml").write_text(f"{o.name} = {value}\n", encoding="utf-8")
    if not o.in_project:
        with pytest.raises(ProjectFileError, match=f"{o.name} is not a key"):
            load_project_file(tmp_path)
        return
    project = load_project_file(tmp_path)
    if o.name == "allow_pickle":
        assert not project.allow_pickle
    else:
        assert project.options.keys() == {o.name}


_CHOSEN: list[dict[str, Any]] = [
    {"board": "nucleo_f401re"},
    {"board": "nucleo_g071rb", "input_type": "int16", "input_scale": 0.1, "input_offset": -0.5},
    {"board": "b", "input_scale": (0.1, 1e-07, 3.0), "input_offset": (-1.0, 2.5e10, 0.0)},
    {"board": "b", "input_scale": "auto", "data": Path("a b's.csv"), "target": "-y z"},
    {"board": "b", "output": "all", "precision": "int8", "optimize": "size", "name": "n"},
    {"board": "b", "verify": ("unicorn", "qemu"), "builder": "zig", "trust": True},
    {"board": "b", "max_flash": 65536, "max_ram": 8192, "max_latency_us": 12.5},
    {"board": "b", "verify": (), "allow_pickle": False},
    *(
        {"board": "b", o.keyword: choice}
        for o in OPTIONS
        if o.kind is Kind.CHOICE
        for choice in o.choices
    ),
]


@pytest.mark.parametrize("given", _CHOSEN, ids=str)
def test_a_command_gives_python_what_it_was_made_of(
    given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}

    def compile(model: Any, **options: Any) -> Any:
        seen.update({"model": model, **options})
        raise KeyboardInterrupt

    monkeypatch.setattr("thumbling.api.compile", compile)
    monkeypatch.setattr("thumbling.cli.app._defaults", lambda _: {})
    words = shlex.split(" ".join(command_line("my model.joblib", {**given, "out": Path("o")})))
    with pytest.raises(KeyboardInterrupt):
        run_app(words[1:])
    assert seen["model"] == Path("my model.joblib")
    defaults = {o.keyword: o.default for o in OPTIONS} | {"allow_pickle": True}
    for keyword, value in ({**defaults, **given}).items():
        if keyword not in {"out"}:
            assert seen[keyword] == value, keyword


def test_a_shell_joins_the_lines_of_a_header() -> None:
    given = {
        "board": "nucleo_f401re",
        "data": Path("secret/place/my rows.csv"),
        "input_scale": tuple(j / 7 for j in range(1, 40)),
        "input_type": "int16",
        "optimize": "speed",
    }
    origin = Origin(file="m.joblib", sha256="ab" * 32, options=given)
    said, *lines = origin.header_lines()
    assert said == "Compiled from m.joblib, SHA-256 abababababababab.., by:"
    assert len(lines) > 2
    assert all(len(line) <= 96 or len(line.split()[1]) > 80 for line in lines)
    script = "thumbling() { printf '%s\\n' \"$@\"; }\n" + "\n".join(lines)
    told = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.splitlines() == shlex.split(" ".join(command_line("m.joblib", given)))[1:]
    assert "secret" not in "".join(lines)


def test_what_no_file_holds_is_a_call_of_python() -> None:
    given = {"board": "b", "data": Variable("data"), "input_scale": (0.5, 2.0), "verify": ()}
    of_object = Origin(file=None, sha256=None, options=given)
    call = "thumbling.compile(model, board='b', data=data, input_scale=(0.5, 2.0))"
    assert of_object.header_lines() == ("Compiled from an object in Python by:", call)
    assert of_object.command == call.replace("))", "), verify=())")
    of_file = Origin(file="m.joblib", sha256="cd" * 32, options=given)
    assert of_file.header_lines()[1].startswith("thumbling.compile('m.joblib', board='b'")


def test_lines_are_as_long_as_they_may_be() -> None:
    words = ["aa", "bbb", "c", "dddd", "ee"]
    assert in_lines(words, 9, mark=" \\") == ["aa bbb \\", "    c \\", "    dddd \\", "    ee"]
    assert in_lines(words, 99) == ["aa bbb c dddd ee"]
