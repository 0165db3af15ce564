# SPDX-License-Identifier: MIT
"""The data of a report, and `report.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from thumbling.errors import OutputError
from thumbling.fidelity import FeatureLoss, Fidelity, OutputInfo, StoredInput, Suggestion
from thumbling.fidelity.record import Confusion, LabelChange, Pair, RealRows
from thumbling.firmware.sizes import Memory, Symbol
from thumbling.schedule import Plan, PlannedKernel, PlannedTensor
from thumbling.spread import Spread

SCHEMA = 1
_PAIRS = ("accuracy", "rmse", "r2")
_WITH_TRUTH = (*_PAIRS, "confusion", "right_by_source_alone", "right_by_chip_alone")


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
class Inference:
    """The cost of one prediction; `method` says how it was measured, `latency_method` how the
    latency follows from the cycles: cycles / clock * `flash_factor`.
    """

    samples: int
    instructions: Spread
    cycles: Spread
    latency_us: Spread
    method: str
    flash_factor: float | None = None
    latency_method: str = ""


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
    on the rows of `fidelity`. `command` compiles the model again. `plan` has the kernels and the
    places of tensors; None in reports of older versions.
    """

    name: str
    board: str
    core: str
    f_cpu_hz: int
    model: ModelInfo
    memory: Memory | None
    inference: Inference | None
    fidelity: Fidelity
    input: StoredInput
    verification: tuple[Verification, ...]
    builder: str
    options: Mapping[str, Any]
    output_ranges: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    command: str = ""
    plan: Plan | None = None
    schema: int = SCHEMA

    def __repr__(self) -> str:
        return f"<thumbling.Report {self.name} on {self.board}, {self.fidelity.certificate}>"

    def to_dict(self) -> dict[str, Any]:
        """The document of `report.json`: plain JSON values, `schema` first.

        `fidelity.on_real_rows` is absent without data, its figures against the truth without that.
        """
        document = asdict(self)
        document.pop("schema")
        real = document["fidelity"].pop("on_real_rows")
        if real is not None:
            given = {k: v for k, v in real.items() if v is not None or k not in _WITH_TRUTH}
            document["fidelity"]["on_real_rows"] = given
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
    fidelity["max_abs_errors"] = tuple(fidelity.get("max_abs_errors", ()))
    fidelity["stuck_values"] = tuple(fidelity.get("stuck_values", ()))
    if "on_real_rows" in fidelity:
        fidelity["on_real_rows"] = _real_rows(fidelity["on_real_rows"])
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
            "input": _input(document["input"]),
            "verification": tuple(_verification(v) for v in document["verification"]),
            "plan": _plan(document.get("plan")),
            "output_ranges": {
                name: tuple((float(low), float(high)) for low, high in ranges)
                for name, ranges in document.get("output_ranges", {}).items()
            },
        }
    )


def _plan(document: dict[str, Any] | None) -> Plan | None:
    if document is None:
        return None
    kernels = tuple(PlannedKernel(**_lists_to_tuples(k)) for k in document["kernels"])
    tensors = tuple(PlannedTensor(**_lists_to_tuples(t)) for t in document["tensors"])
    return Plan(**{**document, "kernels": kernels, "tensors": tensors})


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
    stats = {key: Spread(**document[key]) for key in ("instructions", "cycles", "latency_us")}
    return Inference(**{**document, **stats})


def _real_rows(document: dict[str, Any]) -> RealRows:
    given = dict(document)
    given |= {key: Pair(**given[key]) for key in _PAIRS if key in given}
    if "confusion" in given:
        tables = given["confusion"]
        given["confusion"] = Confusion(
            **{key: tuple(tuple(line) for line in tables[key]) for key in ("source", "chip")}
        )
    given["dropped"] = tuple(given["dropped"])
    given["max_abs_errors"] = tuple(given.get("max_abs_errors", ()))
    given["label_changes"] = tuple(LabelChange(**change) for change in given["label_changes"])
    return RealRows(**given)


def _input(document: dict[str, Any]) -> StoredInput:
    given = dict(document)
    given["features"] = tuple(FeatureLoss(**feature) for feature in given["features"])
    if given["suggestion"] is not None:
        given["suggestion"] = Suggestion(**_lists_to_tuples(given["suggestion"]))
    return StoredInput(**_lists_to_tuples(given))


def _lists_to_tuples(document: dict[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in document.items()}
