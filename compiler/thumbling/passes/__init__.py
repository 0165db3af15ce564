# SPDX-License-Identifier: MIT
"""Graph in, graph out: what makes a graph smaller without changing any answer, a file a pass."""

from thumbling.passes.base import Pass, run_passes
from thumbling.passes.drop_dead_ops import DropDeadOps
from thumbling.passes.fold_gathers import FoldGathers
from thumbling.passes.prune_trees import PruneTrees

PASSES: tuple[Pass, ...] = (FoldGathers(), DropDeadOps(), PruneTrees())
"""What every graph goes through, in order."""

__all__ = ["PASSES", "DropDeadOps", "FoldGathers", "Pass", "PruneTrees", "run_passes"]
