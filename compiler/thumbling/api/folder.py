# SPDX-License-Identifier: MIT
"""An output folder, opened again: its reference, its vectors, its firmware."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.api.answering import Reference
from thumbling.api.doubts import row_doubts
from thumbling.api.rows import check_rows
from thumbling.boards import Board, load_board
from thumbling.errors import DataError, OutputError, VerificationError
from thumbling.frontends.archive import members
from thumbling.frontends.data_file import DAMAGE, load_data
from thumbling.frontends.numpy_file import arrays
from thumbling.frontends.unpack import MAX_UNPACKED_BYTES, TooLargeError
from thumbling.ir import Graph, model_id
from thumbling.ir.ports import feature_names, offsets, pack_rows, port_rows, store_rows
from thumbling.ir.serialize import graph_from_json
from thumbling.reference import evaluate, pack_outputs
from thumbling.report import FeatureValue, Report, Verification, report_from_dict
from thumbling_hil.verify import verify

MODEL = "model.json"
VECTORS = "vectors.npz"
REPORT = "report.json"
MANIFEST = "manifest.json"
_NOTHING = np.empty((0, 0, 0))
_Rows = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class OutputFolder(Reference):
    """A folder `compile` made, with the methods of its reference.

    Nothing in it is ever unpickled or run on this machine's trust.
    """

    path: Path

    @classmethod
    def open(cls, path: Path) -> OutputFolder:
        """Raises `OutputError` where `path` is no output of thumbling, or is damaged."""
        if not path.is_dir():
            raise OutputError(
                f"there is no folder {path.name}", hint="name a folder `thumbling compile` made"
            )
        if not (path / MODEL).is_file():
            raise OutputError(
                f"{path.name} holds no {MODEL}, so it is no output of thumbling",
                hint="name a folder `thumbling compile` made",
            )
        return cls(path=path, graph=graph_from_json(_text(path / MODEL)))

    @property
    def manifest(self) -> dict[str, Any]:
        """`manifest.json`."""
        return _json(self.path / MANIFEST)

    @property
    def report(self) -> Report:
        """`report.json`."""
        return report_from_dict(_json(self.path / REPORT))

    @property
    def board(self) -> Board:
        """The board it was compiled for."""
        return load_board(self.report.board)

    @property
    def elf(self) -> Path:
        """The built image. Raises `OutputError` where nothing was built."""
        elf = self.path / "firmware.elf"
        if not elf.is_file():
            raise OutputError(
                f"{self.path.name} holds no firmware.elf",
                hint="compile without --builder none, or run `pio run` in its firmware folder",
            )
        return elf

    def read_data(self, path: Path) -> _Rows:
        """Real rows from a data file."""
        names = feature_names(self.graph.inputs)
        x: _Rows = load_data(path, len(names), names).X
        return check_rows(self.graph, x, path.name)

    def store(self, x: _Rows) -> _Rows:
        """Real rows, the columns of all inputs in order, as stored rows (`ir/ports.py`)."""
        return store_rows(self.graph.inputs, x)

    def doubts(self, x: _Rows) -> list[str]:
        """What to say of real rows of shape (n, n_features): clipped, or outside what is proved."""
        if len(self.graph.inputs) > 1:
            return []  # nothing is certified of the inputs of a graph that was given
        return list(row_doubts(self.report, self.graph.input, x))

    def vectors(self) -> _Rows:
        """The stored input rows of `vectors.npz`, whose outputs must be the reference's."""
        try:
            content = (self.path / VECTORS).read_bytes()
            stored = arrays(VECTORS, members(content, MAX_UNPACKED_BYTES))
        except (*DAMAGE, TooLargeError, DataError) as error:
            raise OutputError(
                f"{VECTORS} is missing or damaged", hint="compile the model again"
            ) from error
        rows: _Rows = stored.pop("X", np.empty(0))
        ports = self.graph.inputs
        empty = pack_rows(ports, tuple(np.empty((0, port.spec.n_features)) for port in ports))
        if rows.shape[1:] != empty.shape[1:] or rows.dtype != empty.dtype:
            raise OutputError(f"{VECTORS} is of another model", hint="compile the model again")
        outputs = evaluate(self.graph, rows)[0]
        for name in sorted({*outputs, *stored}):
            if not np.array_equal(outputs.get(name, _NOTHING), stored.get(name, _NOTHING)):
                raise OutputError(
                    f"{VECTORS} holds another {name} than the reference gives for its inputs",
                    hint="the file was changed or is of another version: compile the model again",
                )
        return rows

    def changed_files(self) -> list[str]:
        """Names of the manifest whose files are missing or not those `compile` wrote."""
        named = self.manifest.get("files")
        if not isinstance(named, dict):
            raise OutputError(f"{MANIFEST} is damaged", hint="compile the model again")
        return sorted(name for name, digest in named.items() if self._digest(name) != digest)

    def _digest(self, name: str) -> str:
        path = self.path / name
        inside = path.resolve().is_relative_to(self.path.resolve())
        return hashlib.sha256(path.read_bytes()).hexdigest() if inside and path.is_file() else ""

    def verify(self, on: str, stored: _Rows, port: str | None = None) -> Verification:
        """Ask the target `on` for stored rows and compare every bit with the reference."""
        return compare(
            on,
            graph=self.graph,
            stored=stored,
            elf=None if on == "host" else self.elf,
            board=None if on == "host" else self.board,
            src_dir=self.path / "src",
            port=port,
        )


