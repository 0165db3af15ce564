# SPDX-License-Identifier: MIT
"""From trained models to source models: a registry and one file per model family."""

from thumbling.frontends.registry import supported
from thumbling.frontends.sklearn_pipeline import lower

__all__ = ["lower", "supported"]
