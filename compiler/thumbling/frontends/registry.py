# SPDX-License-Identifier: MIT
"""Which classes are supported, and who lowers them.

A frontend registers itself with a decorator at its definition. The key is the root package and
the exact class name: a user's subclass may override `predict`, so it is refused with a hint.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from thumbling.errors import InternalError
from thumbling.frontends.attributes import refuse_overrides
from thumbling.frontends.refusal import refuse
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


def lower_predictor(model: object) -> Forest | Linear:
    """The last step of a pipeline in the IR. Raises UnsupportedModelError."""
    load_frontends()
    function = _predictors.get(qualified_name(model))
    if function is None:
        raise refuse(model, _predictors, _stages, "a model")
    refuse_overrides(model)
    return function(model)


def lower_stage(model: object) -> Elementwise:
    """A transformer in the IR. Raises UnsupportedModelError."""
    load_frontends()
    function = _stages.get(qualified_name(model))
    if function is None:
        raise refuse(model, _stages, _predictors, "a step before the model")
    refuse_overrides(model)
    return function(model)
