# SPDX-License-Identifier: MIT
"""The user's own rows on the command line: what storing loses, the truth, automatic scales."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier
from tests.cli.conftest import Done, Run

import thumbling
from thumbling.errors import DataError, UsageError

_FAST = ("--board", "nucleo-f401", "--trust", "--builder", "none", "--verify", "none")
_IRIS: Any = load_iris(as_frame=True)
SPECIES = _IRIS.target_names[_IRIS.target]


def compiled(run: Run, models: Path, out: Path, *more: object) -> Done:
    return run(
        *("compile", models / "tree.joblib", "--data", models / "iris.csv", "-o", out),
        *(*_FAST, *more),
    )


def test_both_figures_are_stated_everywhere(run: Run, models: Path, tmp_path: Path) -> None:
    model = joblib.load(models / "tree.joblib")
    real = _IRIS.data.to_numpy()
    stored = np.clip(np.rint(real), -128, 127)
    differing = int((model.predict(real) != model.predict(stored)).sum())
    assert differing > 10
    done = compiled(run, models, tmp_path / "out", "--input-type", "int8")
    assert done.code == 0, done.err
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["fidelity"]["label_agreement"] == 1.0
    found = report["fidelity"]["on_real_rows"]
    assert found["label_agreement"] == (150 - differing) / 150
    assert found["rows"] == 150
    assert found["accuracy"]["source"] == float((model.predict(real) == SPECIES).mean())
    assert found["accuracy"]["chip"] == float((model.predict(stored) == SPECIES).mean())
    assert np.trace(found["confusion"]["chip"]) == (model.predict(stored) == SPECIES).sum()
    assert report["input"]["labels_changed"] == differing
    header = " ".join((tmp_path / "out" / "src" / "tree.h").read_text().replace("*", "").split())
    assert "stored rows (what the compiler does): 150 of 150 labels equal" in header
    assert f"(what its caller gets): {150 - differing} of 150 labels equal" in header
    for text in (done.out, (tmp_path / "out" / "report.html").read_text()):
        shown = " ".join(text.split())
        assert f"{150 - differing} labels equal" in shown
        assert "all labels equal" in shown
        assert f"changes the label of {differing} rows" in shown
    assert f"warning: storing the data as int8 changes the label of {differing} rows" in done.err


def _without_command(path: Path) -> bytes:
    """A file's bytes; of a header without the lines on where it is from."""
    if path.suffix != ".h":
        return path.read_bytes()
    text = path.read_text(encoding="utf-8")
    return (text[: text.index(" * ")] + text[text.index(" * Input:") :]).encode()


def test_auto_can_be_pasted(run: Run, models: Path, tmp_path: Path) -> None:
    auto = compiled(run, models, tmp_path / "auto", "--input-type", "int8", "--input-scale", "auto")
    assert auto.code == 0, auto.err
    assert "warning" not in auto.err
    line = next(line for line in auto.err.splitlines() if "--input-scale=" in line)
    options = [word for word in line.split() if word.startswith("--input-") and "=" in word]
    typed = compiled(run, models, tmp_path / "typed", "--input-type", "int8", *options)
    assert typed.code == 0, typed.err
    for name in ("src/tree.h", "src/tree.c", "model.json", "vectors.npz"):
        left, right = (tmp_path / out / name for out in ("auto", "typed"))
        # Each header has the command that made it.
        assert _without_command(left) == _without_command(right), name
    report, manifest = (
        json.loads((tmp_path / "auto" / name).read_text())
        for name in ("report.json", "manifest.json")
    )
    assert report["options"]["input_scale"] == manifest["options"]["input_scale"] == "auto"
    assert manifest["input"]["scale"] == report["input"]["scale"]
    assert manifest["input"]["offset"] == report["input"]["offset"]
    assert options[0] == "--input-scale=" + ",".join(map(repr, report["input"]["scale"]))
    assert report["fidelity"]["on_real_rows"]["label_agreement"] == 1.0
    assert "--input-scale auto" in (tmp_path / "auto" / "report.html").read_text()


def test_auto_needs_data(run: Run, models: Path, tmp_path: Path) -> None:
    arguments = ("compile", models / "tree.joblib", "-o", tmp_path / "out", *_FAST, "--json")
    body = run(*arguments, "--input-scale", "auto").error(2, "usage")
    assert "--data" in body["hint"]
    both = (*arguments, "--data", models / "iris.csv", "--input-scale", "auto")
    run(*both, "--input-offset", "1").error(2, "usage")
    assert not (tmp_path / "out").exists()


