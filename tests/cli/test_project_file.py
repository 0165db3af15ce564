# SPDX-License-Identifier: MIT
"""The project file: it forbids pickles and gives defaults; the command line wins over it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.tree import DecisionTreeClassifier
from tests.cli.conftest import Done, Run

import thumbling
from thumbling.errors import UntrustedModelError

FAST = ("--builder", "none", "--verify", "none", "--trust", "--json")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with model.skops; its subfolder `deep/er` is where commands run."""
    (tmp_path / "deep" / "er").mkdir(parents=True)
    x, y = np.arange(8.0).reshape(4, 2), [0, 0, 1, 1]
    skops.io.dump(DecisionTreeClassifier(random_state=0).fit(x, y), tmp_path / "model.skops")
    return tmp_path


def compiled(run: Run, project: Path, *more: object) -> Done:
    return run(
        *("compile", project / "model.skops", "-o", project / "out", *FAST, *more),
        cwd=project / "deep" / "er",
    )


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("thumbling.toml", "allow_pickle = false\n"),
        ("pyproject.toml", "[tool.thumbling]\nallow_pickle = false\n"),
    ],
)
def test_pickles_are_refused(
    run: Run, models: Path, project: Path, file: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / file).write_text(text)
    arguments = ("compile", models / "tree.joblib", "--board", "nucleo-f401", *FAST)
    done = run(*arguments, "-o", project / "out", cwd=project / "deep" / "er")
    assert "allow_pickle" in done.error(1, "untrusted-model")["hint"]
    assert not (project / "out").exists()
    assert compiled(run, project, "--board", "nucleo-f401").code == 0
    monkeypatch.chdir(project / "deep")
    with pytest.raises(UntrustedModelError):
        thumbling.compile(models / "tree.joblib", board="nucleo-f401", builder="none")


def test_defaults_and_the_command_line(run: Run, project: Path) -> None:
    (project / "thumbling.toml").write_text(
        'board = "nucleo-g071"\ninput_type = "int16"\noutput = "all"\noptimize = "size"\n'
        'verify = ["host"]\nmax_flash = "64KiB"\nmax_latency = 500\n'
    )
    report = compiled(run, project).document
    assert report["board"] == "nucleo_g071rb"
    assert report["model"]["input_type"] == "int16"
    assert report["options"]["optimize"] == "size"
    assert [output["field"] for output in report["fidelity"]["outputs"]] == ["label", "proba"]
    more = ("--board", "nucleo-f103", "--input-type", "uint8", "--output", "label")
    report = compiled(run, project, *more).document
    assert report["board"] == "nucleo_f103rb"
    assert report["model"]["input_type"] == "uint8"
    assert [output["field"] for output in report["fidelity"]["outputs"]] == ["label"]


def test_which_file_rules(run: Run, project: Path) -> None:
    # Own file before pyproject.toml; a pyproject.toml of others is passed over; the nearest wins.
    (project / "pyproject.toml").write_text('[tool.thumbling]\nboard = "nucleo-f072"\n')
    (project / "deep" / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    assert compiled(run, project).document["board"] == "nucleo_f072rb"
    (project / "thumbling.toml").write_text('board = "nucleo-g071"\n')
    assert compiled(run, project).document["board"] == "nucleo_g071rb"
    (project / "deep" / "pyproject.toml").write_text('[tool.thumbling]\nboard = "nucleo-f401"\n')
    assert compiled(run, project).document["board"] == "nucleo_f401re"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("alow_pickle = false", "thumbling.toml: alow_pickle is not a key", "allow_pickle"),
        ('allow_pickle = "no"', 'allow_pickle = "no": expected true or false', ""),
        ('board = "nucleo-f410re"', "board: no board is called", "nucleo_f401re"),
        ("board = 401", "board = 401: expected the name of a board", ""),
        ('input_type = "int61"', 'input_type = "int61": expected one of float32', "int16"),
        ("optimize = true", "optimize = true: expected one of", ""),
        (
            'verify = ["host", "unicron"]',
            "verify = ['host', 'unicron']: expected \"none\" or a list of host",
            "unicorn",
        ),
        ("verify = []", 'verify = []: expected "none" or a list', ""),
        ("max_flash = true", "max_flash = true: expected a number or a text", ""),
        ('max_ram = "lots"', "max_ram 'lots' is no size", "64KiB"),
        ('max_latency = "soon"', "max_latency 'soon' is no time", "500us"),
        ("allow_pickle = false\nallow_pickle", "thumbling.toml is not valid TOML", "allow_pickle"),
    ],
)
def test_what_is_wrong_is_named(
    run: Run, project: Path, text: str, message: str, hint: str
) -> None:
    (project / "thumbling.toml").write_text(text + "\n")
    done = compiled(run, project, "--board", "nucleo-f401")
    body = done.error(2, "option" if "is no " in message else "project-file")
    assert message in body["message"]
    assert hint in body["hint"]
    assert not (project / "out").exists()
    assert run("boards", cwd=project).code == 0
    assert run("compile", "--help", cwd=project).code == 0


def test_a_table_that_is_none(run: Run, project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool]\nthumbling = 3\n")
    body = compiled(run, project, "--board", "nucleo-f401").error(2, "project-file")
    assert "pyproject.toml: [tool] thumbling = 3: expected a table" in body["message"]
    (project / "thumbling.toml").write_bytes(b'board = "\xff"\n')
    compiled(run, project, "--board", "nucleo-f401").error(2, "project-file")
