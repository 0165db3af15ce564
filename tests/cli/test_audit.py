# SPDX-License-Identifier: MIT
"""`thumbling audit`: what each tool costs, and where it disagrees, against computations by hand."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import numpy.typing as npt
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from tests.cli.conftest import Run

for _package in ("m2cgen", "emlearn", "micromlgen"):
    pytest.importorskip(_package, reason=f"{_package} is not installed: pip install {_package}")
if shutil.which("arm-none-eabi-gcc") is None:
    pytest.skip("arm-none-eabi-gcc is not installed", allow_module_level=True)

Rows = npt.NDArray[Any]
OURS = {"thumbling size", "thumbling speed"}
PEERS = {
    *("m2cgen", "m2cgen, patched to float", "micromlgen"),
    *("emlearn inline", "emlearn inline, float", "emlearn loadable"),
}
TOOL_KEYS = {
    *("tool", "package", "version", "how", "status", "reason", "flash_bytes", "ram_bytes"),
    *("stack_bytes", "instructions", "cycles", "disagreements", "fits"),
}


def _save(folder: Path, model: Any, rows: Rows) -> tuple[Path, Path]:
    joblib.dump(model, folder / "model.joblib")
    np.save(folder / "rows.npy", rows)
    return folder / "model.joblib", folder / "rows.npy"


def _audit(run: Run, model: Path, *more: object, env: dict[str, str] | None = None) -> Any:
    done = run("audit", model, "--trust", "--json", *more, env=env)
    assert done.code == 0, done.err
    document = done.document
    assert document.keys() == {"audit"}
    return document["audit"]


def _tools(audit: Any) -> dict[str, Any]:
    return {tool["tool"]: tool for tool in audit["tools"]}


def _iris_counts() -> tuple[Rows, Rows]:
    bunch: Any = load_iris()
    return np.rint(bunch.data * 10).astype(np.int16), bunch.target_names[bunch.target]


def _cut_off(tree: Any, x: Rows) -> int:
    """The leaf that `x` reaches where thresholds lose their fractions and `<` stands for `<=`."""
    node = 0
    while tree.children_left[node] >= 0:
        left = x[tree.feature[node]] < int(tree.threshold[node])
        node = (tree.children_left if left else tree.children_right)[node]
    return int(node)


def _hard_vote(model: Any, x: Rows) -> int:
    trees = [t.tree_ for t in getattr(model, "estimators_", [model])]
    votes = [int(np.argmax(tree.value[_cut_off(tree, x)])) for tree in trees]
    return int(np.argmax(np.bincount(votes)))


def _where_emlearn_differs(model: Any, rows: Rows) -> list[int]:
    cut = np.trunc(rows).astype(int)
    said = model.classes_[[_hard_vote(model, x) for x in cut]]
    return np.flatnonzero(said != model.predict(rows)).tolist()


def test_a_tree_by_all_tools(run: Run, tmp_path: Path) -> None:
    x, y = _iris_counts()
    tree = DecisionTreeClassifier(random_state=0).fit(x, y)
    model, data = _save(tmp_path, tree, x)
    audit = _audit(run, model, "--data", data, "--input-type", "int16")
    assert audit["schema"] == 1
    assert (audit["board"], audit["core"]) == ("nucleo_f401re", "cortex-m4")
    assert audit["model"] == {
        "source": "sklearn.DecisionTreeClassifier",
        "n_features": 4,
        "n_outputs": 3,
        "input_type": "int16",
    }
    assert "-mcpu=cortex-m4" in audit["compiler"]["options"]
    assert audit["compiler"]["version"].startswith("arm-none-eabi-gcc")
    assert audit["rows"] == {"origin": "data", "count": 150, "left_out": 0, "costed": 64}
    assert audit["criterion"] == {"kind": "label", "tolerance": None, "part_of_range": None}
    tools = _tools(audit)
    assert tools.keys() == OURS | PEERS
    for tool in tools.values():
        assert tool.keys() == TOOL_KEYS
        assert (tool["status"], tool["reason"]) == ("measured", "")
        assert tool["version"]
        assert tool["fits"] is True
        assert tool["cycles"]["max"] >= tool["cycles"]["mean"] > tool["instructions"]["mean"] / 2
        assert tool["flash_bytes"] > 30
    for name in OURS:
        assert tools[name]["disagreements"]["rows"] == []
        assert tools[name]["ram_bytes"] == 0
        others = [tools[peer] for peer in PEERS]
        assert all(tools[name]["flash_bytes"] < peer["flash_bytes"] for peer in others)


def test_the_rows_on_which_emlearn_is_wrong(run: Run, tmp_path: Path) -> None:
    x, y = _iris_counts()
    tree = DecisionTreeClassifier(random_state=0).fit(x, y)
    model, data = _save(tmp_path, tree, x)
    expected = _where_emlearn_differs(tree, x)
    assert 0 < len(expected) < len(x)
    options = ("--data", data, "--input-type", "int16", "--peers", "emlearn")
    tools = _tools(_audit(run, model, *options))
    assert tools.keys() == OURS | {peer for peer in PEERS if peer.startswith("emlearn")}
    for name in ("emlearn inline", "emlearn loadable"):
        found = tools[name]["disagreements"]
        assert found["rows"] == expected
        assert found["count"] == len(expected)
        first = found["examples"][0]
        assert first["row"] == expected[0]
        assert first["input"] == x[expected[0]].tolist()
        assert first["source"] == tree.predict(x[expected[:1]])[0]
        assert first["tool"] == tree.classes_[_hard_vote(tree, x[expected[0]])]
        assert len(found["examples"]) == min(3, len(expected))
    assert tools["emlearn inline, float"]["disagreements"]["rows"] == []


def test_a_forest_on_another_core(run: Run, tmp_path: Path) -> None:
    bunch: Any = load_breast_cancer()
    x = bunch.data.astype(np.float32)
    forest = RandomForestClassifier(5, max_depth=5, random_state=0).fit(x, bunch.target)
    model, data = _save(tmp_path, forest, x)
    samples = [i * len(x) // 90 for i in range(90)]
    options = ("--data", data, "--samples", 90, "--board", "nucleo-g071")
    audit = _audit(run, model, *options, "--peers", "emlearn,micromlgen")
    assert audit["core"] == "cortex-m0plus"
    assert audit["rows"]["count"] == 90
    tools = _tools(audit)
    expected = sorted(set(_where_emlearn_differs(forest, x)) & set(samples))
    assert 0 < len(expected) < 90
    assert tools["emlearn loadable"]["disagreements"]["rows"] == expected
    assert tools["thumbling speed"]["disagreements"]["rows"] == []
    assert tools["thumbling speed"]["cycles"]["mean"] < tools["micromlgen"]["cycles"]["mean"]


def test_micromlgen_turns_a_binary_logistic_regression_round(run: Run, tmp_path: Path) -> None:
    bunch: Any = load_breast_cancer()
    x = bunch.data[:, :6].astype(np.float32)
    logistic = LogisticRegression(max_iter=5000).fit(x, bunch.target)
    model, data = _save(tmp_path, logistic, x)
    # It gives the one score to the first class and 0 to the second, and takes the greater.
    score = logistic.decision_function(x)
    said = np.where(score >= 0, 0, 1)
    expected = np.flatnonzero(said != logistic.predict(x))
    tools = _tools(_audit(run, model, "--data", data))
    assert tools["micromlgen"]["disagreements"]["rows"] == expected.tolist()
    assert len(expected) == len(x)
    assert tools["m2cgen"]["disagreements"]["count"] == 0
    assert tools["emlearn inline"]["status"] == "unsupported"
    assert "LogisticRegression" in tools["emlearn inline"]["reason"]
    assert tools["emlearn inline"]["cycles"] is None
    assert tools["emlearn inline"]["disagreements"] is None


def test_nobody_else_compiles_a_pipeline(run: Run, models: Path) -> None:
    # Without data: scikit-learn refuses some rows that compile makes, behind the scaler.
    audit = _audit(run, models / "logistic.joblib")
    assert audit["rows"]["origin"] == "generated"
    assert audit["rows"]["count"] > 200
    tools = _tools(audit)
    for name in PEERS:
        assert tools[name]["status"] == "unsupported"
        assert tools[name]["reason"]
        assert "\n" not in tools[name]["reason"]
    for name in OURS:
        assert tools[name]["disagreements"]["count"] == 0


def test_a_regressor_counts_rows_beyond_a_part_of_the_range(run: Run, tmp_path: Path) -> None:
    bunch: Any = load_diabetes()
    x = (bunch.data * 1000).astype(np.float32)
    tree = DecisionTreeRegressor(max_depth=6, random_state=0).fit(x, bunch.target)
    model, data = _save(tmp_path, tree, x)
    audit = _audit(run, model, "--data", data)
    right = tree.predict(x)
    tolerance = (right.max() - right.min()) * 1e-3
    assert audit["criterion"] == {"kind": "value", "tolerance": tolerance, "part_of_range": 1e-3}
    leaves = [_cut_off(tree.tree_, row) for row in np.trunc(x).astype(int)]
    error = np.abs(tree.tree_.value[leaves, 0, 0].astype(np.float32) - right)
    tools = _tools(audit)
    found = tools["emlearn loadable"]["disagreements"]
    assert found["rows"] == np.flatnonzero(error > tolerance).tolist()
    assert found["count"] > 0
    assert found["max_abs_error"] == error.max()
    assert tools["m2cgen"]["disagreements"]["max_abs_error"] == 0.0
    ours = tools["thumbling size"]["disagreements"]
    assert ours["count"] == 0
    assert 0 < ours["max_abs_error"] < tolerance


def test_several_outputs_are_ours_alone(run: Run, tmp_path: Path) -> None:
    x, y = _iris_counts()
    tree = DecisionTreeClassifier(random_state=0).fit(x, np.c_[y, y == "setosa"])
    options = ("--input-type", "int16", "--samples", 20)
    tools = _tools(_audit(run, _save(tmp_path, tree, x)[0], *options))
    assert {tools[name]["status"] for name in PEERS} == {"unsupported"}
    assert {tools[name]["disagreements"]["count"] for name in OURS} == {0}


def test_scaled_input_reaches_the_peers_as_real_numbers(run: Run, models: Path) -> None:
    scaled = ("--input-type", "int16", "--input-scale", "0.1", "--peers", "m2cgen,micromlgen")
    audit = _audit(run, models / "tree.joblib", "--data", models / "iris.csv", *scaled)
    tools = _tools(audit)
    assert tools["thumbling speed"]["disagreements"]["count"] == 0
    assert tools["m2cgen"]["disagreements"]["count"] == 0


def test_rows_that_are_not_finite_are_left_out(run: Run, tmp_path: Path) -> None:
    x, y = _iris_counts()
    tree = DecisionTreeClassifier(random_state=0).fit(x, y)
    rows = x.astype(np.float32)
    rows[3, 1] = rows[7, 0] = np.nan
    model, data = _save(tmp_path, tree, rows)
    audit = _audit(run, model, "--data", data, "--peers", "emlearn")
    assert audit["rows"] == {"origin": "data", "count": 148, "left_out": 2, "costed": 64}
    expected = set(_where_emlearn_differs(tree, x)) - {3, 7}
    assert set(_tools(audit)["emlearn inline"]["disagreements"]["rows"]) == expected


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
    tools = _tools(_audit(run, models / "tree.joblib", *options, env=_path(tmp_path)))
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
    x = _iris_counts()[0]
    regressor = LinearRegression().fit(x, x[:, 0] + 1.0)
    model, data = _save(tmp_path, regressor, x)
    _pretend(tmp_path, f"double score(double *x) {{ {body} }}")
    options = ("--data", data, "--input-type", "int16", "--peers", "m2cgen")
    tools = _tools(_audit(run, model, *options, env=_path(tmp_path)))
    assert tools["m2cgen"]["status"] == "failed"
    assert tools["m2cgen"]["reason"].startswith(reason)
    assert tools["thumbling size"]["status"] == "measured"


def test_a_peer_that_cannot_be_imported_is_a_row(run: Run, models: Path, tmp_path: Path) -> None:
    (tmp_path / "m2cgen.py").write_text("import a_module_that_is_not_there\n")
    options = ("--samples", 10, "--data", models / "iris.csv", "--peers", "m2cgen")
    tools = _tools(_audit(run, models / "tree.joblib", *options, env=_path(tmp_path)))
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
    x = _iris_counts()[0]
    model, data = _save(tmp_path, LinearRegression().fit(x, x[:, 0] + 1.0), x)
    body = "static const char big[1 << 17] = {1}; return big[(int)x[0]];"
    _pretend(tmp_path, f"double score(double *x) {{ {body} }}")
    options = (
        *("--data", data, "--samples", 5, "--input-type", "int16", "--peers", "m2cgen"),
        *("--board", "nucleo-f072", "--trust"),
    )
    tools = _tools(_audit(run, model, *options, env=_path(tmp_path)))
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
    unknown = run("audit", tree, "--trust", "--json", "--peers", "m2cgenn").error(1, "option")
    assert "m2cgen" in unknown["hint"]
    run("audit", tree, "--json", "--no-pickle").error(1, "untrusted-model")
    run("audit", tree, "--trust", "--json", "--board", "nucleo-f9").error(1, "unknown-board")
    run("audit", tree, "--trust", "--json", "--output", "value").error(1, "option")
    missing = run("audit", tree, "--trust", "--json", env={"PATH": ""}).error(3, "missing-tool")
    assert "arm-none-eabi" in missing["message"]
    x, y = _iris_counts()
    model, _ = _save(tmp_path, GaussianNB().fit(x, y), x)
    run("audit", model, "--trust", "--json").error(1, "unsupported-model")
    narrow = tmp_path / "narrow.npy"
    np.save(narrow, x[:, :3])
    run("audit", tree, "--trust", "--json", "--data", narrow).error(1, "data")
    assert run("audit", tree, "--samples", 0).code == 2
