# SPDX-License-Identifier: MIT
"""Files that unpack to far more than they are, or lie about it: stopped at the limit."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression
from tests.fuzz.hostile import LABELS, MODELS, X

from thumbling.errors import DataError, ModelError, ThumblingError
from thumbling.frontends import csv_file, data_file, json_rows, model_file, table
from thumbling.frontends.archive import check_archive, members
from thumbling.frontends.data_file import load_data
from thumbling.frontends.model_file import load_model
from thumbling.frontends.unpack import TooLargeError, compression, unpack

MIB = 1 << 20
LIMIT, BOMB = 4 * MIB, 128 * MIB
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lambda content: lzma.compress(content, preset=0),
    "zlib": zlib.compress,
}


@pytest.fixture(autouse=True)
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (csv_file, data_file, json_rows, model_file, table):
        monkeypatch.setattr(module, "MAX_UNPACKED_BYTES", LIMIT)
    monkeypatch.setattr(json_rows, "_MOST", LIMIT // 16)
    monkeypatch.setattr(csv_file, "_LONGEST_ROW", MIB)


def peak(work: Callable[[], Any]) -> int:
    """The most memory that was in use at once."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def stopped(path: Path, error: type[ThumblingError] = DataError) -> None:
    """Reading ends at the limit: one sentence, little memory."""

    def open_it() -> Any:
        if error is DataError:
            return load_data(path, 3, ("a", "b", "c"))
        return load_model(path, trust=True, allow_pickle=True, warn=lambda _: None)

    def read() -> None:
        with pytest.raises(error, match="unpacks to more than 4 MiB") as caught:
            open_it()
        assert caught.value.exit_code == 1

    assert peak(read) < 6 * LIMIT


@pytest.mark.parametrize("kind", PACKERS)
def test_streams_are_unpacked_up_to_the_limit(kind: str) -> None:
    content = bytes(range(256)) * 300
    packed = PACKERS[kind](content)
    assert compression(packed) == kind
    assert unpack(packed, kind, len(content)) == content
    with pytest.raises(TooLargeError):
        unpack(packed, kind, len(content) - 1)
    with pytest.raises(EOFError):
        unpack(packed[:-5], kind, len(content))
    if kind != "zlib":
        assert unpack(packed + packed, kind, 2 * len(content)) == 2 * content


