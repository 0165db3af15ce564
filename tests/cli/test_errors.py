# SPDX-License-Identifier: MIT
"""Bad input: one clear message, the right exit code, nothing half-written left behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.decomposition import KernelPCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier
from tests.cli.conftest import BUILDER, Run

X = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 0.0]], dtype=np.float32)
Y = np.array([0, 0, 1, 1])


def compile_error(
    run: Run, tmp_path: Path, model: Path, exit_code: int, code: str, *more: object
) -> dict[str, str]:
    """Compile with --json, expect that error, and nothing new in the output's parent."""
    parent = tmp_path / "parent"
    parent.mkdir()
    arguments = ("compile", model, "--trust", "--json", "-o", parent / "out", *more)
    if "--board" not in more:
        arguments += ("--board", "nucleo-f401")
    body = run(*arguments).error(exit_code, code)
    assert body["hint"]
    assert list(parent.iterdir()) == []
    return body


def saved(tmp_path: Path, model: Any) -> Path:
    path = tmp_path / "model.joblib"
    joblib.dump(model, path)
    return path


def test_unknown_board_names_the_nearest(run: Run, models: Path, tmp_path: Path) -> None:
    model = models / "tree.joblib"
    body = compile_error(run, tmp_path, model, 2, "unknown-board", "--board", "nucleo-f410re")
    assert "nucleo_f401re" in body["hint"]


def test_unsupported_class(run: Run, tmp_path: Path) -> None:
    model = saved(tmp_path, GaussianNB().fit(X, Y))
    assert "GaussianNB" in compile_error(run, tmp_path, model, 1, "unsupported-model")["message"]


def test_unsupported_step(run: Run, tmp_path: Path) -> None:
    pipeline = make_pipeline(KernelPCA(), DecisionTreeClassifier()).fit(X, Y)
    model = saved(tmp_path, pipeline)
    body = compile_error(run, tmp_path, model, 1, "unsupported-model")
    assert "KernelPCA" in body["message"]
    assert body["where"].endswith("^^^^^^^^^")


def test_subclass_of_a_known_class(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from sklearn.tree import DecisionTreeClassifier\n"
        "class Mine(DecisionTreeClassifier):\n    pass\n"
    )
    script = (
        "import joblib, mine, numpy as np\n"
        "joblib.dump(mine.Mine().fit([[0.0], [1.0]], [0, 1]), 'model.joblib')\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)
    arguments = ("compile", "model.joblib", "--board", "nucleo-f401", "--trust", "--json")
    paths = (str(tmp_path), os.environ.get("PYTHONPATH", ""))
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    body = run(*arguments, cwd=tmp_path, env=environment).error(1, "unsupported-model")
    assert "DecisionTreeClassifier" in body["message"] + body["hint"]


def test_data_of_another_width(run: Run, models: Path, tmp_path: Path) -> None:
    data = tmp_path / "d.csv"
    data.write_text("1,2,3\n")
    model = models / "tree.joblib"
    body = compile_error(run, tmp_path, model, 1, "data", "--data", data)
    assert "3 columns" in body["message"]


def test_text_in_data_names_the_cell(run: Run, models: Path, tmp_path: Path) -> None:
    data = tmp_path / "d.csv"
    data.write_text("1,2,3,4\n1,2,3,four\n")
    model = models / "tree.joblib"
    body = compile_error(run, tmp_path, model, 1, "data", "--data", data)
    assert "row 2, column 4" in body["message"]


def test_nan_where_none_may_be(run: Run, models: Path, tmp_path: Path) -> None:
    data = tmp_path / "d.csv"
    data.write_text("1,2,3,4\n1,nan,3,4\n")
    model = models / "logistic.joblib"
    body = compile_error(run, tmp_path, model, 1, "data", "--data", data)
    assert "row 2, column 2" in body["message"]
    assert "which this model does not take" in body["message"]


def test_integers_have_no_nan(run: Run, models: Path, tmp_path: Path) -> None:
    """Not the model is to be blamed: trees may take missing values."""
    data = tmp_path / "d.csv"
    data.write_text("1,2,3,4\n1,nan,3,4\n")
    options = ("--data", data, "--input-type", "int16")
    body = compile_error(run, tmp_path, models / "tree.joblib", 1, "data", *options)
    assert "is NaN, which int16 cannot hold" in body["message"]
    assert "--input-type float32" in body["hint"]


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_empty_or_truncated_model(run: Run, models: Path, tmp_path: Path, share: float) -> None:
    content = (models / "tree.joblib").read_bytes()
    model = tmp_path / "model.joblib"
    model.write_bytes(content[: int(len(content) * share)])
    compile_error(run, tmp_path, model, 1, "model")


def test_missing_model_file(run: Run, tmp_path: Path) -> None:
    compile_error(run, tmp_path, tmp_path / "absent.joblib", 1, "model")


def test_hidden_pickle_and_no_pickle(run: Run, models: Path, tmp_path: Path) -> None:
    hidden = tmp_path / "model.skops"
    shutil.copy(models / "tree.joblib", hidden)
    compile_error(run, tmp_path, hidden, 1, "untrusted-model")
    (tmp_path / "parent").rmdir()
    compile_error(run, tmp_path, models / "tree.joblib", 1, "untrusted-model", "--no-pickle")


def test_pickle_warning_is_one_line_on_stderr(run: Run, models: Path, tmp_path: Path) -> None:
    done = run(
        *("compile", models / "tree.joblib", "--board", "nucleo-f401", "--json"),
        *("--builder", "none", "--verify", "none", "-q", "-o", tmp_path / "out"),
    )
    assert done.code == 0
    assert len(done.err.splitlines()) == 1
    assert "pickle" in done.err
    assert done.document["memory"] is None


def test_too_big_for_flash(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 8)).astype(np.float32)
    forest = RandomForestClassifier(n_estimators=60, random_state=0)
    model = saved(tmp_path, forest.fit(x, rng.integers(0, 2, 4000)))
    more = ("--board", "nucleo-f103", "--builder", BUILDER, "--verify", "none")
    body = compile_error(run, tmp_path, model, 4, "does-not-fit", *more)
    assert "flash" in body["message"]