def compare(
    on: str,
    *,
    graph: Graph,
    stored: _Rows,
    elf: Path | None,
    board: Board | None,
    src_dir: Path,
    port: str | None = None,
) -> Verification:
    """Ask a target for stored rows; rows the C refuses (NaN) are left out."""
    outputs, refused = evaluate(graph, stored)
    expected = pack_outputs(graph, outputs)
    kept = np.flatnonzero(~refused)
    result = verify(
        on,
        inputs=stored[kept],
        expected=[expected[i] for i in kept],
        elf=elf,
        board=board,
        port=port,
        src_dir=src_dir,
        name=graph.name,
        model_id=model_id(graph),
        offsets=offsets(graph.inputs),
        stateful=bool(graph.state),
    )
    first: dict[str, Any] | None = result.first
    if first is not None:
        # Counted among all rows that were given, those left out included.
        first = {**first, "row": int(kept[first["row"]])}
    return Verification(
        on=on,
        vectors=result.vectors,
        mismatches=result.mismatches,
        detail=_detail(graph, first),
        failing_input=() if first is None else _feature_values(graph, stored[[first["row"]]]),
    )


def _feature_values(graph: Graph, row: _Rows) -> tuple[FeatureValue, ...]:
    """One stored row, of shape (1, ..), feature by feature."""
    stored: list[Any] = []
    real: list[Any] = []
    for port, part in zip(graph.inputs, port_rows(graph.inputs, row).values(), strict=True):
        stored += part[0].tolist()
        real += port.spec.real(part)[0].tolist()
    return tuple(
        FeatureValue(name=name, stored=_plain(value), real=_plain(meant))
        for name, value, meant in zip(feature_names(graph.inputs), stored, real, strict=True)
    )


def _plain(value: Any) -> Any:
    """The number, or its name where it is not finite."""
    return value if math.isfinite(value) else str(value)


def require_identical(results: tuple[Verification, ...]) -> None:
    """Raise `VerificationError` naming the first difference, if any target differs."""
    for item in results:
        if item.mismatches:
            raise VerificationError(
                f"{item.on} differs from the reference on {item.mismatches} of {item.vectors}"
                f" vectors; {item.detail}",
                hint="this is a bug of thumbling or of the target: please report the model",
            )


def _detail(graph: Graph, first: Mapping[str, Any] | None) -> str:
    """The first difference in the reader's words: row, field, both values, the op behind it."""
    if not first:
        return ""
    if first["status"] != 0:
        return f"first at vector {first['row']}: the C status is {first['status']}"
    index = first["byte"] // 4
    for output in graph.outputs:
        length = graph.tensors[output.tensor].size
        if index < length:
            op = next(o for o in graph.ops if o.output == output.tensor)
            expected, got = (
                int.from_bytes(bytes.fromhex(first[key]), "little", signed=True)
                for key in ("expected", "got")
            )
            return (
                f"first at vector {first['row']}: {output.field}[{index}] is {got},"
                f" the reference says {expected} ({type(op).__name__} writes it)"
            )
        index -= length
    return f"first at vector {first['row']}, byte {first['byte']}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(
            f"{path.name} is missing or damaged", hint="compile the model again"
        ) from error


def _json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise OutputError(f"{path.name} is damaged", hint="compile the model again") from error
    if not isinstance(document, dict):
        raise OutputError(f"{path.name} is damaged", hint="compile the model again")
    return document
