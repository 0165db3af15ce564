# SPDX-License-Identifier: MIT
"""C of dense layers, alone and fused with what stands before and behind them."""

from thumbling.codegen.dense.blocks import emit_dense
from thumbling.codegen.dense.fused import emit_chain, find_chain

__all__ = ["emit_chain", "emit_dense", "find_chain"]
