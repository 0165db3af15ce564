# SPDX-License-Identifier: MIT
"""The data of a report, and `report.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from thumbling.errors import OutputError

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseInfo:
    """Which release of its framework trained the model, and which one is installed.

    The model is compiled as the first means it; `note` says what the second answers otherwise.
    """

    trained: str
    installed: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """The compiled model. `n_outputs` counts classes, for regressors values. `release` is None
    where the installed release of its framework trained it.
    """

    source: str
    n_features: int
    n_outputs: int
    class_names: tuple[tuple[str, ...], ...]
    input_type: str
    model_id: str
    feature_names: tuple[str, ...] = ()
    release: ReleaseInfo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A function or variable in the image: `part` is model or board, `memory` flash or RAM."""

    name: str
    part: str
    memory: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Bytes. `flash_bytes` and `ram_bytes` are the whole image, `model_*` the model and the
    runtime it pulls in; `*_total` is what the board has. `stack_bytes` is None when
    not measured. `largest` are the largest symbols of the image, largest first.
    """

    flash_bytes: int
    ram_bytes: int
    stack_bytes: int | None
    model_flash_bytes: int
    model_ram_bytes: int
    flash_total: int
    ram_total: int
    largest: tuple[Symbol, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stat:
    """Mean and greatest value over the samples."""

    mean: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """The cost of one prediction; `method` says how it was measured, `latency_method` how the
    latency follows from the cycles: cycles / clock * `flash_factor`.
    """

    samples: int
    instructions: Stat
    cycles: Stat
    latency_us: Stat
    method: str
    flash_factor: float | None = None
    latency_method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputInfo:
    """One field of the output struct.

    `scale` is the exact real value of one unit, a list of them where the field's values differ.
    `epsilon` is the proved bound; where values have bounds of their own, `epsilons` are these and
    `epsilon` is the greatest.
    """

    field: str
    length: int
    scale: str | list[str]
    certificate: str
    epsilon: float | None
    reason: str
    epsilons: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """How the reference relates to the source model, overall and per output.

    `made_rows` says that the rows are the compiler's own, not the user's data;
    `rows_inside_bound` counts rows whose label the proved bound does not decide. Figures are None
    where they mean nothing (no label, no rows).
    """

    certificate: str
    epsilon: float | None
    rows: int
    label_agreement: float | None
    max_abs_error: float | None
    rows_inside_bound: int
    outputs: tuple[OutputInfo, ...]
    made_rows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureValue:
    """One feature of an input row: what the chip was given and what that stands for.

    A value that is not finite is its name, since JSON has no number for it.
    """

    name: str
    stored: int | float | str
    real: float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """One bit-exact comparison; `detail` says where the first difference is, if there is one.

    `failing_input` is the input row of that difference, feature by feature.
    """

    on: str
    vectors: int
    mismatches: int
    detail: str = ""
    failing_input: tuple[FeatureValue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Report:
    """Everything a compile measured. `memory` and `inference` are None where nothing was built.

    `output_ranges` are the least and greatest real value of every number of an output, by field,
    on the rows of `fidelity`.
    """

    name: str
    board: str
    core: str
    f_cpu_hz: int
    model: ModelInfo
    memory: Memory | None
    inference: Inference | None
    fidelity: Fidelity
    verification: tuple[Verification, ...]
    builder: str
    options: Mapping[str, Any]
    output_ranges: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    schema: int = SCHEMA

    def __repr__(self) -> str:
        return f"<thumbling.Report {self.name} on {self.board}, {self.fidelity.certificate}>"

    def _repr_html_(self) -> str:
        """The page's first screen, for a notebook."""
        from thumbling.report.html import render_card

        return render_card(self)

    def to_dict(self) -> dict[str, Any]:
        """The document of `report.json`: plain JSON values, `schema` first."""
        document = asdict(self)
        document.pop("schema")
        return {"schema": self.schema, **document}


def report_from_dict(document: Any) -> Report:
    """The report `to_dict` wrote. Raises `OutputError` where the document is anything else."""
    try:
        if document["schema"] != SCHEMA:
            raise OutputError(
                f"the report has schema {document['schema']}, this thumbling reads {SCHEMA}",
                hint="compile the model again",
            )
        return _report(document)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise OutputError("report.json is damaged", hint="compile the model again") from error


def _report(document: dict[str, Any]) -> Report:
    model, fidelity = dict(document["model"]), dict(document["fidelity"])
    model["class_names"] = tuple(tuple(names) for names in model["class_names"])
    fidelity["outputs"] = tuple(_output(output) for output in fidelity["outputs"])
    model["feature_names"] = tuple(model.get("feature_names", ()))
    if model.get("release") is not None:
        model["release"] = ReleaseInfo(**model["release"])
    return Report(
        **{
            **document,
            "model": ModelInfo(**model),
            "memory": _memory(document["memory"]),
            "inference": _inference(document["inference"]),
            "fidelity": Fidelity(**fidelity),
            "verification": tuple(_verification(v) for v in document["verification"]),
            "output_ranges": {
                name: tuple((float(low), float(high)) for low, high in ranges)
                for name, ranges in document.get("output_ranges", {}).items()
            },
        }
    )


def _verification(document: dict[str, Any]) -> Verification:
    row = tuple(FeatureValue(**value) for value in document.get("failing_input", ()))
    return Verification(**{**document, "failing_input": row})


def _output(document: dict[str, Any]) -> OutputInfo:
    return OutputInfo(**{**document, "epsilons": tuple(document.get("epsilons", ()))})


def _memory(document: dict[str, Any] | None) -> Memory | None:
    if document is None:
        return None
    largest = tuple(Symbol(**symbol) for symbol in document.get("largest", ()))
    return Memory(**{**document, "largest": largest})


def _inference(document: dict[str, Any] | None) -> Inference | None:
    if document is None:
        return None
    stats = {key: Stat(**document[key]) for key in ("instructions", "cycles", "latency_us")}
    return Inference(**{**document, **stats})