def test_the_project_file_gives_scales(run: Run, models: Path, tmp_path: Path) -> None:
    shutil.copy(models / "tree.joblib", tmp_path)
    file = tmp_path / "thumbling.toml"
    arguments = ("compile", "tree.joblib", "--data", models / "iris.csv", *_FAST, "--json")
    for text, scale, offset in (
        ('input_scale = "auto"', [0.02, 0.01, 0.05, 0.01], [6.12, 3.2, 4.0, 1.3]),
        ("input_scale = 0.1", [0.1] * 4, [0.0] * 4),
        (
            "input_scale = [0.1, 0.2, 1, 0.5]\ninput_offset = [-1, 2.5, 0, 1]",
            *([0.1, 0.2, 1.0, 0.5], [-1.0, 2.5, 0.0, 1.0]),
        ),
    ):
        file.write_text(f'input_type = "int8"\n{text}\n')
        done = run(*arguments, cwd=tmp_path)
        assert done.code == 0, done.err
        stored = done.document["input"]
        assert (stored["scale"], stored["offset"]) == (scale, offset)
    for text in ('input_scale = "big"', "input_scale = []", 'input_offset = "auto"'):
        file.write_text(text + "\n")
        run(*arguments, cwd=tmp_path).error(2, "project-file")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """iris.csv with the species in a column whose name says nothing, and an unrelated `y`."""
    frame = _IRIS.data.assign(species=SPECIES, y=range(150))
    frame.to_csv(tmp_path / "table.csv", index=False)
    return tmp_path / "table.csv"


def test_the_target_is_named(run: Run, models: Path, table: Path, tmp_path: Path) -> None:
    arguments = ("compile", models / "tree.joblib", *_FAST, "--json", "-o", tmp_path / "out")
    done = run(*arguments, "--data", table, "--target", "species")
    assert done.code == 0, done.err
    assert done.document["fidelity"]["on_real_rows"]["accuracy"] == {"source": 1.0, "chip": 1.0}
    body = run(*arguments, "--data", table, "--target", "genus").error(1, "data")
    assert "no column 'genus'" in body["message"]
    body = run(*arguments, "--data", table, "--target", "y").error(1, "data")
    assert "no class of the model" in body["message"]
    # Nobody named `y`, so it may be anything: no figures, but a word.
    done = run(*arguments, "--data", table)
    assert done.code == 0, done.err
    assert "accuracy" not in done.document["fidelity"]["on_real_rows"]
    assert "no accuracy is measured: row 1 of the target is '0', which" in done.err
    run(*arguments, "--target", "species").error(2, "usage")


def test_the_target_of_an_archive(run: Run, models: Path, tmp_path: Path) -> None:
    data = tmp_path / "rows.npz"
    np.savez(data, X=_IRIS.data.to_numpy(), y=SPECIES.astype("U10"), z=SPECIES[::-1].astype("U10"))
    arguments = ("compile", models / "tree.joblib", *_FAST, "--json", "-o", tmp_path / "out")
    for more, accuracy in ((), 1.0), (("--target", "z"), 1 / 3):
        done = run(*arguments, "--data", data, *more)
        assert done.code == 0, done.err
        assert done.document["fidelity"]["on_real_rows"]["accuracy"]["chip"] == accuracy


def test_the_target_in_python() -> None:
    frame = _IRIS.data.assign(species=SPECIES)
    model = DecisionTreeClassifier(random_state=0).fit(_IRIS.data, SPECIES)
    fast: dict[str, Any] = {"board": "nucleo-f401", "builder": "none", "verify": ()}
    for data, target in (
        (_IRIS.data, SPECIES),
        (frame, "species"),
        (frame.rename(columns={"species": "Target"}), None),
    ):
        report = thumbling.compile(model, data=data, target=target, **fast).report
        assert report.fidelity.on_real_rows is not None
        assert report.fidelity.on_real_rows.accuracy is not None
    with pytest.raises(DataError, match="no one column 'genus'"):
        thumbling.compile(model, data=frame, target="genus", **fast)
    with pytest.raises(UsageError, match="no data"):
        thumbling.compile(model, target=SPECIES, **fast)


def test_rows_outside_are_told_by_predict_and_verify(
    run: Run, models: Path, tmp_path: Path
) -> None:
    done = run(
        *("compile", models / "logistic.joblib", "--data", models / "iris.csv", *_FAST),
        *("-o", tmp_path / "out", "--input-type", "int16", "--input-scale", "0.001"),
    )
    assert done.code == 0, done.err
    rows = tmp_path / "rows.csv"
    rows.write_text("5,3,1.5,0.2\n-20,3,1.5,0.2\n5,3,40,0.2\n")
    inside = tmp_path / "inside.csv"
    inside.write_text("5,3,1.5,0.2\n")
    for command in (("predict",), ("verify", "--on", "host")):
        run_on = (command[0], tmp_path / "out", *command[1:], "--json", "--data")
        said = run(*run_on, rows).document["warnings"]
        assert [text.split(" (")[0] for text in said] == [
            "1 of 3 rows lie outside int16 with this scale and offset and are clipped",
            "2 of 3 rows lie outside the range for which the error is proved",
        ]
        assert run(*run_on, inside).document["warnings"] == []
