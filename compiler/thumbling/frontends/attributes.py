# SPDX-License-Identifier: MIT
"""Reads what a fitted estimator holds, without trust.

A file decides every attribute of the object it becomes. Frameworks walk them in compiled code
that checks no bounds, so nothing of a model is used, by us or by its framework, before its kind,
shape and range have been looked at here.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Literal

import numpy as np

from thumbling.errors import ModelError, UnsupportedModelError
from thumbling.frontends.release import both_releases, installed, trained_with
from thumbling.ir.answers import label_type, read_labels
from thumbling.ir.names import as_names
from thumbling.ir.source.arrays import FloatArray

# A row of more fits no board, and test vectors of more would take gigabytes here.
MAX_FEATURES = 65535
_MAX_NUMBERS = 1 << 27
# Far beyond any fit, and far enough from float64's limits that products of three stay inside.
GREATEST, LEAST = 1e100, 1e-100
_MAX_JOBS = 1024


def inconsistent(model: object, what: str) -> ModelError:
    """The error for a model whose parts do not fit together; `what` follows the class's name."""
    releases = both_releases(trained_with(model))
    made = "made by hand or by a release that is not known here" if releases else "made by hand"
    return ModelError(
        f"the {type(model).__name__} does not fit together: {what}{releases}",
        hint=f"the file is damaged, or {made}: fit and save it again",
    )


def attribute(model: object, name: str) -> Any:
    """A fitted attribute. Raises `UnsupportedModelError` where the model has none."""
    try:
        value = getattr(model, name, None)
    # What a property of a meta-estimator raises where what is inside does not fit.
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError):
        value = None
    if value is None:
        raise missing(model, name)
    return value


def missing(model: object, name: str) -> UnsupportedModelError:
    """The error for an estimator without a fitted attribute."""
    if releases := both_releases(trained_with(model)):
        return UnsupportedModelError(
            f"the {type(model).__name__} has no {name}{releases}",
            hint=f"fit and save it again with scikit-learn {installed()}",
        )
    return UnsupportedModelError(
        f"the {type(model).__name__} has not been fitted: it has no {name}",
        hint="call fit() before saving it",
    )


def fitted_classes(model: object) -> Any:
    """The class labels of a fitted classifier, wherever its release keeps them.

    Ridge classifiers before 1.8 had them in the binarizer of their targets alone. Raises
    `UnsupportedModelError` where there are none.
    """
    classes = getattr(model, "classes_", None)
    if classes is None:
        classes = getattr(getattr(model, "_label_binarizer", None), "classes_", None)
    if classes is None:
        raise missing(model, "classes_")
    return classes


def count(model: object, name: str, most: int = MAX_FEATURES) -> int:
    """A fitted attribute that is an integer from 1 to `most`."""
    value = attribute(model, name)
    if not isinstance(value, int | np.integer) or isinstance(value, bool):
        raise inconsistent(model, f"{name} is {_shown(value)}, expected an integer")
    if value < 1:
        raise inconsistent(model, f"{name} is {int(value)}, expected 1 to {most}")
    if value > most:
        raise UnsupportedModelError(
            f"{type(model).__name__}.{name} is {int(value)}, at most {most} are supported",
            hint="train on fewer, for example those that SelectKBest leaves",
        )
    return int(value)


def counts(model: object, name: str) -> tuple[int, ...]:
    """A fitted attribute that is one positive integer, or a list or array of them."""
    value = attribute(model, name)
    items = value if isinstance(value, list | tuple) else np.atleast_1d(np.asarray(value)).tolist()
    if not items or not all(
        isinstance(i, int | np.integer) and not isinstance(i, bool) and 1 <= i <= MAX_FEATURES
        for i in items
    ):
        raise inconsistent(model, f"{name} is {_shown(value)}, expected positive integers")
    return tuple(int(i) for i in items)


def flag(model: object, name: str) -> bool:
    """A setting that is true or false."""
    value = getattr(model, name, None)
    if not isinstance(value, bool | np.bool_):
        raise inconsistent(model, f"{name} is {_shown(value)}, expected True or False")
    return bool(value)


def setting(model: object, name: str, default: str = "") -> str:
    """A setting that is a word; `default` where this release does not know it."""
    value = getattr(model, name, default)
    if not isinstance(value, str):
        raise inconsistent(model, f"{name} is {_shown(value)}, expected a word")
    return value


def reals(model: object, name: str) -> FloatArray:
    """A fitted attribute of finite numbers: a number, an array, or a sparse array made dense."""
    return numbers(model, name, attribute(model, name))


