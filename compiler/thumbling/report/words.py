# SPDX-License-Identifier: MIT
"""Figures and sentences that the text and the page have in common."""

from __future__ import annotations

from collections.abc import Sequence

from thumbling.fidelity import FeatureLoss, Fidelity, OutputInfo, RealRows, StoredInput
from thumbling.report.model import ModelInfo, Report

_HUGE = 1e12
_SHOWN_NUMBERS = 8  # of scales and offsets; more are no help on one line
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
    """A percentage that never rounds something to nothing, or something less to all."""
    percent = 100 * part / total if total else 0.0
    if 99.9 < percent < 100:
        return ">99.9 %"
    return "<0.1 %" if 0 < percent < 0.1 else f"{percent:.1f} %"


def part(value: float | None) -> str:
    """A part of one as a percentage of three digits, however small."""
    return "-" if value is None else f"{100 * value:.3g} %"


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


ON_STORED = "What the compiler does (source and chip on stored rows)"
ON_REAL = "What you get (source on your rows as they are, chip on stored ones)"


def compared(fidelity: Fidelity) -> list[str]:
    """What was measured on stored rows against the source model, a clause each."""
    if not fidelity.rows:
        return ["the integer graph is its own source, so there is nothing to compare it with"]
    made = "made-up " if fidelity.made_rows else ""
    clauses = [f"{_rows(fidelity.rows, made)} compared", *_agreement(fidelity)]
    fields = {output.field: output for output in fidelity.outputs}
    if "label" in fields and fields["label"].certificate == "bounded":
        inside = fidelity.rows_inside_bound
        clauses.append(f"{number(inside) if inside else 'none'} too close to call")
    if fidelity.rows_dropped:
        clauses.append(f"{number(fidelity.rows_dropped)} refused by the source")
    if outside := fidelity.rows_outside_range:
        clauses.append(f"{number(outside)} more outside the certified range")
    clauses += [stuck(index, fidelity) for index in fidelity.stuck_values]
    return clauses


def on_real_rows(real: RealRows) -> list[str]:
    """What was measured on the user's rows as they are, a clause each."""
    clauses = [f"{_rows(real.rows)} compared", *_agreement(real)]
    if real.rows_dropped:
        clauses.append(f"the source itself refuses {first_rows(real.dropped, real.rows_dropped)}")
    if real.rows_outside_range:
        clauses.append(f"{number(real.rows_outside_range)} outside the certified range")
    return clauses


def _rows(count: int, kind: str = "") -> str:
    return f"{number(count)} {kind}row" + ("" if count == 1 else "s")


def _agreement(measured: Fidelity | RealRows) -> list[str]:
    clauses = []
    agreement, worst = measured.figures
    if agreement is not None:
        equal = round(agreement * measured.rows)
        some = f"{number(equal)} labels equal ({share(equal, measured.rows)})"
        clauses.append("all labels equal" if equal == measured.rows else some)
    if measured.max_abs_errors:
        each = [number(error) for error in measured.max_abs_errors]
        clauses.append(f"worst errors {_listed(each)}")
    elif worst is not None:
        clauses.append(f"worst error {number(worst)}")
    return clauses


def stuck(index: int, fidelity: Fidelity) -> str:
    """That a value of the chip is one constant, though the source's is not."""
    value = f"value {index}" if fidelity.max_abs_errors else "the value"
    return f"{value} is the same on all rows, the source's is not"


def first_rows(numbers: Sequence[int], count: int) -> str:
    """`row 4`, or `145 rows (4, 7, 8, ..)`: rows count from 1."""
    if count == 1:
        return f"row {numbers[0]}"
    more = ", .." if count > len(numbers) else ""
    return f"{number(count)} rows ({', '.join(map(str, numbers))}{more})"


def against_truth(real: RealRows) -> list[tuple[str, str, str]]:
    """Title, figure of the source and of the chip, where the truth is known."""
    rows = []
    if real.accuracy is not None:
        source, chip = (f"{100 * v:.2f} %" for v in (real.accuracy.source, real.accuracy.chip))
        rows.append(("accuracy", source, chip))
    for title, pair in (("RMSE", real.rmse), ("R2", real.r2)):
        if pair is not None:
            rows.append((title, f"{pair.source:.6g}", f"{pair.chip:.6g}"))
    return rows


def changed(real: RealRows) -> list[str]:
    """Which labels the chip says otherwise than the source, and who is right."""
    clauses = []
    if real.right_by_source_alone or real.right_by_chip_alone:
        clauses.append(
            f"right by the source alone: {_rows(real.right_by_source_alone or 0)}, by the chip"
            f" alone: {number(real.right_by_chip_alone)}"
        )
    clauses += [f"{c.source} became {c.chip}: {number(c.rows)}" for c in real.label_changes]
    return clauses


def coarsest(stored: StoredInput) -> list[FeatureLoss]:
    """Features that were measured, those that lose most first: saturated, then fewest steps."""
    seen = [f for f in stored.features if f.steps is not None]
    return sorted(seen, key=lambda f: (-(f.rows_saturated or 0), f.steps or 0))


def pasted(scale: Sequence[float], offset: Sequence[float]) -> str:
    """The options that say so on a command line; an offset may begin with a minus."""
    return f"--input-scale={_joined(scale)} --input-offset={_joined(offset)}"


def auto_took(report: Report) -> str:
    """The same without data, where the user asked for `--input-scale auto`; else nothing."""
    if report.options.get("input_scale") != "auto":
        return ""
    return pasted(report.input.scale, report.input.offset)


def _joined(numbers: Sequence[float]) -> str:
    return ",".join(map(repr, numbers if len(set(numbers)) > 1 else numbers[:1]))


def storing_changes(stored: StoredInput) -> str | None:
    """A sentence where storing changes what the source says, with what would lose least."""
    best = stored.suggestion
    if stored.labels_changed:
        lost = f"the label of {_rows(stored.labels_changed)}"
        left = number(best.labels_changed) if best and best.labels_changed else "none"
    elif stored.moves_values:
        moved = f"{number(stored.max_abs_change)}, or {part(stored.part_of_range)} of a range"
        lost = f"the source's values by up to {moved}"
        left = f"them by {number(best.max_abs_change) if best else '-'}"
    else:
        return None
    sentence = f"storing the data as {stored.type} changes {lost}"
    if best is None:
        wider = "" if stored.type in ("int32", "float32") else "; a wider --input-type loses less"
        return f"{sentence}, and no scale and offset of that type do better{wider}"
    few = len(best.scale) <= _SHOWN_NUMBERS
    which = f" ({pasted(best.scale, best.offset)})" if few else ""
    return f"{sentence}; least is lost with --input-scale auto{which}, which changes {left}"
