# SPDX-License-Identifier: MIT
"""emlearn's import leaves the process as it was."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

pytestmark = pytest.mark.skipif(
    find_spec("emlearn") is None,
    reason="emlearn is not installed: pip install 'thumbling[audit]'",
)

# In a process of its own, which has not imported emlearn yet, and whose state is nobody else's.
_PROGRAM = """
import numpy as np
from sklearn.tree import DecisionTreeClassifier
from thumbling.peers import emlearn_peer
from thumbling.peers.subject import Subject

x = np.array([[0.0], [1.0]], dtype=np.float32)
model = DecisionTreeClassifier().fit(x, [0, 1])
before = np.geterr()
emlearn_peer.generate(Subject(model=model, rows=x, expected=np.array([[0], [1]]), n_classes=2))
assert np.geterr() == before, np.geterr()
"""


def test_numpy_raises_no_more_errors_than_before() -> None:
    subprocess.run([sys.executable, "-c", _PROGRAM], check=True)
