# SPDX-License-Identifier: MIT
"""Options of `compile` with values of every kind: what is taken, told or refused."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from tests.cli.conftest import BUILDER, Done, Run

pytest.importorskip("pandas", reason="frames need pandas")

FAST = ("--board", "nucleo-f401", "--trust", "--json", "--builder", "none")


@pytest.fixture
def frame() -> Any:
    """iris without targets."""
    return load_iris(as_frame=True).data.astype(np.float32)


def compiled(run: Run, out: Path, model: Path, *more: object) -> Done:
    return run("compile", model, *FAST, "--verify", "none", "-o", out / "out", *more)


def test_scales_as_numbers_and_as_files_are_the_same(
    run: Run, models: Path, tmp_path: Path
) -> None:
    file = tmp_path / "scale.txt"
    file.write_text("0.1 0.1\n0.1,0.1\n")
    images = set()
    for scale in ("0.1", "0.1,0.1,0.1,0.1", file):
        more = ("--input-type", "int8", "--input-scale", scale, "--input-offset", "-0.5")
        done = compiled(run, tmp_path, models / "tree.joblib", *more)
        assert done.code == 0, done.err
        images.add((tmp_path / "out" / "src" / "tree.c").read_text())
    assert len(images) == 1


@pytest.mark.parametrize(
    ("option", "text", "message"),
    [
        ("--input-scale", "0.1,0.2", "2 numbers for 4 features"),
        ("--input-scale", "0", "must lie between"),
        ("--input-scale", "1,1,0,1", "must lie between"),
        ("--input-scale", "1e-320", "must lie between"),
        ("--input-scale", "nan", "is not finite"),
        ("--input-offset", "1e308", "must lie between"),
        ("--input-offset", "/dev/zero", "neither numbers nor a file"),
        ("--name", "Größe", "cannot name a model"),
        ("--name", "a/../b", "cannot name a model"),
        ("--name", "stdint", "belongs to the C or C++ library"),
        ("--name", "n" * 49, "cannot name a model"),
        ("--verify", "serial", "does not hold this firmware"),
        ("--output", "value", "has no output"),
    ],
)
def test_values_that_are_refused(
    run: Run, models: Path, tmp_path: Path, option: str, text: str, message: str
) -> None:
    more = ("--input-type", "int16", option, text)
    done = run("compile", models / "tree.joblib", *FAST, *more, "-o", tmp_path / "out")
    body = done.error(2, "option")
    assert message in body["message"]
    assert body["hint"]
    assert list(tmp_path.iterdir()) == []


def test_probabilities_of_a_model_without_any(run: Run, tmp_path: Path) -> None:
    x, y = load_iris(return_X_y=True)
    joblib.dump(make_pipeline(StandardScaler(), LinearSVC()).fit(x, y), tmp_path / "svc.joblib")
    body = compiled(run, tmp_path, tmp_path / "svc.joblib", "--output", "proba").error(2, "option")
    assert "it has: label, score" in body["hint"]


def test_probabilities_that_the_source_has_and_we_do_not(run: Run, tmp_path: Path) -> None:
    """Labels and scores work; only the formula of the probabilities is missing."""
    x, y = load_iris(return_X_y=True)
    model = tmp_path / "huber.joblib"
    joblib.dump(SGDClassifier(loss="modified_huber", random_state=0).fit(x, y), model)
    data = tmp_path / "x.npy"
    np.save(data, x)
    body = compiled(run, tmp_path, model, "--output", "proba").error(2, "option")
    assert "has a predict_proba, whose formula is not compiled yet" in body["message"]
    assert "label or score" in body["hint"]
    done = compiled(run, tmp_path, model, "--output", "all", "--data", data)
    assert done.code == 0, done.err
    assert [out["field"] for out in done.document["fidelity"]["outputs"]] == ["label", "score"]


def test_what_has_no_effect_is_told(run: Run, models: Path, tmp_path: Path) -> None:
    done = run(
        *("compile", models / "tree.joblib", *FAST, "--verify", "unicorn", "-q"),
        *("--precision", "int8", "--max-flash", "1", "--input-type", "int8"),
        *("--data", models / "iris.csv", "--input-scale", "0.05", "-o", tmp_path / "out"),
    )
    assert done.code == 0, done.err
    lines = sorted(done.err.splitlines())
    assert [line.partition(":")[0] for line in lines] == ["warning"] * 4
    assert "trees have none" in lines[0]
    assert "lie outside int8 and are clipped" in lines[1]
    assert "not verified on unicorn" in lines[2]
    assert "no budget is checked" in lines[3]


def test_a_latency_budget_is_measured_without_being_verified(
    run: Run, models: Path, tmp_path: Path
) -> None:
    arguments = ("compile", models / "tree.joblib", "--board", "nucleo-f401", "--trust", "--json")
    more = ("--builder", BUILDER, "--verify", "none", "--max-latency", "0.001us")
    body = run(*arguments, *more, "-o", tmp_path / "out").error(4, "budget")
    assert "one prediction takes" in body["message"]
    assert list(tmp_path.iterdir()) == []


def test_data_of_every_kind_and_order_are_the_same(
    run: Run, models: Path, tmp_path: Path, frame: Any
) -> None:
    turned = frame[frame.columns[::-1]]
    writers = {
        "plain.csv": lambda p: frame.to_csv(p, index=False),
        "bare.csv": lambda p: frame.to_csv(p, index=False, header=False),
        "index.csv": frame.to_csv,
        "turned.csv": lambda p: turned.assign(y=1).to_csv(p, index=False, sep=";"),
        "case.csv": lambda p: turned.rename(columns=str.upper).to_csv(p, index=False),
        "x.npy": lambda p: np.save(p, frame.to_numpy()),
        "x.npz": lambda p: np.savez(p, X=frame.to_numpy(), y=np.arange(150)),
    }
    if find_spec("pyarrow") is not None:
        writers["x.parquet"] = turned.to_parquet
    seen = set()
    for name, write in writers.items():
        write(tmp_path / name)
        done = compiled(run, tmp_path, models / "logistic.joblib", "--data", tmp_path / name)
        assert done.code == 0, (name, done.err)
        fidelity = done.document["fidelity"]
        seen.add((fidelity["rows"], fidelity["label_agreement"], fidelity["max_abs_error"]))
        header = (tmp_path / "out" / "src" / "logistic.h").read_text()
        assert "sepal length (cm)" in header, name
    assert len(seen) == 1
    assert seen.pop()[:2] == (150, 1.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("p,q,r,s\n1,2,3,4\n", "no column 'sepal length (cm)' (and 3 more"),
        ("1,2,3,inf\n", "row 1, column 4 (petal width (cm)) is infinite"),
        ("1,2,3,1e300\n", "is 1e+300"),
        ("1,2,3,4,5\n", "has 5 columns, the model takes 4"),
    ],
)
def test_data_that_do_not_fit(
    run: Run, models: Path, tmp_path: Path, text: str, message: str
) -> None:
    data = tmp_path / "d.csv"
    data.write_text(text)
    body = compiled(run, tmp_path, models / "logistic.joblib", "--data", data).error(1, "data")
    assert message in body["message"]
    assert [p.name for p in tmp_path.iterdir()] == ["d.csv"]
