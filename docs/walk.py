# SPDX-License-Identifier: MIT
"""Writes the blocks of walk.md: one model after each stage of the compiler. `--check` compares.

The model has given coefficients, since a solver's last bit differs between machines.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from thumbling.pipeline import Compilation, Options, compile_model
from thumbling.stages import stages

PAGE = Path(__file__).with_name("walk.md")


def _rows() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    x = rng.integers(-40, 60, size=(64, 3)).astype(float)
    return x, (x[:, 0] + x[:, 2] > 20).astype(int)


def logistic() -> Compilation:
    """A scaler and a logistic regression on bytes."""
    x, y = _rows()
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y)
    model[0].mean_, model[0].scale_ = np.array([10.0, 8.0, 12.0]), np.array([25.0, 30.0, 28.0])
    model[1].coef_, model[1].intercept_ = np.array([[2.0, -0.25, 1.5]]), np.array([0.375])
    return compile_model(model, Options(name="level", input_type="int8"), x)


def tree() -> Compilation:
    """A tree behind scaled columns in another order."""
    x, y = _rows()
    columns = ColumnTransformer([("scaled", StandardScaler(), [2, 0])])
    model = make_pipeline(columns, DecisionTreeClassifier(max_depth=2, random_state=0)).fit(x, y)
    return compile_model(model, Options(name="level", input_type="int8"), x)


def blocks() -> Iterator[tuple[str, str]]:
    """Every stage of every model, by the name of its block."""
    for name, compilation in (("logistic", logistic()), ("tree", tree())):
        for stage, text in stages(compilation, "balanced"):
            yield f"{name} {stage}", text
        code = compilation.c.files["level.c"]
        begin = code.index("#endif", code.index("THB_RUNTIME_ABI")) + len("#endif")
        end = code.index("/* clang-format off */\nTHB_OWN_SECTION")
        yield f"{name} c", code[begin:end].strip()


def written(page: str) -> str:
    """The page with every block that it has written anew."""
    for name, text in blocks():
        language = "c" if name.endswith(" c") else "text"
        begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"
        pattern = re.escape(begin) + "(?:.*\n)*?" + re.escape(end)
        fresh = f"{begin}```{language}\n{text.rstrip()}\n```\n{end}"
        page = re.sub(pattern, lambda _, fresh=fresh: fresh, page)  # type: ignore[misc]
    return page


def main() -> int:
    """0 where the page is fresh or was written, 1 where `--check` finds it stale."""
    page = PAGE.read_text(encoding="utf-8")
    fresh = written(page)
    if fresh != page and "--check" in sys.argv[1:]:
        print("docs/walk.md is stale: run `python docs/walk.py`", file=sys.stderr)
        return 1
    PAGE.write_text(fresh, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