@pytest.mark.parametrize("kind", PACKERS)
def test_compressed_bombs(tmp_path: Path, kind: str) -> None:
    # Of many streams, since some packers take long for one.
    many = 1 if kind == "zlib" else BOMB // MIB
    rows = PACKERS[kind](b"1,2,3\n" * (BOMB // many // 6)) * many
    (tmp_path / "rows.csv").write_bytes(rows)
    if kind != "zlib":  # which text may begin like
        stopped(tmp_path / "rows.csv")
    model = PACKERS[kind](bytes([0x80, 0x04]) + bytes(BOMB // many)) * many
    (tmp_path / "model.joblib").write_bytes(model)
    stopped(tmp_path / "model.joblib", ModelError)


def lying_archive(members_: dict[str, bytes], says: int) -> bytes:
    """A zip whose directory says that every file has so many bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members_.items():
            archive.writestr(name, content)
        for item in archive.infolist():
            item.file_size = says
            item.CRC = zlib.crc32(members_[item.filename][:says])
    return buffer.getvalue()


def test_archives_that_say_less_than_they_hold(tmp_path: Path) -> None:
    zeros = {"X.npy": bytes(BOMB)}
    (tmp_path / "rows.npz").write_bytes(lying_archive(zeros, 100))
    stopped(tmp_path / "rows.npz")
    content = lying_archive({"schema.json": b"{}" + b" " * 98, "0.npy": bytes(BOMB)}, 100)
    (tmp_path / "model.skops").write_bytes(content)
    stopped(tmp_path / "model.skops", ModelError)
    for says in (10, 300):
        with pytest.raises(zipfile.BadZipFile):
            members(lying_archive({"a": bytes(200)}, says), LIMIT)


def test_an_honest_npz_beyond_the_limit(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "rows.npz", X=np.zeros((BOMB // 24, 3)))
    stopped(tmp_path / "rows.npz")
    # What is small as bytes may be eight times that as rows of float64.
    np.savez_compressed(tmp_path / "rows.npz", X=np.zeros((LIMIT // 6, 3), dtype=np.int8))
    stopped(tmp_path / "rows.npz")


def test_two_files_of_one_name() -> None:
    buffer = io.BytesIO()
    with pytest.warns(UserWarning), zipfile.ZipFile(buffer, "w") as archive:  # noqa: PT030, PT031
        archive.writestr("schema.json", "{}")
        archive.writestr("schema.json", "[]")
    for read in (members, lambda c, most: check_archive("m", c, most)):
        with pytest.raises(zipfile.BadZipFile, match="one name"):
            read(buffer.getvalue(), LIMIT)


@pytest.mark.parametrize("kind", ["parquet", "zstd", "lz4"])
def test_arrow_bombs(tmp_path: Path, kind: str) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="needs pip install 'thumbling[data]'")
    feather = pytest.importorskip("pyarrow.feather")
    parquet = pytest.importorskip("pyarrow.parquet")
    zeros = pyarrow.table({name: np.zeros(BOMB // 24) for name in "abc"})
    path = tmp_path / "rows"
    if kind == "parquet":
        parquet.write_table(zeros, path)
    else:
        feather.write_feather(zeros, path, compression=kind, chunksize=1 << 20)
    del zeros
    before = pyarrow.total_allocated_bytes()
    assert path.stat().st_size < MIB
    stopped(path)
    assert pyarrow.total_allocated_bytes() - before < 2 * LIMIT


@pytest.mark.parametrize("how", ["zlib", "gzip", "bz2", "xz", "lzma", None])
def test_compressed_models_load_as_before(tmp_path: Path, how: str | None) -> None:
    path = tmp_path / "model.joblib"
    small = LogisticRegression().fit(X, LABELS)
    joblib.dump(small, path, compress=(how, 3) if how else 0)
    loaded = load_model(path, trust=True, allow_pickle=True, warn=pytest.fail).estimator
    assert np.array_equal(loaded.predict(X), small.predict(X))
    assert np.array_equal(loaded.coef_, small.coef_)


def test_a_long_text_in_many_rows_is_there_once(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="needs pip install 'thumbling[data]'")
    parquet = pytest.importorskip("pyarrow.parquet")
    word = "w" * (MIB // 4)
    columns = {**{name: np.zeros(1000) for name in "abc"}, "note": [word] * 1000}
    parquet.write_table(pyarrow.table(columns), tmp_path / "rows", use_dictionary=True)

    def read() -> None:
        notes = load_data(tmp_path / "rows", 3, ("a", "b", "c")).columns["note"]
        assert notes[0] == word
        assert notes[999] is notes[0]

    assert peak(read) < LIMIT


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2,3\n" + "ab,cd,ef\n" * 200_000, "unpacks to more"),
        ("a,b,c,d\n" + "1,2,3,word\n" * 200_000, "unpacks to more"),
        ("1," * MIB, "a row of more than 1 million"),
        ('a,b,c\n"' + "x\n" * MIB, "row .* is no CSV"),
        ("a,b,c\n" + '"\n",' * (MIB // 2), "a row of more than 1 million"),
        ("[" + "[1,2,3]," * 100_000 + "[1,2,3]]", "unpacks to more"),
    ],
    ids=["words", "other column", "one row", "open quote", "cells of two lines", "JSON"],
)
def test_text_that_takes_more_memory_than_bytes(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "rows"
    path.write_text(text, encoding="utf-8")
    if text.startswith("1,2,3\nab"):
        message = "row 2, column 1: 'ab' is no number"

    def read() -> None:
        with pytest.raises(DataError, match=message):
            load_data(path, 3, ("a", "b", "c"))

    assert peak(read) < len(text) + 24 * LIMIT


def test_a_skops_schema_is_plain_json(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    skops.io.dump(MODELS["logistic"], path)
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    schema = files["schema.json"].decode()
    number = json.dumps(json.loads(schema)["protocol"])
    changes: dict[str, str | bytes] = {
        "NaN": schema.replace(f'"protocol": {number}', '"protocol": NaN'),
        "infinity": schema.replace(f'"protocol": {number}', '"protocol": -Infinity'),
        "UTF-16": schema.encode("utf-16"),
        "UTF-32": schema.encode("utf-32-le"),
        "BOM": schema.encode("utf-8-sig"),
        "Latin-1": schema.encode() + b' "\xff"',
    }
    for name, changed in {"same": schema, **changes}.items():
        assert name == "same" or changed != schema, name
        with zipfile.ZipFile(path, "w") as archive:
            for other, content in files.items():
                archive.writestr(other, changed if other == "schema.json" else content)
        if name == "same":
            load_model(path, trust=False, allow_pickle=False, warn=pytest.fail)
            continue
        with pytest.raises(ModelError, match="damaged") as caught:
            load_model(path, trust=False, allow_pickle=False, warn=pytest.fail)
        assert "\n" not in caught.value.message


def test_a_feather_file_that_promises_the_moon(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="needs pip install 'thumbling[data]'")
    feather = pytest.importorskip("pyarrow.feather")
    path = tmp_path / "rows"
    names = dict(zip("abc", X.T.round(), strict=True))
    feather.write_feather(pyarrow.table(names), path, compression="zstd")
    content = path.read_bytes()
    size = struct.pack("<q", 8 * len(X))
    assert content.count(size)
    path.write_bytes(content.replace(size, struct.pack("<q", 1 << 40)))
    with pytest.raises(DataError, match=r"unpacks to more|damaged"):
        load_data(path, 3, ("a", "b", "c"))
