# SPDX-License-Identifier: MIT
"""Figures and sentences that the text and the page have in common."""

from __future__ import annotations

from collections.abc import Sequence

from thumbling.report.model import Fidelity, ModelInfo, OutputInfo, Report

_HUGE = 1e12
_LISTED = 4
# A space that is no place to break a line, and that old code pages have too.
_THOUSANDS = "\N{NO-BREAK SPACE}"

CERTIFICATES = {
    "exact": "proved equal to the source model for every input",
    "bounded": "the error is proved to stay within the bound",
    "measured": "no proof: agreement and worst error on the rows below",
}


def number(value: float | None) -> str:
    """A figure for a reader: thousands apart, few decimals, a dash for none."""
    if value is None:
        return "-"
    if 1000 <= abs(value) < _HUGE:
        return f"{round(value):,}".replace(",", _THOUSANDS)
    return f"{value:.4g}"


def share(part: int, total: int) -> str:
    """A percentage that never rounds something to nothing."""
    percent = 100 * part / total if total else 0.0
    return "<0.1 %" if 0 < percent < 0.1 else f"{percent:.1f} %"


def verdict(report: Report) -> str:
    """What the comparison with the reference came to, in a few words."""
    results = report.verification
    if not results:
        return "not verified"
    bad = [v.on for v in results if v.mismatches]
    if bad:
        return f"differs from the reference on {' and '.join(bad)}"
    vectors = number(sum(v.vectors for v in results))
    return f"bit-exact: {vectors} comparisons on {' and '.join(v.on for v in results)}"


def bound(output: OutputInfo) -> float | None:
    """The proved bound in the unit of the output itself, which a label has none of."""
    return None if output.field == "label" else output.epsilon


def release(model: ModelInfo) -> str:
    """Which release trained the model, where it is not the installed one; else nothing."""
    if model.release is None:
        return ""
    trained, installed = model.release.trained, model.release.installed
    return model.release.note or f"trained with scikit-learn {trained}, {installed} is installed"


def _listed(parts: Sequence[str]) -> str:
    """The first few of many."""
    more = f", .. ({len(parts)} in all)" if len(parts) > _LISTED else ""
    return ", ".join(parts[:_LISTED]) + more


def unit(output: OutputInfo) -> str:
    """The real value of one stored unit, of each value where they differ; labels have none."""
    if output.field == "label":
        return "-"
    return output.scale if isinstance(output.scale, str) else _listed(output.scale)


def bounds(output: OutputInfo) -> str:
    """The proved bound in words, of each value where they differ."""
    each = output.epsilons or (bound(output),)
    return _listed([number(epsilon) for epsilon in each])


def compared(fidelity: Fidelity) -> list[str]:
    """What was measured against the source model, a clause each."""
    fields = {output.field: output for output in fidelity.outputs}
    rows = fidelity.rows
    made = "made-up " if fidelity.made_rows else ""
    clauses = [f"{number(rows)} {made}rows compared"]
    if "label" in fields and fidelity.label_agreement is not None:
        equal = round(fidelity.label_agreement * rows)
        clauses.append("all labels equal" if equal == rows else f"{number(equal)} labels equal")
    if fields.keys() - {"label"} and fidelity.max_abs_error is not None:
        clauses.append(f"worst error {number(fidelity.max_abs_error)}")
    if "label" in fields and fields["label"].certificate == "bounded":
        inside = fidelity.rows_inside_bound
        clauses.append(f"{number(inside) if inside else 'none'} too close to call")
    return clauses
