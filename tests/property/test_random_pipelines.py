# SPDX-License-Identifier: MIT
"""Random pipelines: scikit-learn, the reference, the host's C and the emulated chip agree.

`pytest tests/property --cases 1000` is the nightly length; a case that fails is named by its seed.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.differential.chip import run_on_core
from tests.differential.test_trees import SANITIZE, check
from tests.property.random_pipelines import Case, random_case

from thumbling.errors import UnsupportedModelError
from thumbling.frontends import lower
from thumbling.pipeline import Compilation, Options, compile_model
from thumbling.reference import evaluate

# What is only measured may differ on some rows, but not be another model.
_LEAST_AGREEMENT = 0.9
_CORES = ("cortex-m0plus", "cortex-m4")


def _compile(case: Case) -> Compilation:
    """The case compiled; certificates are held against scikit-learn while it is."""
    scale = None if case.input_type == "float32" else "auto"
    optimize = ("speed", "balanced", "size")[case.seed % 3]
    output = "all" if hasattr(case.model, "classes_") else None
    options = Options(
        name="m",
        input_type=case.input_type,
        input_scale=scale,
        optimize=optimize,
        output=output,
    )
    try:
        return compile_model(case.model, options, case.data)
    except UnsupportedModelError as error:
        pytest.skip(f"{case}: {error.message}")


def test_all_agree(seed: int, tmp_path: Path) -> None:
    case = random_case(seed)
    compiled = _compile(case)
    answers, refused = evaluate(compiled.graph, compiled.vectors, check=True)
    assert not refused.any()
    assert all((answers[field] == compiled.expected[field]).all() for field in answers), str(case)
    assert compiled.fidelity.label_agreement >= _LEAST_AGREEMENT, str(case)
    compiler = ("gcc", "clang")[seed % 2]
    check(compiled, tmp_path, compiler, "-O1", *(SANITIZE if compiler == "clang" else ()))
    if seed % 8 == 0 and shutil.which("arm-none-eabi-gcc"):
        _on_chip(compiled, _CORES[seed // 8 % 2], tmp_path)


def _on_chip(compiled: Compilation, core: str, folder: Path) -> None:
    rows = compiled.vectors[:: max(1, len(compiled.vectors) // 40)]
    cost = run_on_core(compiled.c, rows, core, folder, ())
    wanted = compiled.expected_bytes[:: max(1, len(compiled.vectors) // 40)]
    assert [bytes(answer) for answer in cost.outputs] == wanted


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """As many seeds as `--cases` asks for."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(metafunc.config.getoption("--cases")))


def test_few_cases_are_refused() -> None:
    """What cannot be compiled is skipped above, so it must be rare."""
    refused = []
    for seed in range(40):
        try:
            lower(random_case(seed).model)
        except UnsupportedModelError as error:
            refused.append(f"{seed}: {error.message}")
    assert len(refused) <= 4, refused


def test_the_same_seed_is_the_same_case() -> None:
    one, other = random_case(3), random_case(3)
    assert str(one) == str(other)
    np.testing.assert_array_equal(one.data, other.data)
