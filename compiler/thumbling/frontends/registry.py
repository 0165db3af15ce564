# SPDX-License-Identifier: MIT
"""Which classes are supported, and who lowers them.

A frontend registers itself with a decorator at its definition. The key is the root package and
the exact class name: a user's subclass may override `predict`, so it is refused with a hint.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from thumbling.errors import InternalError
from thumbling.frontends.refusal import refuse

Key = tuple[str, str]
Role = Literal["model", "step"]
Lower = Callable[[Any, Any, Any], Any]
F = TypeVar("F", bound=Lower)

ROLES: Mapping[Role, str] = {"model": "a model", "step": "a step before the model"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowering:
    """How a class is lowered, and what it may be: a model, a step before one, or both.

    One of `own_width` knows by itself how many features it takes.
    """

    function: Lower
    roles: tuple[Role, ...]
    own_width: bool


_lowerings: dict[Key, Lowering] = {}


def _register(
    package: str, names: tuple[str, ...], roles: tuple[Role, ...], *, own_width: bool
) -> Callable[[F], F]:
    def keep(function: F) -> F:
        for name in names:
            if (package, name) in _lowerings:
                raise InternalError(f"{package}.{name} is registered twice")
            _lowerings[package, name] = Lowering(
                function=function, roles=roles, own_width=own_width
            )
        return function

    return keep


def predictor(package: str, *names: str) -> Callable[[F], F]:
    """Register `(model, x: Value, build: SourceBuilder) -> Prediction` for classes of `package`."""
    return _register(package, names, ("model",), own_width=True)


def transformer(package: str, *names: str, own_width: bool = True) -> Callable[[F], F]:
    """Register `(model, x: Value, build: SourceBuilder) -> Value` for classes of `package`."""
    return _register(package, names, ("step",), own_width=own_width)


def either(package: str, *names: str) -> Callable[[F], F]:
    """Register what is a model or a step by what is inside, as a pipeline is."""
    return _register(package, names, ("model", "step"), own_width=False)


def load_frontends() -> None:
    """Import every file of this folder, so that frontends register. Imports no framework."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"thumbling.frontends.{module.name}")


def _of_role(role: Role) -> dict[Key, Lowering]:
    return {key: found for key, found in _lowerings.items() if role in found.roles}


def supported() -> tuple[list[str], list[str]]:
    """Names of all predictors and of all steps, as `package.Class`, sorted."""
    load_frontends()
    models, steps = (sorted(".".join(key) for key in _of_role(role)) for role in ROLES)
    return models, steps


def qualified_name(model: object) -> Key:
    """Root package and class name of an object."""
    return type(model).__module__.partition(".")[0], type(model).__name__


def lowering_of(model: object, role: Role) -> Lowering:
    """Who lowers an object in a role. Raises UnsupportedModelError where no one does."""
    load_frontends()
    wanted = _of_role(role)
    found = wanted.get(qualified_name(model))
    if found is None:
        (other,) = (r for r in ROLES if r != role)
        raise refuse(model, wanted, _of_role(other), ROLES[role])
    return found
