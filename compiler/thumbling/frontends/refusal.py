# SPDX-License-Identifier: MIT
"""Why an object cannot be compiled, and what stands nearest to it.

Nearest is by meaning: by what scikit-learn's mixins and modules say that a class is, never by its
spelling. No framework is imported: an object brings its classes with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, Final

from thumbling.errors import UnsupportedModelError

Key = tuple[str, str]

# How a class that wraps one fitted model is asked for it.
_INSIDE: Final = {
    "FixedThresholdClassifier": "estimator_",
    "SelfTrainingClassifier": "estimator_",
    "TunedThresholdClassifierCV": "estimator_",
}
_FORESTS: Final = {
    "classifier": (
        "GradientBoostingClassifier",
        "RandomForestClassifier",
        "ExtraTreesClassifier",
        "DecisionTreeClassifier",
    ),
    "regressor": (
        "GradientBoostingRegressor",
        "RandomForestRegressor",
        "ExtraTreesRegressor",
        "DecisionTreeRegressor",
    ),
}
_LINEAR: Final = {
    "classifier": ("LogisticRegression", "LinearSVC", "RidgeClassifier"),
    "regressor": ("LinearRegression", "Ridge", "LinearSVR"),
}
_MIXED: Final = {
    "classifier": ("RandomForestClassifier", "LogisticRegression"),
    "regressor": ("RandomForestRegressor", "Ridge"),
}
_NEAREST: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "trees": _FORESTS,
    "linear": _LINEAR,
    "any": _MIXED,
}
_SCALERS: Final = ("StandardScaler", "MinMaxScaler", "RobustScaler", "MaxAbsScaler")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    """Classes of one kind: how they are called and which supported models resemble them."""

    called: str
    like: str = "any"


# By a part of the module's name or by root package; the first that fits counts.
_FAMILIES: Final = {
    "xgboost": _Family(called="boosted trees", like="trees"),
    "lightgbm": _Family(called="boosted trees", like="trees"),
    "catboost": _Family(called="boosted trees", like="trees"),
    "gradient_boosting": _Family(called="boosted trees", like="trees"),
    "weight_boosting": _Family(called="boosted models", like="trees"),
    "ensemble": _Family(called="ensembles of models", like="trees"),
    "multiclass": _Family(called="models made of one for each pair of classes", like="any"),
    "multioutput": _Family(called="models made of one for each output", like="trees"),
    "tree": _Family(called="trees of this kind", like="trees"),
    "keras": _Family(called="neural nets", like="any"),
    "torch": _Family(called="neural nets", like="any"),
    "svm": _Family(called="kernel machines", like="linear"),
    "neighbors": _Family(called="nearest neighbours, which keep all training rows,", like="trees"),
    "gaussian_process": _Family(called="Gaussian processes", like="linear"),
    "kernel_ridge": _Family(called="kernel machines", like="linear"),
    "naive_bayes": _Family(called="naive Bayes models", like="linear"),
    "discriminant_analysis": _Family(called="discriminant analyses", like="linear"),
    "linear_model": _Family(called="linear models of this kind", like="linear"),
    "cross_decomposition": _Family(called="decompositions", like="linear"),
    "dummy": _Family(called="models that ignore the features", like="any"),
}
_STEPS: Final = {
    "impute": "SimpleImputer is; trees take missing values as they are",
    "decomposition": "project by PCA or TruncatedSVD, or train on the features themselves",
    "feature_extraction": "compute the features in front of the model, on the chip",
}


def refuse(
    model: object, supported: Collection[Key], others: Collection[Key], role: str
) -> UnsupportedModelError:
    """The error for an object whose class is not among `supported` of its `role`.

    `role` is "a model" or "a step before the model"; `others` are the classes of the other role.
    """
    for explain in (_no_instance, _plain_object, _search, _subclass, _wrapper):
        if error := explain(model, supported):
            return error
    key = _key(model)
    if key in others:
        return _misplaced(key, role)
    return _by_step(model, supported) if role != "a model" else _by_kind(model, supported)


def _key(model: object) -> Key:
    return type(model).__module__.partition(".")[0], type(model).__name__


def _called(model: object) -> str:
    return ".".join(_key(model))


def _error(message: str, hint: str) -> UnsupportedModelError:
    return UnsupportedModelError(message, hint=f"{hint}; `thumbling models` lists all")


def _no_instance(model: object, _: Collection[Key]) -> UnsupportedModelError | None:
    if not isinstance(model, type):
        return None
    name = model.__name__
    return UnsupportedModelError(
        f"this is the class {name} itself, not a trained instance of it",
        hint=f"make one, fit it and save that: {name}().fit(X, y)",
    )


def _plain_object(model: object, supported: Collection[Key]) -> UnsupportedModelError | None:
    """What people save by mistake: a container, data, nothing, a function."""
    package, name = _key(model)
    if isinstance(model, dict | list | tuple):
        return _container(model, supported)
    if package in ("numpy", "pandas", "scipy", "polars"):
        shape = getattr(model, "shape", None)
        size = f" of shape {shape}" if isinstance(shape, tuple) and shape else ""
        return UnsupportedModelError(
            f"this is data (a {package} {name}{size}), not a trained model",
            hint="give data by --data, and as MODEL the estimator or pipeline that was fitted",
        )
    if model is None:
        return UnsupportedModelError(
            "the file holds None, not a trained model",
            hint="save the estimator or pipeline itself: what was saved was never assigned",
        )
    if isinstance(model, FunctionType | BuiltinFunctionType | MethodType):
        return UnsupportedModelError(
            f"this is a function ({getattr(model, '__name__', name)}), not a trained model",
            hint="save the estimator or pipeline whose predict it calls",
        )
    if package == "builtins":
        return UnsupportedModelError(
            f"this is {_article(name)}, not a trained model",
            hint="save the estimator or pipeline itself",
        )
    return None


def _article(name: str) -> str:
    return f"an {name}" if name[0] in "aeio" else f"a {name}"


def _container(
    model: dict[Any, Any] | list[Any] | tuple[Any, ...], supported: Collection[Key]
) -> UnsupportedModelError:
    items = model.items() if isinstance(model, dict) else enumerate(model)
    known = [(at, item) for at, item in items if _key(item) in supported or _is_estimator(item)]
    what = f"this is {_article(type(model).__name__)} of {len(model)} items, not a trained model"
    if not known:
        return UnsupportedModelError(what, hint="save the estimator or pipeline itself")
    at, item = known[-1]
    more = ", or all of them as one sklearn.pipeline.Pipeline" if len(known) > 1 else ""
    return UnsupportedModelError(
        what, hint=f"save the {type(item).__name__} in it, under {at!r}{more}"
    )


def _is_estimator(model: object) -> bool:
    return not isinstance(model, type) and "BaseEstimator" in _bases(model)


def _bases(model: object) -> set[str]:
    return {base.__name__ for base in type(model).__mro__}


def _subclass(model: object, supported: Collection[Key]) -> UnsupportedModelError | None:
    package, name = _key(model)
    for base in type(model).__mro__[1:]:
        key = (base.__module__.partition(".")[0], base.__name__)
        # A framework's own subclass is another model, and is told what it is.
        if key in supported and key[0] != package:
            return UnsupportedModelError(
                f"{package}.{name} is a subclass of {key[0]}.{key[1]} and may override what it"
                " predicts, so it cannot be compiled exactly",
                hint=f"fit and save a plain {key[0]}.{key[1]}",
            )
    return None


def _search(model: object, supported: Collection[Key]) -> UnsupportedModelError | None:
    if not ("BaseSearchCV" in _bases(model) or type(model).__name__.endswith("SearchCV")):
        return None
    best = getattr(model, "best_estimator_", None)
    if best is None:
        hint = "fit it with refit=True and save its best_estimator_"
    else:
        hint = f"save its best_estimator_, {_article_of(best, supported)}"
    return UnsupportedModelError(
        f"{_called(model)} searches for a model and is none itself", hint=hint
    )


def _wrapper(model: object, supported: Collection[Key]) -> UnsupportedModelError | None:
    path = _INSIDE.get(type(model).__name__)
    if path is None:
        return None
    inner: Any = getattr(model, path, None)
    hint = f"it wraps a model: fit and save that one, which answers without {type(model).__name__}"
    if inner is not None:
        hint = (
            f"save the model inside, {_article_of(inner, supported)}: .{path};"
            f" it answers without what {type(model).__name__} adds"
        )
    return UnsupportedModelError(f"{_called(model)} is not supported yet", hint=hint)


def _article_of(model: object, supported: Collection[Key]) -> str:
    """An inner model by its class, and whether that is supported; a pipeline may be."""
    known = _key(model) in supported or _key(model) == ("sklearn", "Pipeline")
    return f"a {type(model).__name__}" + ("" if known else " (which is not supported either)")


def _misplaced(key: Key, role: str) -> UnsupportedModelError:
    if role == "a model":
        return UnsupportedModelError(
            f"{key[0]}.{key[1]} prepares features and predicts nothing",
            hint="save the whole pipeline, with the model as its last step",
        )
    return UnsupportedModelError(
        f"{key[0]}.{key[1]} is a model and stands before the last step",
        hint="a model that feeds another is not supported; save one of them",
    )


def _kind(model: object) -> str:
    """classifier, regressor, clusterer, outlier detector, transformer, or an empty text."""
    bases = _bases(model)
    known = (
        ("OutlierMixin", "outlier detector"),
        ("ClusterMixin", "clusterer"),
        ("ClassifierMixin", "classifier"),
        ("RegressorMixin", "regressor"),
        ("TransformerMixin", "transformer"),
        ("DensityMixin", "density model"),
    )
    return next((kind for base, kind in known if base in bases), "")


def _by_kind(model: object, supported: Collection[Key]) -> UnsupportedModelError:
    name, kind = _called(model), _kind(model)
    module = type(model).__module__
    family = next((f for part, f in _FAMILIES.items() if part in module), None)
    if kind in ("outlier detector", "clusterer", "density model"):
        return _error(
            f"{name} is not supported: it is {_article(kind)}, and none is compiled yet",
            "only classifiers and regressors are; a classifier trained on its answers may do",
        )
    if kind == "transformer":
        return _error(
            f"{name} prepares features and predicts nothing", "the last step must be a model"
        )
    what = f"{name} is not supported as a model"
    if family is not None:
        what = f"{name} is not supported: {family.called} are not compiled yet"
    if not kind:
        return _error(what, "classifiers and regressors of scikit-learn are supported")
    names = _NEAREST[family.like if family is not None else "any"][kind]
    near = [near for near in names if ("sklearn", near) in supported]
    return _error(what, f"the nearest {kind}s that are: {', '.join(near)}")


def _by_step(model: object, supported: Collection[Key]) -> UnsupportedModelError:
    what = f"{_called(model)} is not supported as a step before the model"
    module = type(model).__module__
    advice = next((text for part, text in _STEPS.items() if part in module), "")
    if not advice and _kind(model) in ("classifier", "regressor", "clusterer"):
        advice = "a model that feeds another is not supported"
    scalers = [name for name in _SCALERS if ("sklearn", name) in supported]
    return _error(what, advice or f"these steps are: {', '.join(scalers)}")
