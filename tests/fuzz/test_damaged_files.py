# SPDX-License-Identifier: MIT
"""Files that are cut off, changed, endless or bombs: one sentence, whatever the bytes."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import skops.io
from tests.fuzz.hostile import MODELS, X

from thumbling.errors import DataError, ModelError, ThumblingError
from thumbling.frontends import lower
from thumbling.frontends.archive import check_archive
from thumbling.frontends.data_file import load_data
from thumbling.frontends.model_file import load_model

NAMES = ("a", "b", "c")


def quiet(_: str) -> None:
    """Warnings are not the subject here."""


def read(path: Path) -> Any:
    """Like a compile: the model, or the data where the name says so."""
    if path.name.startswith("data"):
        return load_data(path, 3, NAMES)
    return lower(load_model(path, trust=True, allow_pickle=True, warn=quiet).estimator)


def written(folder: Path, name: str) -> Path:
    path = folder / name
    match name:
        case "model.skops":
            skops.io.dump(MODELS["forest"], path)
        case "model.joblib":
            joblib.dump(MODELS["logistic"], path)
        case "model.joblib.z":
            joblib.dump(MODELS["forest"], path, compress=("zlib", 3))
        case "data.npy":
            np.save(path, X)
        case "data.npz":
            np.savez_compressed(path, X=X, y=X[:, 0])
        case "data.csv":
            np.savetxt(path, X, delimiter=",", header="a,b,c", comments="")
        case "data.csv.gz":
            path.write_bytes(gzip.compress(written(folder, "data.csv").read_bytes(), mtime=0))
        case "data.json":
            path.write_text(json.dumps([dict(zip(NAMES, row, strict=True)) for row in X.tolist()]))
        case _:
            pyarrow = pytest.importorskip("pyarrow", reason="needs pyarrow")
            columns = {**dict(zip(NAMES, X.T, strict=True)), "note": list("xyz" * (len(X) // 3))}
            table = pyarrow.table(columns)
            if name == "data.parquet":
                pytest.importorskip("pyarrow.parquet").write_table(table, path)
            else:
                pytest.importorskip("pyarrow.feather").write_feather(table, path)
    return path


def refused(path: Path) -> bool:
    """Whether it was refused; any other error than ours ends the test."""
    try:
        read(path)
    except ThumblingError as error:
        return len(error.message.splitlines()) == 1 and error.exit_code == 1
    return False


def mutants(content: bytes, seed: int, many: int) -> Iterator[bytes]:
    rng = random.Random(seed)
    for _ in range(many):
        changed = bytearray(content)
        for _ in range(rng.choice([1, 1, 3, 20])):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        yield bytes(changed)


FILES = (
    *("model.skops", "model.joblib", "model.joblib.z"),
    *("data.npy", "data.npz", "data.csv", "data.csv.gz", "data.json"),
    *("data.parquet", "data.feather"),
)


@pytest.mark.parametrize("name", FILES)
def test_cut_off_at_any_length(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name)
    content = path.read_bytes()
    assert not refused(path)
    for length in sorted({*range(20), *range(20, len(content), max(1, len(content) // 60))}):
        path.write_bytes(content[:length])
        # A table of text that ends early may still be a table, one row shorter.
        assert refused(path) or name == "data.csv", length


# A pickle that was changed may run anything.
@pytest.mark.parametrize("name", [name for name in FILES if "joblib" not in name])
def test_changed_bytes(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name)
    count = 0
    for content in mutants(path.read_bytes(), seed=7, many=150):
        path.write_bytes(content)
        count += refused(path)
    assert count > 0


def test_changed_members_of_a_skops_file(tmp_path: Path) -> None:
    """With fresh checksums, so that the change gets through to what reads it."""
    path = written(tmp_path, "model.skops")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    rng, count = random.Random(11), 0
    for _ in range(150):
        name = rng.choice(["schema.json", *members])
        changed = next(mutants(members[name], seed=rng.randrange(10**6), many=1))
        with zipfile.ZipFile(path, "w") as archive:
            for other, content in members.items():
                archive.writestr(other, changed if other == name else content)
        count += refused(path)
    assert count > 0


def bomb(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_archives_that_blow_up() -> None:
    limit = 1 << 20
    zeros = bytes(limit // 2)
    check_archive("m", bomb({"schema.json": b"{}", "1.npy": zeros}), limit)
    with pytest.raises(ModelError, match="unpacks to more"):
        check_archive("m", bomb({"schema.json": b"{}", "1.npy": zeros, "2.npy": zeros}), limit)
    often = json.dumps({"content": [{"file": "1.npy"}] * 3}).encode()
    with pytest.raises(ModelError, match="unpacks to more"):
        check_archive("m", bomb({"schema.json": often, "1.npy": zeros}), limit)


def test_a_header_that_promises_too_much(tmp_path: Path) -> None:
    path = tmp_path / "data.npy"
    np.save(path, X)
    content = path.read_bytes().replace(b"(60, 3), ", b"(6000000000000000, 3), ".ljust(9))
    path.write_bytes(content)
    with pytest.raises(DataError, match="damaged"):
        load_data(path, 3, NAMES)


@pytest.mark.skipif(os.name != "posix", reason="devices and pipes are files on POSIX systems only")
@pytest.mark.parametrize("name", ["model.skops", "data.csv"])
def test_devices_pipes_and_links(tmp_path: Path, name: str) -> None:
    pipe = tmp_path / "data.pipe" if name == "data.csv" else tmp_path / "model.pipe"
    os.mkfifo(pipe)
    zero = tmp_path / f"{name}.zero"
    zero.symlink_to("/dev/zero")
    loop = tmp_path / f"{name}.loop"
    loop.symlink_to(loop)
    for path in (pipe, zero, loop):
        assert refused(path), path.name
    link = tmp_path / f"{name}.link"
    link.symlink_to(written(tmp_path, name))
    assert not refused(link)
