# SPDX-License-Identifier: MIT
"""From a trained model to C, vectors and certificates: a pure function of model, data, options."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.codegen import CModel, FeatureRanges, emit
from thumbling.errors import DataError, OptionError
from thumbling.fidelity import Fidelity, measure_fidelity
from thumbling.frontends import lower
from thumbling.frontends.as_trained import as_trained
from thumbling.frontends.data_file import refuse_unusable
from thumbling.ir import DType, Graph, InputSpec
from thumbling.ir.source import Forest, Linear, SourceModel
from thumbling.model_name import check_name
from thumbling.quantize.input_grid import scaled_ranges
from thumbling.quantize.lowering import choose_fields, quantize
from thumbling.reference import evaluate, pack_outputs
from thumbling.reference.evaluate import Outputs
from thumbling.reference.output_ranges import Ranges, output_ranges
from thumbling.vectors import make_vectors

_EXTREME = 1e30  # of scales and offsets: products with float32 stay far inside float64
PRECISIONS = ("auto", "int8", "int16")
OPTIMIZE = ("balanced", "speed", "size")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user can choose about the generated model.

    `input_scale` and `input_offset` are one number for all features or one per feature; None is
    scale 1, offset 0. `output` None is the label or value alone.
    """

    name: str = "model"
    input_type: str = "float32"
    input_scale: float | Sequence[float] | None = None
    input_offset: float | Sequence[float] | None = None
    output: str | None = None
    precision: str = "auto"
    optimize: str = "balanced"

    def __post_init__(self) -> None:
        check_name(self.name)
        self._one_of("input_type", [d.value for d in DType])
        self._one_of("precision", PRECISIONS)
        self._one_of("optimize", OPTIMIZE)

    def _one_of(self, field: str, allowed: Sequence[str]) -> None:
        if getattr(self, field) not in allowed:
            option = "--" + field.replace("_", "-")
            raise OptionError(
                f"{option} {getattr(self, field)!r} is not known",
                hint=f"one of {', '.join(allowed)}",
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compilation:
    """Everything known about a compiled model before a C compiler has seen it.

    `vectors` are stored rows, `expected` the outputs per field, `expected_bytes` the bytes of
    the C output struct per row. `has_data` says whether `fidelity` and `output_ranges` are
    of the user's rows.
    """

    source: SourceModel
    graph: Graph
    c: CModel
    vectors: npt.NDArray[np.generic]
    expected: Outputs
    expected_bytes: list[bytes]
    fidelity: Fidelity
    has_data: bool = False
    output_ranges: Mapping[str, Ranges] = field(default_factory=dict)


def _per_feature(value: float | Sequence[float] | None, default: float, n: int, what: str) -> Any:
    if value is None:
        return (default,) * n
    values = [float(v) for v in np.atleast_1d(np.asarray(value, dtype=np.float64))]
    if len(values) == 1:
        values *= n
    if len(values) != n:
        raise OptionError(
            f"--input-{what} has {len(values)} numbers for {n} features",
            hint="give one number, or one per feature",
        )
    small = 1 / _EXTREME if what == "scale" else 0.0
    if not all(small <= abs(v) <= _EXTREME for v in values):
        raise OptionError(
            f"--input-{what} must lie between {small:g} and {_EXTREME:g} in magnitude",
            hint="real = stored * scale + offset; give what the sensor's data sheet says",
        )
    return tuple(values)


def input_spec(source: SourceModel, options: Options) -> InputSpec:
    """The input that the options describe, for a model's features."""
    n = source.n_features
    names = source.feature_names or tuple(f"x{i}" for i in range(n))
    return InputSpec(
        dtype=DType(options.input_type),
        scale=_per_feature(options.input_scale, 1.0, n, "scale"),
        offset=_per_feature(options.input_offset, 0.0, n, "offset"),
        names=names,
    )


@np.errstate(all="ignore")
def store_data(
    spec: InputSpec, data: npt.NDArray[Any], *, nan: bool = False
) -> npt.NDArray[np.generic]:
    """The user's real rows as stored rows; with `nan` NaN may be among them.

    Raises DataError for another width, forbidden NaN, infinity and what is no number.
    """
    rows = np.asarray(data)
    if rows.ndim != 2 or rows.shape[1] != spec.n_features:
        raise DataError(
            f"the data have shape {rows.shape}, the model takes {spec.n_features} features",
            hint="give one column per feature, in the order of training",
        )
    if rows.dtype.kind not in "fiub":
        raise DataError(f"the data hold {rows.dtype}, not numbers", hint="encode text first")
    refuse_unusable(rows, spec.names, nan=nan)
    return spec.store(rows)


def _ranges(source: SourceModel, spec: InputSpec, stored: Any) -> FeatureRanges | None:
    """Where the features of the data lie, or where a linear model is certified without data."""
    if stored is not None and len(stored):
        with warnings.catch_warnings():
            # A column of nothing but NaN has no range, and its header line says nan.
            warnings.simplefilter("ignore", RuntimeWarning)
            ends = zip(np.nanmin(stored, 0).tolist(), np.nanmax(stored, 0).tolist(), strict=True)
            return FeatureRanges(stored=tuple(ends), origin="in the data")
    assumed = scaled_ranges(source, spec) if isinstance(source.predictor, Linear) else None
    if assumed is None:
        return None
    low, high = (-np.inf, np.inf) if spec.dtype.is_float else spec.dtype.bounds
    clipped = tuple((max(a, float(low)), min(b, float(high))) for a, b in assumed)
    return FeatureRanges(stored=clipped, origin="is certified")


def _inside(estimator: Any, source: SourceModel, graph: Graph, stored: Any) -> int:
    return measure_fidelity(estimator, source, graph, stored).rows_inside_bound


@np.errstate(all="ignore")
def compile_model(
    estimator: Any, options: Options, data: npt.NDArray[Any] | None = None
) -> Compilation:
    """Compile an estimator; `data` are real rows of shape (n, n_features), as for `predict`.

    Where data are given and some rows are too close to a tie for 16-bit vote sums to prove their
    label, a forest is quantised with 31 bits instead. Raises UnsupportedModelError, OptionError,
    DataError.
    """
    source = lower(estimator)
    estimator = as_trained(estimator, source)
    spec = input_spec(source, options)
    fields = choose_fields(source, options.output)
    nan = spec.dtype.is_float and isinstance(source.predictor, Forest)
    stored = None if data is None else store_data(spec, data, nan=nan)
    build = partial(
        quantize, source, spec, fields, options.name, precision=options.precision, data=stored
    )
    graph = build()
    if stored is not None and isinstance(source.predictor, Forest):
        narrow = _inside(estimator, source, graph, stored)
        if narrow:
            widened = build(wide=True)
            graph = widened if _inside(estimator, source, widened, stored) < narrow else graph
    vectors = make_vectors(graph, stored)
    expected, refused = evaluate(graph, vectors)
    vectors = vectors[~refused]
    expected = {field: values[~refused] for field, values in expected.items()}
    measured = stored if stored is not None and len(stored) else vectors
    return Compilation(
        source=source,
        graph=graph,
        c=emit(graph, options.optimize, _ranges(source, spec, stored)),
        vectors=vectors,
        expected=expected,
        expected_bytes=pack_outputs(graph, expected),
        fidelity=measure_fidelity(estimator, source, graph, measured),
        has_data=measured is stored,
        output_ranges=output_ranges(graph, measured),
    )
