# SPDX-License-Identifier: MIT
"""`thumbling audit` where peers are missing or bad, and what its user can do wrong."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from tests.cli.auditing import iris_counts, run_audit, save, tools_of
from tests.cli.conftest import Run


def _path(folder: Path) -> dict[str, str]:
    """An environment whose Python finds modules in `folder` first."""
    return {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}


def _pretend(folder: Path, code: str) -> None:
    """Put an m2cgen that writes `code` into `folder`."""
    (folder / "m2cgen.py").write_text(f"def export_to_c(model):\n    return {code!r}\n")


def test_a_missing_peer_is_a_row(run: Run, models: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.metadata as m\n"
        "real = m.version\n"
        "def version(name):\n"
        "    if name == 'm2cgen':\n"
        "        raise m.PackageNotFoundError(name)\n"
        "    return real(name)\n"
        "m.version = version\n"
    )
    options = ("--samples", 10, "--data", models / "iris.csv", "--peers", "m2cgen,micromlgen")
    tools = tools_of(run_audit(run, models / "tree.joblib", *options, env=_path(tmp_path)))
    assert tools["m2cgen"]["status"] == "not-installed"
    assert tools["m2cgen"]["reason"] == "pip install m2cgen"
    assert tools["m2cgen"]["version"] == ""
    assert tools["micromlgen"]["status"] == "measured"
    shown = run("audit", models / "tree.joblib", "--trust", *options, env=_path(tmp_path))
    assert shown.code == 0
    assert "pip install m2cgen" in shown.out


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return it_is_not_there;", "does not compile: "),
        ("return *(volatile double *)0x90000000;", "does not run: "),
        ("static double n; return n += 1.0;", "does not run: "),
    ],
)
def test_bad_code_of_a_peer_is_a_row(run: Run, tmp_path: Path, body: str, reason: str) -> None:
    x = iris_counts()[0]
    regressor = LinearRegression().fit(x, x[:, 0] + 1.0)
    model, data = save(tmp_path, regressor, x)
    _pretend(tmp_path, f"double score(double *x) {{ {body} }}")
    options = ("--data", data, "--input-type", "int16", "--peers", "m2cgen")
    tools = tools_of(run_audit(run, model, *options, env=_path(tmp_path)))
    assert tools["m2cgen"]["status"] == "failed"
    assert tools["m2cgen"]["reason"].startswith(reason)
    assert tools["thumbling size"]["status"] == "measured"


def test_a_peer_that_cannot_be_imported_is_a_row(run: Run, models: Path, tmp_path: Path) -> None:
    (tmp_path / "m2cgen.py").write_text("import a_module_that_is_not_there\n")
    options = ("--samples", 10, "--data", models / "iris.csv", "--peers", "m2cgen")
    tools = tools_of(run_audit(run, models / "tree.joblib", *options, env=_path(tmp_path)))
    assert tools["m2cgen"]["status"] == "failed"
    assert "a_module_that_is_not_there" in tools["m2cgen"]["reason"]


def test_text_and_progress(run: Run, models: Path) -> None:
    options = ("--data", models / "iris.csv", "--samples", 20, "--peers", "emlearn", "--trust")
    quiet = run("audit", models / "tree.joblib", *options, "-q")
    assert (quiet.code, quiet.err) == (0, "")
    assert "thumbling size" in quiet.out
    assert "none" in quiet.out
    told = run("audit", models / "tree.joblib", *options, "-v")
    assert "emlearn loadable: building and running" in told.err
    assert "the source setosa" in told.out


def test_a_peer_that_does_not_fit_the_board(run: Run, tmp_path: Path) -> None:
    x = iris_counts()[0]
    model, data = save(tmp_path, LinearRegression().fit(x, x[:, 0] + 1.0), x)
    body = "static const char big[1 << 17] = {1}; return big[(int)x[0]];"
    _pretend(tmp_path, f"double score(double *x) {{ {body} }}")
    options = (
        *("--data", data, "--samples", 5, "--input-type", "int16", "--peers", "m2cgen"),
        *("--board", "nucleo-f072", "--trust"),
    )
    tools = tools_of(run_audit(run, model, *options, env=_path(tmp_path)))
    assert tools["m2cgen"]["flash_bytes"] > 128 * 1024
    assert tools["m2cgen"]["fits"] is False
    assert tools["thumbling size"]["fits"] is True
    shown = run("audit", model, *options, env=_path(tmp_path)).out
    assert "larger than all of nucleo_f072rb: m2cgen; m2cgen, patched to float\n" in shown


def test_the_project_file_rules(run: Run, models: Path, tmp_path: Path) -> None:
    settings = 'allow_pickle = true\nboard = "nucleo-g071"\noutput = "proba"\n'
    (tmp_path / "thumbling.toml").write_text(settings)
    arguments = (
        *("audit", models / "tree.joblib", "--json", "--trust"),
        *("--data", models / "iris.csv", "--samples", 2, "--peers", "emlearn"),
    )
    assert run(*arguments, cwd=tmp_path).document["audit"]["board"] == "nucleo_g071rb"
    chosen = run(*arguments, "--board", "nucleo-f103", cwd=tmp_path)
    assert chosen.document["audit"]["core"] == "cortex-m3"
    (tmp_path / "thumbling.toml").write_text("allow_pickle = false\n")
    run(*arguments, cwd=tmp_path).error(1, "untrusted-model")


def test_errors(run: Run, models: Path, tmp_path: Path) -> None:
    tree = models / "tree.joblib"
    unknown = run("audit", tree, "--trust", "--json", "--peers", "m2cgenn").error(2, "option")
    assert "m2cgen" in unknown["hint"]
    run("audit", tree, "--json", "--no-pickle").error(1, "untrusted-model")
    run("audit", tree, "--trust", "--json", "--board", "nucleo-f9").error(2, "unknown-board")
    run("audit", tree, "--trust", "--json", "--output", "value").error(2, "option")
    missing = run("audit", tree, "--trust", "--json", env={"PATH": ""}).error(3, "missing-tool")
    assert "arm-none-eabi" in missing["message"]
    x, y = iris_counts()
    model, _ = save(tmp_path, GaussianNB().fit(x, y), x)
    run("audit", model, "--trust", "--json").error(1, "unsupported-model")
    narrow = tmp_path / "narrow.npy"
    np.save(narrow, x[:, :3])
    run("audit", tree, "--trust", "--json", "--data", narrow).error(1, "data")
    assert run("audit", tree, "--samples", 0).code == 2
