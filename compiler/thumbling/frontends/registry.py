# SPDX-License-Identifier: MIT
"""Which classes are supported, and who lowers them.

A frontend registers itself with a decorator at its definition. The key is the root package and
the exact class name: a user's subclass may override `predict`, so it is refused with a hint.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from thumbling.errors import InternalError, UnsupportedModelError
from thumbling.frontends.attributes import refuse_overrides
from thumbling.ir.source import Elementwise, Forest, Linear

Lower = Callable[[Any], Any]
F = TypeVar("F", bound=Lower)

_predictors: dict[tuple[str, str], Callable[[Any], Forest | Linear]] = {}
_stages: dict[tuple[str, str], Callable[[Any], Elementwise]] = {}


def _register(table: dict[tuple[str, str], Any], package: str, names: tuple[str, ...]) -> Any:
    def keep(function: F) -> F:
        for name in names:
            if (package, name) in table:
                raise InternalError(f"{package}.{name} is registered twice")
            table[package, name] = function
        return function

    return keep


def predictor(package: str, *names: str) -> Callable[[F], F]:
    """Register a function that lowers the predictors `names` of `package`."""
    return _register(_predictors, package, names)  # type: ignore[no-any-return]


def stage(package: str, *names: str) -> Callable[[F], F]:
    """Register a function that lowers the transformers `names` of `package`."""
    return _register(_stages, package, names)  # type: ignore[no-any-return]


def load_frontends() -> None:
    """Import every file of this folder, so that frontends register. Imports no framework."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"thumbling.frontends.{module.name}")


def supported() -> tuple[list[str], list[str]]:
    """Names of all predictors and of all stages, as `package.Class`, sorted."""
    load_frontends()
    return (
        sorted(f"{p}.{n}" for p, n in _predictors),
        sorted(f"{p}.{n}" for p, n in _stages),
    )


def qualified_name(model: object) -> tuple[str, str]:
    """Root package and class name of an object."""
    return type(model).__module__.partition(".")[0], type(model).__name__


def _refuse(model: object, table: dict[tuple[str, str], Any], role: str) -> UnsupportedModelError:
    package, name = qualified_name(model)
    for base in type(model).__mro__[1:]:
        key = (base.__module__.partition(".")[0], base.__name__)
        if key in table:
            return UnsupportedModelError(
                f"{package}.{name} is a subclass of {key[0]}.{key[1]} and may override what it"
                " predicts, so it cannot be compiled exactly",
                hint=f"fit and save a plain {key[0]}.{key[1]}",
            )
    if package == "builtins":
        return UnsupportedModelError(
            f"this is a {name}, not a trained model", hint="save the estimator or pipeline itself"
        )
    near = difflib.get_close_matches(name, [n for _, n in table], n=3)
    hint = f"nearest supported: {', '.join(near)}; " if near else ""
    return UnsupportedModelError(
        f"{package}.{name} is not supported as {role}",
        hint=hint + "see `thumbling models` for all",
    )


def lower_predictor(model: object) -> Forest | Linear:
    """The last step of a pipeline in the IR. Raises UnsupportedModelError."""
    load_frontends()
    function = _predictors.get(qualified_name(model))
    if function is None:
        raise _refuse(model, _predictors, "a model")
    refuse_overrides(model)
    return function(model)


def lower_stage(model: object) -> Elementwise:
    """A transformer in the IR. Raises UnsupportedModelError."""
    load_frontends()
    function = _stages.get(qualified_name(model))
    if function is None:
        raise _refuse(model, _stages, "a step before the model")
    refuse_overrides(model)
    return function(model)
