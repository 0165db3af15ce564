# SPDX-License-Identifier: MIT
"""`thumbling audit`: what each tool costs, and where it disagrees, against computations by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from tests.cli.auditing import OURS, PEERS, TOOL_KEYS, Rows, iris_counts, run_audit, save, tools_of
from tests.cli.conftest import Run


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


def _where_emlearn_differs(model: Any, rows: Rows, seen: Rows | None = None) -> list[int]:
    """Rows on which votes of cut-off numbers, of `seen` if given, are not what the model says."""
    cut = np.trunc(rows if seen is None else seen).astype(int)
    said = model.classes_[[_hard_vote(model, x) for x in cut]]
    return np.flatnonzero(said != model.predict(rows)).tolist()


def test_a_tree_by_all_tools(run: Run, tmp_path: Path) -> None:
    x, y = iris_counts()
    tree = DecisionTreeClassifier(random_state=0).fit(x, y)
    model, data = save(tmp_path, tree, x)
    audit = run_audit(run, model, "--data", data, "--input-type", "int16")
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
    tools = tools_of(audit)
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
    x, y = iris_counts()
    tree = DecisionTreeClassifier(random_state=0).fit(x, y)
    model, data = save(tmp_path, tree, x)
    expected = _where_emlearn_differs(tree, x)
    assert 0 < len(expected) < len(x)
    options = ("--data", data, "--input-type", "int16", "--peers", "emlearn")
    tools = tools_of(run_audit(run, model, *options))
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
    model, data = save(tmp_path, forest, x)
    samples = [i * len(x) // 90 for i in range(90)]
    options = ("--data", data, "--samples", 90, "--board", "nucleo-g071")
    audit = run_audit(run, model, *options, "--peers", "emlearn,micromlgen")
    assert audit["core"] == "cortex-m0plus"
    assert audit["rows"]["count"] == 90
    tools = tools_of(audit)
    expected = sorted(set(_where_emlearn_differs(forest, x)) & set(samples))
    assert 0 < len(expected) < 90
    assert tools["emlearn loadable"]["disagreements"]["rows"] == expected
    assert tools["thumbling speed"]["disagreements"]["rows"] == []
    assert tools["thumbling speed"]["cycles"]["mean"] < tools["micromlgen"]["cycles"]["mean"]


def test_micromlgen_turns_a_binary_logistic_regression_round(run: Run, tmp_path: Path) -> None:
    bunch: Any = load_breast_cancer()
    x = bunch.data[:, :6].astype(np.float32)
    logistic = LogisticRegression(max_iter=5000).fit(x, bunch.target)
    model, data = save(tmp_path, logistic, x)
    # It gives the one score to the first class and 0 to the second, and takes the greater.
    score = logistic.decision_function(x)
    said = np.where(score >= 0, 0, 1)
    expected = np.flatnonzero(said != logistic.predict(x))
    tools = tools_of(run_audit(run, model, "--data", data))
    assert tools["micromlgen"]["disagreements"]["rows"] == expected.tolist()
    assert len(expected) == len(x)
    assert tools["m2cgen"]["disagreements"]["count"] == 0
    assert tools["emlearn inline"]["status"] == "unsupported"
    assert "LogisticRegression" in tools["emlearn inline"]["reason"]
    assert tools["emlearn inline"]["cycles"] is None
    assert tools["emlearn inline"]["disagreements"] is None


def test_nobody_else_compiles_a_pipeline(run: Run, models: Path) -> None:
    # Without data: scikit-learn refuses some rows that compile makes, behind the scaler.
    audit = run_audit(run, models / "logistic.joblib")
    assert audit["rows"]["origin"] == "generated"
    assert audit["rows"]["count"] > 200
    tools = tools_of(audit)
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
    model, data = save(tmp_path, tree, x)
    audit = run_audit(run, model, "--data", data)
    right = tree.predict(x)
    tolerance = (right.max() - right.min()) * 1e-3
    assert audit["criterion"] == {"kind": "value", "tolerance": tolerance, "part_of_range": 1e-3}
    leaves = [_cut_off(tree.tree_, row) for row in np.trunc(x).astype(int)]
    error = np.abs(tree.tree_.value[leaves, 0, 0].astype(np.float32) - right)
    tools = tools_of(audit)
    found = tools["emlearn loadable"]["disagreements"]
    assert found["rows"] == np.flatnonzero(error > tolerance).tolist()
    assert found["count"] > 0
    assert found["max_abs_error"] == error.max()
    assert tools["m2cgen"]["disagreements"]["max_abs_error"] == 0.0
    ours = tools["thumbling size"]["disagreements"]
    assert ours["count"] == 0
    assert 0 < ours["max_abs_error"] < tolerance


def test_several_outputs_are_ours_alone(run: Run, tmp_path: Path) -> None:
    x, y = iris_counts()
    tree = DecisionTreeClassifier(random_state=0).fit(x, np.c_[y, y == "setosa"])
    options = ("--input-type", "int16", "--samples", 20)
    tools = tools_of(run_audit(run, save(tmp_path, tree, x)[0], *options))
    assert {tools[name]["status"] for name in PEERS} == {"unsupported"}
    assert {tools[name]["disagreements"]["count"] for name in OURS} == {0}


def test_scaled_input_reaches_the_peers_as_real_numbers(run: Run, models: Path) -> None:
    scaled = ("--input-type", "int16", "--input-scale", "0.1", "--peers", "m2cgen,micromlgen")
    audit = run_audit(run, models / "tree.joblib", "--data", models / "iris.csv", *scaled)
    tools = tools_of(audit)
    assert tools["thumbling speed"]["disagreements"]["count"] == 0
    assert tools["m2cgen"]["disagreements"]["count"] == 0


def test_every_tool_is_judged_by_the_real_rows(run: Run, models: Path) -> None:
    model = joblib.load(models / "tree.joblib")
    bunch: Any = load_iris()
    lossy = np.flatnonzero(model.predict(np.rint(bunch.data)) != model.predict(bunch.data))
    assert len(lossy) > 10
    options = ("--data", models / "iris.csv", "--input-type", "int8", "--peers", "m2cgen")
    tools = tools_of(run_audit(run, models / "tree.joblib", *options))
    for name in OURS:
        assert tools[name]["disagreements"]["rows"] == lossy.tolist()
        assert tools[name]["disagreements_on_stored"]["count"] == 0
        example = tools[name]["disagreements"]["examples"][0]
        assert example["input"] == bunch.data[lossy[0]].tolist()
    assert tools["m2cgen"]["disagreements"]["count"] == 0
    assert tools["m2cgen"]["disagreements_on_stored"] is None
    tools = tools_of(run_audit(run, models / "tree.joblib", *options, "--input-scale", "auto"))
    for name in OURS:
        assert tools[name]["disagreements"]["count"] == 0


def test_rows_are_left_out_only_where_the_source_refuses_them(run: Run, tmp_path: Path) -> None:
    x, y = iris_counts()
    rows = x.astype(np.float32)
    rows[3, 1] = rows[7, 0] = np.nan
    tree = DecisionTreeClassifier(random_state=0).fit(x, y)
    audit = run_audit(run, *_saved(tmp_path, tree, rows), "--peers", "emlearn")
    assert audit["rows"] == {"origin": "data", "count": 150, "left_out": 0, "costed": 64}
    assert tools_of(audit)["thumbling size"]["disagreements"]["rows"] == []
    # Zero stands where there is no number, as the chip's conversion to integers has it.
    expected = _where_emlearn_differs(tree, rows, np.nan_to_num(rows))
    assert tools_of(audit)["emlearn inline"]["disagreements"]["rows"] == expected
    scaled = make_pipeline(MaxAbsScaler(), DecisionTreeClassifier(random_state=0)).fit(x / 1e3, y)
    rows[[3, 7]] = 1e38
    audit = run_audit(run, *_saved(tmp_path, scaled, rows), "--peers", "m2cgen")
    assert (audit["rows"]["count"], audit["rows"]["left_out"]) == (148, 2)


def _saved(folder: Path, model: Any, rows: Rows) -> tuple[Path, str, Path]:
    path, data = save(folder, model, rows)
    return path, "--data", data
