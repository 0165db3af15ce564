# SPDX-License-Identifier: MIT
"""The same model by other tools: their code, measured beside ours by one ruler."""
