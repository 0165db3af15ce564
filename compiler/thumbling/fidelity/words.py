# SPDX-License-Identifier: MIT
"""What the generated header says of the comparison with the source model."""

from __future__ import annotations

from thumbling.fidelity.record import Fidelity, RealRows

# Sums in another order, as another BLAS has them, differ by less: the header must not.
_NOISE = 1e-12


def told(fidelity: Fidelity) -> tuple[str, ...]:
    """A line each for stored rows and for real ones; none where the user gave no data."""
    real = fidelity.on_real_rows
    if real is None:
        return ()
    return (
        f"stored rows (what the compiler does): {_clauses(fidelity)}",
        f"the real rows as they were (what its caller gets): {_clauses(real)}",
    )


def _clauses(measured: Fidelity | RealRows) -> str:
    parts = []
    agreement, worst = measured.figures
    if agreement is not None:
        parts.append(f"{round(agreement * measured.rows)} of {measured.rows} labels equal")
    if worst is not None:
        parts.append(f"worst error {f'{worst:.2g}' if worst > _NOISE else f'below {_NOISE:g}'}")
    if agreement is None:
        parts.append(f"{measured.rows} rows")
    return ", ".join(parts)
