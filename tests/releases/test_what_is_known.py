# SPDX-License-Identifier: MIT
"""What is known of the release behind a model, from its file or from what it holds."""

from __future__ import annotations

import operator
import pickle
import warnings
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import sklearn
import skops.io
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from tests.fuzz.hostile import retold
from tests.releases.stored import answers, load, rows, stored
from tests.unit.source_graphs import forest_of

import thumbling
from thumbling.errors import ModelError
from thumbling.frontends import lower
from thumbling.frontends.model_file import load_model
from thumbling.frontends.release import mark_releases, trained_with
from thumbling.frontends.saved_release import saved_release
from thumbling.pipeline import Options, compile_model
from thumbling.reference import evaluate

HERE = sklearn.__version__
X = [[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 0.0]]
Y = [0, 0, 1, 1]
WITH_SCHEMES_GONE = tuple(int(part) for part in HERE.split(".")[:2]) >= (1, 8)


def unmarked(release: str, name: str) -> Any:
    """As a user's own `joblib.load` gives it: nothing says of which release it is."""
    with warnings.catch_warnings(action="ignore"):
        return joblib.load(stored(release, name))


def test_an_ensemble_saved_again_by_another_release_still_holds_counts(tmp_path: Path) -> None:
    path = tmp_path / "again.joblib"
    joblib.dump(load(stored("1.3.2", "forest_weighted"))[0], path)
    model, notes = load(path)
    assert notes == []
    done = compile_model(model, Options(), rows("1.3.2", "float32"))
    assert done.source.release is not None
    assert done.source.release.trained == "before 1.4"
    ours, _ = evaluate(done.graph, rows("1.3.2", "float32"))
    theirs = answers("1.3.2", "forest_weighted")["float32"]["predict"]
    assert (ours["label"] == theirs).all()
    assert done.fidelity.label_agreement == 1.0


@pytest.mark.skipif(not WITH_SCHEMES_GONE, reason="the installed release knows multi_class")
def test_a_scheme_shows_that_a_release_before_1_8_trained_it() -> None:
    source = lower(unmarked("1.5.2", "logistic_ovr"))
    assert source.release is not None
    assert "before 1.8" in source.release.note
    with pytest.raises(ModelError, match=f"before 1.8, {HERE} is installed") as caught:
        lower(unmarked("1.5.2", "logistic_newton"))
    assert "which that release saved" in caught.value.hint


def test_classes_of_equal_share_keep_the_order_of_their_counts() -> None:
    """Releases before 1.4 chose by counts, which may differ where their quotients do not."""
    counts = next(
        np.array([low, low + 2.0**-52, low])
        for low in (2.0 - k * 2.0**-52 for k in range(2, 100))
        if low / (3 * low + 2.0**-52) == (low + 2.0**-52) / (3 * low + 2.0**-52)
    )

    def change(state: dict[str, Any]) -> None:
        state["values"][:, 0] = counts

    model = load(stored("1.3.2", "tree"))[0]
    model.tree_ = retold(model.tree_, change)
    (tree,) = forest_of(lower(model)).trees
    assert (tree.value[:, 0] == tree.value[:, 1]).all()
    for output in ("label", "all"):
        graph = compile_model(model, Options(output=output), rows("1.3.2", "float32")).graph
        assert (evaluate(graph, rows("1.3.2", "float32"))[0]["label"] == 1).all()


def test_leaves_without_weight_have_no_share() -> None:
    """Releases before 1.4 divided by 1 where a leaf's counts were all zero."""

    def change(state: dict[str, Any]) -> None:
        state["values"][:] = 0

    model = load(stored("1.3.2", "forest_two"))[0]
    for tree in model.estimators_[1:]:
        tree.tree_ = retold(tree.tree_, change)
    done = compile_model(model, Options(output="all"), rows("1.3.2", "float32"))
    ours = evaluate(done.graph, rows("1.3.2", "float32"))[0]["proba"].sum(axis=1)
    scale = float(done.graph.scales(done.graph.outputs[1])[0])
    assert np.abs(ours * scale - 1 / 3).max() <= 2 * scale
    assert done.fidelity.max_abs_error <= (done.fidelity.epsilon or 0)


