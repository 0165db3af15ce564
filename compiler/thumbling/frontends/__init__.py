# SPDX-License-Identifier: MIT
"""From trained models to source models: a registry and one file per model family."""

from thumbling.frontends.lowering import lower
from thumbling.frontends.registry import supported

__all__ = ["lower", "supported"]
