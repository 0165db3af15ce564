# SPDX-License-Identifier: MIT
"""What every command gives: its JSON, its text, its files."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from tests.cli.conftest import BUILDER, Run

import thumbling

COMMANDS = (
    *("compile", "demo", "verify", "report", "predict"),
    *("inspect", "flash", "audit", "boards", "models", "doctor"),
)


def test_output_folder(compiled: Path) -> None:
    names = {path.name for path in compiled.iterdir()}
    assert names == {
        *("src", "firmware", "firmware.elf", "firmware.hex", "firmware.bin", "model.json"),
        *("vectors.npz", "report.json", "report.html", "manifest.json"),
    }
    report = json.loads((compiled / "report.json").read_text())
    assert report["board"] == "nucleo_f401re"
    assert report["model"]["source"] == "sklearn.DecisionTreeClassifier"
    assert report["memory"]["model_ram_bytes"] == 0
    assert 0 < report["memory"]["model_flash_bytes"] < report["memory"]["flash_bytes"]
    sizes = [symbol["size"] for symbol in report["memory"]["largest"]]
    assert sizes == sorted(sizes, reverse=True)
    owned = sum(s["size"] for s in report["memory"]["largest"] if s["part"] == "model")
    assert 0 < owned <= report["memory"]["model_flash_bytes"]
    cost = report["inference"]
    assert cost["cycles"]["max"] >= cost["cycles"]["mean"] > 0
    assert cost["flash_factor"] == 1.04
    assert cost["latency_us"]["max"] == pytest.approx(cost["cycles"]["max"] / 84 * 1.04)
    assert "84 MHz x 1.04" in cost["latency_method"]
    assert report["output_ranges"] == {"proba": [[0.0, 1.0]] * 3}
    assert report["fidelity"]["label_agreement"] == 1.0
    assert report["fidelity"]["rows"] == 150
    assert {v["on"]: v["mismatches"] for v in report["verification"]}["unicorn"] == 0
    assert str(compiled.parent) not in (compiled / "manifest.json").read_text()


def test_two_compiles_give_the_same_bytes(
    run: Run, models: Path, compiled: Path, tmp_path: Path
) -> None:
    done = run(
        *("compile", models / "tree.joblib", "--board", "nucleo_f401re", "--trust", "-q"),
        *("--data", models / "iris.csv", "--output", "all", "--builder", BUILDER),
        *("-o", tmp_path / "again"),
        env={"PYTHONHASHSEED": "7"},
    )
    assert done.code == 0, done.err
    for path in sorted(compiled.rglob("*")):
        if path.is_file():
            twin = tmp_path / "again" / path.relative_to(compiled)
            assert twin.read_bytes() == path.read_bytes(), path.name


def test_predict_agrees_with_scikit_learn(run: Run, models: Path, compiled: Path) -> None:
    outputs = run("predict", compiled, "--data", models / "iris.csv", "--json").document["outputs"]
    tree = joblib.load(models / "tree.joblib")
    x = load_iris(as_frame=True).data.astype(np.float32)
    assert [tree.classes_[i] for i in outputs["label"]] == tree.predict(x).tolist()
    assert len(outputs["proba"]) == 150
    shown = run("predict", compiled, "--data", models / "iris.csv").out
    assert "proba versicolor" in shown
    assert "100 more rows" in shown


def test_predict_gives_one_record_a_row(run: Run, models: Path, compiled: Path) -> None:
    document = run("predict", compiled, "--data", models / "iris.csv", "--json").document
    tree = joblib.load(models / "tree.joblib")
    x = load_iris(as_frame=True).data.astype(np.float32)
    names = tree.classes_.tolist()
    assert document["records"] == [
        {"label": names.index(label), "class": label, "proba": dict(zip(names, row, strict=True))}
        for label, row in zip(tree.predict(x), tree.predict_proba(x).tolist(), strict=True)
    ]


def test_predict_of_several_outputs_and_of_values(run: Run, models: Path, tmp_path: Path) -> None:
    x, y = load_iris(return_X_y=True)
    options: dict[str, Any] = {"board": "nucleo-f401", "builder": "none", "verify": ()}
    both = DecisionTreeClassifier(random_state=0).fit(x, np.stack([y + 5, y % 2], axis=1))
    thumbling.compile(both, output="all", out=tmp_path / "both", **options)
    data = models / "iris.csv"
    record = run("predict", tmp_path / "both", "--data", data, "--json").document["records"][60]
    assert record == {
        "label": [1, 1],
        "class": [6, 1],
        "proba": [{"5": 0.0, "6": 1.0, "7": 0.0}, {"0": 0.0, "1": 1.0}],
    }
    shown = run("predict", tmp_path / "both", "--data", data).out.splitlines()
    assert shown[0].split("  ")[:4] == ["Row", "label[0]", "label[1]", "proba[0] 5"]
    assert shown[1].split() == ["1", "5", "0", "1", "0", "0", "1", "0"]
    value = DecisionTreeRegressor(random_state=0).fit(x, y * 0.5)
    thumbling.compile(value, out=tmp_path / "value", **options)
    records = run("predict", tmp_path / "value", "--data", data, "--json").document["records"]
    assert records == [{"value": v} for v in (y * 0.5).tolist()]


def test_verify_with_data_samples_and_junit(
    run: Run, models: Path, compiled: Path, tmp_path: Path
) -> None:
    junit = tmp_path / "v.xml"
    done = run(
        *("verify", compiled, "--on", "host,unicorn", "--data", models / "iris.csv"),
        *("--samples", 20, "--junit", junit, "--json"),
    )
    assert done.code == 0, done.err
    results = done.document["verification"]
    assert [(r["on"], r["vectors"], r["mismatches"]) for r in results] == [
        ("host", 20, 0),
        ("unicorn", 20, 0),
    ]
    suite = ET.parse(junit).getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "0")


def test_report_as_text_and_json(run: Run, compiled: Path) -> None:
    assert "Verification" in run("report", compiled).out
    document = run("report", compiled, "--json").document
    assert document == json.loads((compiled / "report.json").read_text())


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii"])
def test_report_in_a_code_page(run: Run, compiled: Path, encoding: str) -> None:
    done = run("report", compiled, env={"PYTHONIOENCODING": encoding})
    assert done.code == 0, done.err
    flash = json.loads((compiled / "report.json").read_text())["memory"]["flash_bytes"]
    assert "bit-exact" in done.out
    assert f"{flash:,} B".replace(",", " ") in done.out.replace("\N{NO-BREAK SPACE}", " ")


def test_inspect_folder_and_elf_agree(run: Run, compiled: Path) -> None:
    manifest = run("inspect", compiled, "--json").document
    elf = run("inspect", compiled / "firmware.elf", "--json").document
    assert manifest == json.loads((compiled / "manifest.json").read_text())
    assert elf["model"]["id"] == manifest["model"]["id"]
    assert elf["name"] == manifest["name"] == "tree"
    assert (elf["in_bytes"], elf["version"]) == (16, manifest["version"])
    assert elf["board"] == manifest["board"] == "nucleo_f401re"
    assert manifest["model"].items() >= elf["model"].items()
    assert elf["model"]["classes"] == [["setosa", "versicolor", "virginica"]]
    assert elf["model"]["input"] == {"type": "float32", "features": 4}
    assert elf["model"]["outputs"] == ["label", "proba"]


def test_inspect_fits_a_screen(run: Run, compiled: Path) -> None:
    for path in (compiled, compiled / "firmware.elf"):
        shown = run("inspect", path).out
        assert len(shown.splitlines()) <= 24
        for fact in ("nucleo_f401re", "setosa, versicolor, virginica", "4 x float32"):
            assert fact in shown


@pytest.mark.parametrize(
    "model", [None, 3, {}, {"id": "1", "input": "float32"}, {"id": "1", "classes": 7}]
)
def test_inspect_of_a_manifest_that_somebody_changed(
    run: Run, compiled: Path, tmp_path: Path, model: object
) -> None:
    manifest = json.loads((compiled / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "model": model}))
    (tmp_path / "model.json").write_bytes((compiled / "model.json").read_bytes())
    done = run("inspect", tmp_path)
    assert done.code == 1, done.err
    assert "damaged" in done.err
    assert "Traceback" not in done.err


def test_lists(run: Run) -> None:
    boards = run("boards", "--json").document["boards"]
    assert "nucleo_f401re" in {board["name"] for board in boards}
    assert "512 KiB at 0x08000000" in run("boards", "nucleo-f401").out
    assert len(run("boards", "nucleo-f401", "--json").document["boards"]) == 1
    models = {model["name"] for model in run("models", "--json").document["models"]}
    assert {"sklearn.RandomForestClassifier", "sklearn.StandardScaler"} <= models
    tools = run("doctor", "--json").document["tools"]
    assert all(tool["purpose"] and tool["get"] for tool in tools)
    names = {tool["name"] for tool in tools}
    assert {"arm-none-eabi-gcc", "unicorn", "openocd", "m2cgen", "emlearn", "micromlgen"} <= names


def test_demo(run: Run, tmp_path: Path) -> None:
    done = run("demo", "--json", cwd=tmp_path)
    assert done.code == 0, done.err
    reports = done.document["reports"]
    assert str(Path("thumbling-demo", "demo_forest", "report.html")) in done.err
    assert [report["name"] for report in reports] == ["demo_forest", "demo_logistic"]
    for report in reports:
        assert report["fidelity"]["label_agreement"] == 1.0
        assert all(v["mismatches"] == 0 < v["vectors"] for v in report["verification"])
        assert (tmp_path / "thumbling-demo" / report["name"] / "firmware.elf").is_file()
    first = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    again = run("demo", "-q", cwd=tmp_path)
    assert (again.code, again.out) == (0, ""), again.err
    assert first == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["mine.txt", "demo_forest/mine.txt", "demo_logistic/mine.txt"])
def test_demo_leaves_a_foreign_folder_alone(run: Run, tmp_path: Path, name: str) -> None:
    mine = tmp_path / "given" / name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    run("demo", "--json", "-o", tmp_path / "given").error(1, "output")
    assert [p for p in (tmp_path / "given").rglob("*") if p.is_file()] == [mine]
    assert mine.read_text() == "mine"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert done.code == 0
    assert f"Example: thumbling {command}" in " ".join(done.out.split())


def test_version_and_no_arguments(run: Run) -> None:
    assert run("--version").out.startswith("thumbling ")
    bare = run()
    assert bare.code == 2
    assert "compile" in bare.out + bare.err


def test_no_colour_and_no_bars_in_a_pipe(run: Run, compiled: Path) -> None:
    done = run("verify", compiled, "--on", "host")
    assert "\x1b" not in done.out + done.err
    assert done.err == ""