def test_a_missing_attribute_names_both_releases() -> None:
    model = load(stored("1.4.2", "logistic_two"))[0]
    del model[-1].coef_
    with pytest.raises(ModelError, match=r"has no coef_ \(saved by scikit-learn 1\.4\.2") as caught:
        lower(model)
    assert f"{HERE} is installed" in caught.value.message


def warned(*releases: str) -> list[warnings.WarningMessage]:
    """What scikit-learn says when it loads a StandardScaler of each of the releases."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for release in releases:
            message = InconsistentVersionWarning(
                estimator_name="StandardScaler",
                current_sklearn_version=HERE,
                original_sklearn_version=release,
            )
            warnings.warn(message, stacklevel=1)
    return caught


def test_every_estimator_gets_its_release_back() -> None:
    model = load(stored("1.3.2", "tree_scaled"))[0]
    assert [trained_with(step) for step in model] == ["1.3.2", "1.3.2"]
    forest = load(stored("1.3.2", "forest"))[0]
    assert {trained_with(tree) for tree in forest.estimators_} == {"1.3.2"}


@pytest.mark.parametrize("releases", [("1.5.2",), ("1.5.2", "1.8.0")])
def test_scalers_of_several_releases_are_refused(releases: tuple[str, ...]) -> None:
    model = make_pipeline(StandardScaler(), StandardScaler(), LogisticRegression()).fit(X, Y)
    with pytest.raises(ModelError, match=r"m\.joblib holds a StandardScaler of each of .*1\.5\.2"):
        mark_releases("m.joblib", model, warned(*releases))


@pytest.mark.parametrize("compress", [0, ("zlib", 3), ("gzip", 3), ("bz2", 3), ("xz", 3)])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_names_its_release(
    tmp_path: Path, compress: Any, protocol: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.joblib"
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    monkeypatch.setattr("sklearn.base.__version__", "1.2.2")
    joblib.dump(model, path, compress=compress, protocol=protocol)
    assert saved_release(path.read_bytes()) == "1.2.2"


def test_skops_names_its_release_and_other_bytes_none(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    skops.io.dump(StandardScaler().fit(X), path)
    assert saved_release(path.read_bytes()) == HERE
    for content in (b"", b"PK\3\4", b"\x80\5.", b"\x1f\x8b\x08", b"_sklearn_version"):
        assert saved_release(content) == ""


class Gone:
    """A pickle of something that is not there any more."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return operator.itemgetter(1), ("",)


def test_what_cannot_be_loaded_names_both_releases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a tree of 1.2: its state fails before scikit-learn can warn of the release."""
    model = DecisionTreeClassifier().fit(X, Y)
    model.tree_ = Gone()
    monkeypatch.setattr("sklearn.base.__version__", "1.2.2")
    path = tmp_path / "model.joblib"
    joblib.dump(model, path, compress=3)
    monkeypatch.undo()
    with pytest.raises(ModelError, match=f"saved by scikit-learn 1.2.2 and is read by {HERE}"):
        load_model(path, trust=True, allow_pickle=True, warn=pytest.fail)


def test_the_report_says_whose_meaning_was_compiled(tmp_path: Path) -> None:
    notes: list[str] = []
    done = thumbling.compile(
        stored("1.3.2", "forest_weighted"),
        board="nucleo-f401",
        output="proba",
        builder="none",
        verify=(),
        trust=True,
        warn=notes.append,
        out=tmp_path / "out",
    )
    release = done.report.model.release
    assert release is not None
    assert (release.trained, release.installed) == ("1.3.2", HERE)
    assert release.note in notes
    assert "scikit-learn 1.3.2" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert done.folder.report == done.report
