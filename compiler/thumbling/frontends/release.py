# SPDX-License-Identifier: MIT
"""Which release of scikit-learn an estimator is of.

scikit-learn saves its release in every estimator and, on loading another's, warns and forgets it.
The loader puts it back (`mark_releases`): a model means what the release that trained it says.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from thumbling.errors import ModelError

Minor = tuple[int, int]
_MARK = "_sklearn_version"
# Where pipelines and transformers of columns keep what they are made of, after its name.
_STEPS = ("steps", "transformers_", "transformer_list")
_RELEASE = re.compile(r"(\d{1,4})\.(\d{1,4})[\w.+]{0,24}")


def installed() -> str:
    """The release that is installed here."""
    import sklearn

    return str(sklearn.__version__)


def trained_with(model: object) -> str:
    """The release that saved an estimator; the installed one where nothing says another."""
    mark = getattr(model, "__dict__", {}).get(_MARK)
    return mark if isinstance(mark, str) and _RELEASE.fullmatch(mark) else installed()


def minor(release: str) -> Minor:
    """Major and minor number: (1, 5) for 1.5.2."""
    found = _RELEASE.fullmatch(release)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def both_releases(trained: str) -> str:
    """` (saved by scikit-learn 1.5.2, 1.9.1 is installed)`; empty where they are one or unknown."""
    here = installed()
    other = trained not in ("", here)
    return f" (saved by scikit-learn {trained}, {here} is installed)" if other else ""


def saved_releases(caught: Sequence[warnings.WarningMessage]) -> list[tuple[str, str]]:
    """Class name and release of every estimator that scikit-learn warned of while loading."""
    found = []
    for item in caught:
        saved = getattr(item.message, "original_sklearn_version", None)
        if saved is not None:
            known = isinstance(saved, str) and _RELEASE.fullmatch(saved)
            name = str(getattr(item.message, "estimator_name", ""))
            found.append((name, saved if known else "of an unknown release"))
    return found


def mark_releases(file: str, model: object, caught: Sequence[warnings.WarningMessage]) -> None:
    """Give the model's estimators back what loading took: the release that saved them.

    Raises `ModelError` where estimators of one class come from several releases, since a warning
    does not say which estimator it is of.
    """
    saved = saved_releases(caught)
    if not saved:
        return
    warned, parts = Counter(name for name, _ in saved), list(_estimators(model))
    present = Counter(type(part).__name__ for part in parts)
    for part in parts:
        name = type(part).__name__
        releases = sorted({release for other, release in saved if other == name})
        if len(releases) > 1 or 0 < warned[name] < present[name]:
            many = ", ".join(releases if len(releases) > 1 else [*releases, installed()])
            raise ModelError(
                f"{file} holds a {name} of each of scikit-learn {many}, and they may differ",
                hint="fit and save the whole pipeline with one release",
            )
        if releases:
            setattr(part, _MARK, releases[0])


def _estimators(model: object) -> Iterator[Any]:
    """The estimators a prediction asks, each once: steps of pipelines, members of ensembles."""
    open_, seen = [model], set()
    while open_:
        part = open_.pop()
        if id(part) in seen or not hasattr(part, "get_params"):
            continue
        seen.add(id(part))
        yield part
        members = getattr(part, "estimators_", None)
        for name in _STEPS:
            steps = getattr(part, name, None)
            if isinstance(steps, list | tuple):
                open_ += [
                    item[1]
                    for item in steps
                    if isinstance(item, list | tuple) and len(item) in (2, 3)
                ]
        if isinstance(members, list):
            open_ += members