@pytest.mark.parametrize(
    ("option", "limit", "figure"),
    [
        ("--max-flash", "1KiB", "flash"),
        ("--max-ram", "16", "RAM"),
        ("--max-latency", "0.01us", "us"),
    ],
)
def test_budgets(
    run: Run, models: Path, tmp_path: Path, option: str, limit: str, figure: str
) -> None:
    more = ("--builder", BUILDER, "--verify", "unicorn", option, limit)
    body = compile_error(run, tmp_path, models / "tree.joblib", 4, "budget", *more)
    assert figure in body["message"]


def test_missing_compiler(run: Run, models: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    arguments = ("compile", models / "tree.joblib", "--board", "nucleo-f401", "--trust", "--json")
    more = ("--builder", "gcc", "--verify", "none", "-o", tmp_path / "out")
    body = run(*arguments, *more, env={"PATH": str(empty)}).error(3, "missing-tool")
    assert "gcc" in body["message"] + body["hint"]
    assert not (tmp_path / "out").exists()


def test_a_missing_option_is_named(run: Run) -> None:
    assert "'--on'" in run("verify", "out", "--json").error(2, "usage")["message"]
    body = run("compile", "m", "--board", "b", "--optimize", "fast", "--json").error(2, "usage")
    assert "--optimize': 'fast' is not one of" in body["message"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["compile", "--json"],
        ["compile", "m.joblib", "--json"],
        ["boards", "--nonsense", "--json"],
        ["compile", "m", "--board", "nucleo-f401", "--precision", "int3", "--json"],
        ["nothing", "--json"],
        ["inspect", "--json"],
    ],
)
def test_usage(run: Run, arguments: list[str]) -> None:
    assert run(*arguments).error(2, "usage")["hint"]


@pytest.mark.parametrize(
    "options",
    [
        ["--max-flash", "lots"],
        ["--max-flash", "64KX"],
        ["--max-ram", "-1"],
        ["--max-latency", "1 fortnight"],
        ["--verify", "moon"],
        ["--name", "9 lives"],
        ["--input-scale", "wide"],
    ],
)
def test_values_that_mean_nothing(run: Run, models: Path, options: list[str]) -> None:
    arguments = ("compile", models / "tree.joblib", "--board", "nucleo-f401", "--trust", "--json")
    assert run(*arguments, *options).error(2, "option")["hint"]


def test_errors_for_people(run: Run, tmp_path: Path) -> None:
    done = run("boards", "nucleo-f999")
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("error: ")
    assert "hint: " in done.err


def test_flashing_without_a_tool_says_how_to_get_one(
    run: Run, compiled: Path, tmp_path: Path
) -> None:
    (tmp_path / "platformio.py").write_text("import sys\nsys.exit('HTTPClientError: ')\n")
    paths = (str(tmp_path), os.environ.get("PYTHONPATH", ""))
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "PATH": ""}
    body = run("flash", compiled, "--json", env=environment).error(3, "missing-tool")
    assert "cannot download" in body["message"]
    assert "openocd" in body["hint"]
