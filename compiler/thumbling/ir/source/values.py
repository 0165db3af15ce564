# SPDX-License-Identifier: MIT
"""What a frontend hands on: a value inside the graph, or all that a predictor predicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Field = Literal["label", "proba", "score", "value"]
FIELDS: tuple[Field, ...] = ("label", "proba", "score", "value")
"""Everything a model may answer, in the order of the C output struct."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A named vector of `width` real numbers (class indices, where it is a label).

    `sparse` says that the framework holds it as a sparse matrix, which decides in what order it
    computes with it, and whether it takes missing values.
    """

    name: str
    width: int
    sparse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a field that the source has cannot be compiled, and what to do instead."""

    what: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The fields of a predictor.

    A classifier has `class_names[k]`, the labels of output k in index order, and a `label` of one
    index for each; a regressor has a `value`. `label_types` and `matrix` are as in `Answers`.
    `refused` are fields which the source has and the compiler does not.
    """

    fields: Mapping[Field, Value]
    class_names: tuple[tuple[str, ...], ...] = ()
    label_types: tuple[str, ...] = ()
    matrix: bool = False
    refused: Mapping[Field, Refusal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if bool(self.class_names) != ("label" in self.fields) or not self.fields:
            raise ValueError("a prediction has labels with class names, or a value")
        if self.class_names and self.fields["label"].width != len(self.class_names):
            raise ValueError("a label needs one index for each output")

    @property
    def is_classifier(self) -> bool:
        """Whether it answers labels."""
        return bool(self.class_names)