def numbers(model: object, name: str, value: Any) -> FloatArray:
    """What is called `name` as finite numbers, in the order in memory that it has."""
    shape = getattr(value, "shape", ())
    if not isinstance(shape, tuple) or np.prod(shape, dtype=np.float64) > _MAX_NUMBERS:
        raise inconsistent(model, f"{name} has shape {shape}")
    if hasattr(value, "toarray"):
        value = value.toarray()
    if not isinstance(value, np.ndarray | np.generic | float | int):
        raise inconsistent(model, f"{name} is {_shown(value)}, expected numbers")
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise inconsistent(model, f"{name} holds {array.dtype}, expected numbers")
    real: FloatArray = array.astype(np.float64)
    if not np.isfinite(real).all():
        raise UnsupportedModelError(
            f"{type(model).__name__}.{name} holds NaN or infinity",
            hint="fit again on finite data: a diverged fit needs scaled features, a column of NaN"
            " must be dropped or imputed",
        )
    if (np.abs(real) > GREATEST).any():
        raise UnsupportedModelError(
            f"{type(model).__name__}.{name} holds numbers beyond {GREATEST:g}",
            hint="fit again on scaled features and targets",
        )
    return real


def float_type(model: object, name: str, value: Any) -> Literal["float32", "float64"]:
    """The type of fitted numbers called `name`: that of the training data, or float64."""
    kind = np.dtype(getattr(value, "dtype", np.float64)).newbyteorder("=")
    if kind == np.float32:
        return "float32"
    if kind != np.float64:
        raise inconsistent(model, f"{name} holds {kind}, expected float32 or float64")
    return "float64"


def class_names(model: object, classes: object, wanted: int) -> tuple[str, ...]:
    """The class labels as text; they must be `wanted` different ones in ascending order."""
    if (
        not isinstance(classes, np.ndarray)
        or classes.ndim != 1
        or classes.dtype.kind not in "OUSbfiu"
    ):
        raise inconsistent(model, f"classes_ is {_shown(classes)}, expected an array of labels")
    labels = classes.tolist()
    if len(labels) != wanted:
        raise inconsistent(model, f"classes_ names {len(labels)} classes, {wanted} are predicted")
    known = str | bytes | int | float | np.generic
    if len({type(label) for label in labels}) != 1 or not isinstance(labels[0], known):
        raise inconsistent(model, "classes_ holds something else than text or numbers of one kind")
    if any(not low < high for low, high in pairwise(labels)):
        raise inconsistent(model, "classes_ is not in ascending order, or names a class twice")
    return as_names(labels)


def label_types(model: object) -> tuple[str, ...]:
    """The types of the labels whose text `class_names` has read, one for each output."""
    classes = fitted_classes(model)
    groups = classes if isinstance(classes, list) else [classes]
    try:
        kinds = tuple(label_type(group) for group in groups)
        for group, kind in zip(groups, kinds, strict=True):
            read_labels(as_names(group.tolist()), kind)
    except (TypeError, ValueError) as error:
        raise inconsistent(model, f"classes_ cannot be kept: {error}") from error
    return kinds


def feature_names(model: object, wanted: int) -> tuple[str, ...]:
    """The feature names the model was trained with, empty where it had none."""
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        return ()
    if not isinstance(names, np.ndarray) or names.ndim != 1 or len(names) != wanted:
        raise inconsistent(model, f"feature_names_in_ does not name {wanted} features")
    if not all(isinstance(name, str) for name in names.tolist()):
        raise inconsistent(model, "feature_names_in_ holds something else than text")
    return as_names(names.tolist())


def refuse_overrides(model: object) -> None:
    """Raise where the object itself carries a method of its class, such as its own `predict`."""
    own = sorted(name for name in getattr(model, "__dict__", {}) if _is_method(model, name))
    if own:
        raise UnsupportedModelError(
            f"this {type(model).__name__} has a {own[0]} of its own in place of its class's, so it"
            " cannot be compiled exactly",
            hint="fit and save a plain one",
        )
    jobs = getattr(model, "n_jobs", None)
    if jobs is not None and not (isinstance(jobs, int) and abs(jobs) <= _MAX_JOBS):
        raise inconsistent(model, f"n_jobs is {_shown(jobs)}")


def _is_method(model: object, name: object) -> bool:
    return isinstance(name, str) and callable(getattr(type(model), name, None))


def _shown(value: object) -> str:
    if isinstance(value, int | float | np.number):
        return str(value)[:40]
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    text = repr(value) if isinstance(value, str | list | tuple) else ""
    return text if text and len(text) <= 40 else f"a {type(value).__name__}"
