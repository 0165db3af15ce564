# SPDX-License-Identifier: MIT
"""Model files: recognised by content, loaded safely, refused with one clear error."""

from __future__ import annotations

import gzip
import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import joblib
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from thumbling.errors import ModelError, UnsupportedModelError, UntrustedModelError
from thumbling.frontends.model_file import LoadedModel, load_model
from thumbling.frontends.model_format import recognise

X = [[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 0.0]]
Y = [0, 0, 1, 1]


class Bomb:
    """A pickle that would leave a mark where it is executed."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return Path.touch, (self.mark,)  # type: ignore[return-value]


def load(path: Path, **options: Any) -> tuple[LoadedModel, list[str]]:
    warnings: list[str] = []
    settings = {"trust": False, "allow_pickle": True, **options}
    return load_model(path, warn=warnings.append, **settings), warnings


def tree() -> DecisionTreeClassifier:
    return DecisionTreeClassifier(random_state=0).fit(X, Y)


@pytest.mark.parametrize(
    "compress", [0, ("zlib", 3), ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)]
)
def test_joblib_loads_with_a_warning(tmp_path: Path, compress: Any) -> None:
    path = tmp_path / "model.joblib"
    joblib.dump(tree(), path, compress=compress)
    loaded, warnings = load(path)
    assert loaded.format == "pickle"
    assert loaded.estimator.predict(X).tolist() == Y
    assert len(warnings) == 1
    assert "--trust" in warnings[0]
    assert load(path, trust=True)[1] == []


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_pickle_protocol_is_recognised(tmp_path: Path, protocol: int) -> None:
    content = pickle.dumps(tree(), protocol=protocol)
    assert recognise(content) == "pickle"
    path = tmp_path / "model.pkl"
    path.write_bytes(content)
    assert load(path)[0].estimator.predict(X).tolist() == Y


@pytest.mark.parametrize("ending", [".skops", ".csv", ".onnx", ".json", "", ".csv.gz"])
@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_a_hidden_pickle_is_never_executed(tmp_path: Path, ending: str, protocol: int) -> None:
    mark = tmp_path / "executed"
    path = tmp_path / f"model{ending}"
    content = pickle.dumps(Bomb(mark), protocol=protocol)
    path.write_bytes(gzip.compress(content) if ending.endswith("gz") else content)
    with pytest.raises(UntrustedModelError, match="another ending"):
        load(path, trust=True)
    assert not mark.exists()


def test_no_pickle_refuses_without_executing(tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(Bomb(mark)))
    with pytest.raises(UntrustedModelError, match="refused"):
        load(path, allow_pickle=False)
    assert not mark.exists()


@pytest.mark.parametrize(
    "model",
    [
        tree(),
        make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y),
        SGDClassifier(random_state=0).fit(X, Y),
    ],
    ids=["tree", "pipeline", "sgd"],
)
def test_skops_loads_without_warning(tmp_path: Path, model: Any) -> None:
    path = tmp_path / "any.name"
    skops.io.dump(model, path)
    loaded, warnings = load(path, allow_pickle=False)
    assert loaded.format == "skops"
    assert loaded.estimator.predict(X).tolist() == model.predict(X).tolist()
    assert warnings == []


def test_skops_names_untrusted_types(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    skops.io.dump({"bad": Bomb(tmp_path)}, path)
    with pytest.raises(UntrustedModelError, match="Bomb"):
        load(path, trust=True)


def keras() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", "")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b'{"learner":{"attributes":{}},"version":[3,2,0]}', "XGBoost"),
        (b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner{", "XGBoost"),
        (b"tree\nversion=v4\nnum_class=1\n", "LightGBM"),
        (keras(), "Keras"),
        (b"\x89HDF\r\n\x1a\n" + bytes(32), "HDF5"),
        (b"\x1c\0\0\0TFL3" + bytes(32), "TensorFlow Lite"),
        (b"\x08\x09\x12\x07skl2onnx", "ONNX"),
    ],
)
def test_other_formats_are_named(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(content)
    with pytest.raises(UnsupportedModelError, match=what):
        load(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"PK\x03\x04",
        b"\x80",
        b"\x80\x05.",
        b"\x1f\x8b\x08",
        b"x\x9c\0",
        b"\x93NUMPY",
        b"\xff" * 99,
    ],
)
def test_rubbish_is_one_model_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(content)
    with pytest.raises(ModelError):
        load(path)


def test_a_pickle_that_exits_does_not_end_the_program(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(b"cbuiltins\nexit\n(I3\ntR.")
    with pytest.raises(ModelError, match="SystemExit"):
        load(path)


@pytest.mark.parametrize("ending", ["joblib", "skops"])
def test_another_release_is_one_note(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"model.{ending}"
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    monkeypatch.setattr("sklearn.base.__version__", "1.2.2")
    (joblib if ending == "joblib" else skops.io).dump(model, path)
    monkeypatch.undo()
    notes = load(path, trust=True)[1]
    assert len(notes) == 1
    assert "saved by scikit-learn 1.2.2 and is read by" in notes[0]


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no file"):
        load(tmp_path / "absent.pkl")
    with pytest.raises(ModelError, match="folder"):
        load(tmp_path)
    with pytest.raises(ModelError, match="cannot be read"):
        load(tmp_path / ("long" * 200))
    (tmp_path / "saved_model.pb").touch()
    with pytest.raises(UnsupportedModelError, match="SavedModel"):
        load(tmp_path)
