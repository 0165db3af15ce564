# SPDX-License-Identifier: MIT
"""scikit-learn's one-vs-rest: a binary classifier a class, the greatest score wins."""

from __future__ import annotations

from typing import Any

from thumbling.errors import UnsupportedModelError
from thumbling.frontends.attributes import (
    attribute,
    class_names,
    fitted_classes,
    inconsistent,
    label_types,
    setting,
)
from thumbling.frontends.builder import SourceBuilder
from thumbling.frontends.members import members_of, require_classifier, response
from thumbling.frontends.registry import predictor, qualified_name
from thumbling.frontends.release import Minor, both_releases, minor, trained_with
from thumbling.ir.source import Field, Prediction, Refusal, Value
from thumbling.ir.source.concat import Concat
from thumbling.ir.source.linear import Linear
from thumbling.ir.source.link import Link
from thumbling.ir.source.winner import Winner

_FIRST_SINCE: Minor = (1, 9)
_NOT_COMPILED = Refusal(
    what="a predict_proba of members without a sigmoid, which is not compiled yet",
    hint="use --output label, or LogisticRegression as its estimator",
)


def _refuse_other_targets(model: Any) -> None:
    kind = setting(attribute(model, "label_binarizer_"), "y_type_")
    if kind == "binary":
        raise UnsupportedModelError(
            "this OneVsRestClassifier was fitted on two classes, for which it holds one classifier",
            hint="fit and save that classifier alone: it answers the same",
        )
    if kind != "multiclass":
        raise UnsupportedModelError(
            f"this OneVsRestClassifier was fitted on {kind[:40]} targets",
            hint="fit one classifier for each label",
        )


def _said(model: Any, member: Any, x: Value, build: SourceBuilder) -> Prediction:
    if qualified_name(member)[1] == "_ConstantPredictor":
        raise UnsupportedModelError(
            "a class of the OneVsRestClassifier was in all rows it was fitted on, or in none",
            hint="fit it on rows of every class",
        )
    said = build.predict(member, x)
    require_classifier(model, said)
    if len(said.class_names[0]) != 2:
        raise inconsistent(model, "a member of it is no binary classifier")
    return said


def _score_behind(said: Prediction, build: SourceBuilder) -> Value | None:
    """The score whose sigmoid a member's probabilities are."""
    proba = said.fields.get("proba")
    link = build.producer(proba) if proba is not None else None
    if not isinstance(link, Link) or link.kind != "sigmoid":
        return None
    return Value(name=link.inputs[0], width=1)


def _refuse_ties(model: Any, scores: list[Value], build: SourceBuilder) -> None:
    """Releases before 1.9 give ties to the last class; scores of linear models have none."""
    linear = all(isinstance(build.producer(score), Linear) for score in scores)
    if minor(trained_with(model)) < _FIRST_SINCE and not linear:
        raise UnsupportedModelError(
            "this OneVsRestClassifier of models that are not linear was trained by a release that"
            f" chooses the last of equal classes{both_releases(trained_with(model))}",
            hint="fit and save it again with scikit-learn 1.9 or later",
        )


@predictor("sklearn", "OneVsRestClassifier")
def lower_one_vs_rest(model: Any, x: Value, build: SourceBuilder) -> Prediction:
    """Scores side by side; probabilities are sigmoids over their sum, or zeros where that is."""
    _refuse_other_targets(model)
    members = members_of(model)
    names = class_names(model, fitted_classes(model), len(members))
    said = [_said(model, member, x, build) for member in members]
    order = ("decision_function", "predict_proba")
    scores = [
        response(model, member, one, order, build)
        for member, one in zip(members, said, strict=True)
    ]
    _refuse_ties(model, scores, build)
    compared = build.add(Concat, "score", *scores)
    label = build.add(Winner, "label", compared, groups=(len(names),))
    fields: dict[Field, Value] = {"label": label}
    refused: dict[Field, Refusal] = {}
    if all(hasattr(member, "decision_function") for member in members):
        fields["score"] = compared
    behind = [_score_behind(one, build) for one in said]
    linked = [value for value in behind if value is not None]
    if len(linked) == len(said):
        odds = compared if linked == scores else build.add(Concat, "odds", *linked)
        fields["proba"] = build.add(Link, "proba", odds, kind="ovr", empty="zeros")
    elif any(hasattr(member, "predict_proba") for member in members):
        refused["proba"] = _NOT_COMPILED
    return Prediction(
        fields=fields, class_names=(names,), label_types=label_types(model), refused=refused
    )
