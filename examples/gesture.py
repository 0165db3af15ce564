# SPDX-License-Identifier: MIT
"""Accelerometer windows to a gesture: integers in, integers inside, a label out.

Run it with `python examples/gesture.py [OUTPUT_FOLDER]`. The data are simulated: a still board,
a shaken one and a tapped one, each seen by a 16-bit sensor with 8192 counts per g.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import thumbling

COUNTS_PER_G = 8192
SHAKE_G = {"still": 0.02, "shake": 0.9, "tap": 0.15}


def windows(
    rng: np.random.Generator, count: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.str_]]:
    """Mean, spread and peak of windows of 50 samples of one axis, in g, and what was done."""
    rows, labels = [], []
    for name, shake in SHAKE_G.items():
        samples = rng.normal(1.0, shake, (count, 50))
        if name == "tap":
            samples[:, 20] += rng.uniform(1.0, 2.5, count)
        rows.append(np.stack([samples.mean(1), samples.std(1), samples.max(1)], axis=1))
        labels += [name] * count
    return np.concatenate(rows), np.array(labels)


def main(folder: Path) -> int:
    """Train, compile for a board without FPU, prove it on the emulated chip."""
    x, y = windows(np.random.default_rng(1), 300)
    model = make_pipeline(StandardScaler(), RandomForestClassifier(10, random_state=1)).fit(x, y)
    compiled = thumbling.compile(
        model,
        data=x,
        board="nucleo-f072",
        name="gesture",
        input_type="int16",
        input_scale=1 / COUNTS_PER_G,
        out=folder,
    )
    print(f"the chip names {accuracy_score(y, compiled.predict(x)):.1%} of the windows right")
    proof = compiled.verify("unicorn")
    print(f"{proof.vectors} answers of the emulated chip, {proof.mismatches} wrong")
    print(f"the C is in {folder / 'src'}")
    return 1 if proof.mismatches else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "thumbling_out/gesture")))
