# SPDX-License-Identifier: MIT
"""From a trained model to C, vectors and certificates: a pure function of model, data, options."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from thumbling.codegen import FeatureRanges, emit
from thumbling.errors import DataError, OptionError, UsageError
from thumbling.fidelity import (
    Asked,
    Truth,
    ask,
    measure_fidelity,
    measure_real_rows,
    measure_storing,
    outside_range,
    rows_inside_bound,
)
from thumbling.fidelity.storing import best_input
from thumbling.fidelity.words import told
from thumbling.frontends import lower
from thumbling.frontends.as_trained import as_trained
from thumbling.frontends.data_file import refuse_unusable
from thumbling.generated import Generated
from thumbling.ir import DType, Graph, InputSpec
from thumbling.ir.source import SourceGraph
from thumbling.model_name import check_name
from thumbling.options import Option, option
from thumbling.passes import PASSES, run_passes
from thumbling.proved import proved_rows
from thumbling.quantize.known_codes import known_codes
from thumbling.quantize.lowering import choose_fields, quantize
from thumbling.quantize.shares import counts_votes
from thumbling.reference import evaluate, pack_outputs
from thumbling.reference.output_ranges import Ranges, output_ranges
from thumbling.vectors import make_vectors

_EXTREME = 1e30  # of scales and offsets: products with float32 stay far inside float64
AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user can choose about the generated model.

    `input_scale` and `input_offset` are one number for all features or one per feature; None is
    scale 1, offset 0. The scale "auto" takes both from the data. `output` None is the label or
    value alone. `constants` are `inline` or in a `block` that another model's can replace.
    """

    name: str = "model"
    input_type: str = option("input_type").default
    input_scale: float | Sequence[float] | str | None = None
    input_offset: float | Sequence[float] | None = None
    output: str | None = None
    precision: str = option("precision").default
    optimize: str = option("optimize").default
    constants: str = option("constants").default

    def __post_init__(self) -> None:
        check_name(self.name)
        for name in ("input_type", "precision", "optimize", "constants"):
            self._check(option(name))
        if isinstance(self.input_scale, str) and self.input_scale != AUTO:
            raise OptionError(
                f"--input-scale {self.input_scale!r} is neither numbers nor auto",
                hint="give one number, one per feature, or auto, which takes them from --data",
            )
        if isinstance(self.input_scale, str) and self.input_offset is not None:
            raise UsageError(
                "--input-scale auto chooses the offset too, so --input-offset says nothing",
                hint="leave --input-offset out, or give numbers for both",
            )

    def _check(self, declared: Option) -> None:
        value = getattr(self, declared.keyword)
        if value not in declared.choices:
            raise OptionError(
                f"{declared.flag} {value!r} is not known",
                hint=f"one of {', '.join(declared.choices)}",
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compilation(Generated):
    """A compiled model: what its graph has become, and its source.

    `quantized` is the graph before the passes, `graph` after them.
    """

    source: SourceGraph
    quantized: Graph


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


def feature_names(source: SourceGraph) -> tuple[str, ...]:
    """The names of the features, made up where the model has none."""
    return source.feature_names or tuple(f"x{i}" for i in range(source.n_features))


def input_spec(
    source: SourceGraph, options: Options, data: npt.NDArray[Any] | None = None
) -> InputSpec:
    """The input that the options describe, for a model's features.

    `data` are real rows, from which the scale "auto" is taken. Raises `UsageError` without them.
    """
    n = source.n_features
    given = options.input_scale
    spec = InputSpec(
        dtype=DType(options.input_type),
        scale=_per_feature(None if isinstance(given, str) else given, 1.0, n, "scale"),
        offset=_per_feature(options.input_offset, 0.0, n, "offset"),
        names=feature_names(source),
    )
    if not isinstance(given, str):
        return spec
    if data is None:
        raise UsageError(
            "--input-scale auto takes the scale from data, and there are none",
            hint="give --data, or one number or one per feature",
        )
    best = best_input(source, spec, data)
    # As if the user had typed the numbers: the same limits hold for them.
    return replace(
        best,
        scale=_per_feature(best.scale, 1.0, n, "scale"),
        offset=_per_feature(best.offset, 0.0, n, "offset"),
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
    refuse_unusable(rows, spec.names, nan=nan, input_type=spec.dtype.value)
    return spec.store(rows)


def _stored(
    source: SourceGraph, spec: InputSpec, data: npt.NDArray[Any]
) -> npt.NDArray[np.generic]:
    if not len(data):
        raise DataError("the data hold no rows", hint="give at least one row, or no data at all")
    return store_data(spec, data, nan=spec.dtype.is_float and source.takes_nan)


def _ranges(graph: Graph, stored: Any) -> FeatureRanges | None:
    """Where something is proved; where that is everywhere, where the data lie."""
    if graph.domain is not None:
        return FeatureRanges(stored=graph.domain.ranges, origin="is certified")
    if stored is None:
        return None
    with warnings.catch_warnings():
        # A column of nothing but NaN has no range, and its header line says nan.
        warnings.simplefilter("ignore", RuntimeWarning)
        ends = zip(np.nanmin(stored, 0).tolist(), np.nanmax(stored, 0).tolist(), strict=True)
        return FeatureRanges(stored=tuple(ends), origin="in the data")


def _spans(graph: Graph, stored: npt.NDArray[np.generic]) -> dict[str, Ranges]:
    """What outputs span on the rows that fidelity is measured on: bounds are set beside it."""
    inside = proved_rows(graph, stored)
    return output_ranges(graph, stored[inside] if inside.any() else stored)


def _graph(
    estimator: Any,
    source: SourceGraph,
    spec: InputSpec,
    options: Options,
    stored: Any,
    asked: Asked | None,
) -> tuple[Graph, Graph]:
    """The integer graph as it was quantised, and after all passes.

    Of a forest the one that leaves fewer rows of the data open.
    """
    fields = choose_fields(source, options.output)
    build = partial(
        quantize, source, spec, fields, options.name, precision=options.precision, data=stored
    )
    quantized = build()
    graph = run_passes(PASSES, quantized)
    if asked is None or not counts_votes(source):
        return quantized, graph
    rows = stored[asked.kept]
    narrow = rows_inside_bound(estimator, graph, source, rows).sum()
    if not narrow:
        return quantized, graph
    wide = build(wide=True)
    widened = run_passes(PASSES, wide)
    left = rows_inside_bound(estimator, widened, source, rows).sum()
    return (wide, widened) if left < narrow else (quantized, graph)


@np.errstate(all="ignore")
def compile_model(
    estimator: Any,
    options: Options,
    data: npt.NDArray[Any] | None = None,
    truth: Truth | None = None,
    origin: Sequence[str] = (),
) -> Compilation:
    """Compile an estimator; `data` are real rows of shape (n, n_features), as for `predict`.

    Where data are given and some rows are too close to a tie for 16-bit vote sums to prove their
    label, a forest is quantised with 31 bits instead. `truth` is what the model should say of the
    data, `origin` lines of the header: where the model is from, what compiles it again.
    Raises UnsupportedModelError, OptionError, UsageError, DataError.
    """
    source = lower(estimator)
    estimator = as_trained(estimator, source)
    spec = input_spec(source, options, data)
    stored = None if data is None else _stored(source, spec, data)
    asked = None if stored is None else ask(estimator, spec.real(stored))
    quantized, graph = _graph(estimator, source, spec, options, stored, asked)
    certified = None if graph.domain is None else graph.domain.ranges
    vectors = make_vectors(graph, stored, codes=known_codes(source, spec))
    expected, refused = evaluate(graph, vectors)
    vectors = vectors[~refused]
    expected = {field: values[~refused] for field, values in expected.items()}
    before = None
    if data is None or stored is None or asked is None:
        rows = spec.real(vectors)
        names = [value.name for value in source.prediction.fields.values()]
        hopeless = ~source.accepts(rows, *names)
        made = ask(estimator, rows, "those made without --data", hopeless=hopeless)
        fidelity = measure_fidelity(estimator, source, graph, made, vectors, made=True)
    else:
        before = asked if asked.is_of(data) else ask(estimator, data)
        outside = outside_range(stored, certified)
        real = measure_real_rows(estimator, graph, before, stored, truth=truth, outside=outside)
        fidelity = measure_fidelity(estimator, source, graph, asked, stored)
        fidelity = replace(fidelity, on_real_rows=real)
    return Compilation(
        source=source,
        quantized=quantized,
        graph=graph,
        c=emit(
            graph,
            options.optimize,
            _ranges(graph, stored),
            measured=told(fidelity),
            origin=origin,
            constants=options.constants,
        ),
        vectors=vectors,
        expected=expected,
        expected_bytes=pack_outputs(graph, expected),
        fidelity=fidelity,
        input=measure_storing(
            estimator, source, spec, before=before, after=asked, certified=certified
        ),
        output_ranges=_spans(graph, vectors if stored is None else stored),
    )
