# SPDX-License-Identifier: MIT
"""Linear layers: what is in front becomes weights, a quantiser and a clamp; then one dense op."""

from __future__ import annotations

from thumbling.errors import OptionError
from thumbling.ir.source.linear import Linear
from thumbling.quantize.dense_layer import input_grids, layer_on, store_plan
from thumbling.quantize.linear_plan import WIDTHS, choose_plan, require_values
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.net import net_behind, quantize_net
from thumbling.quantize.registry import quantizes
from thumbling.quantize.stored import Integers


@quantizes(Linear)
def quantize_linear(op: Linear, at: Lowering) -> Integers:
    """A dense layer with the cheapest weights that are good enough, or the last one of a net."""
    if at.precision not in WIDTHS:
        raise OptionError(
            f"precision {at.precision!r} is unknown", hint=f"one of {', '.join(WIDTHS)}"
        )
    net = net_behind(op, at)
    if net is not None:
        return quantize_net(net, at)
    layer = layer_on(op, input_grids(op, at), at)
    plan = choose_plan(layer, WIDTHS[at.precision])
    if not op.compete and at.asked(op.output):
        require_values(layer, plan, at.data)
    return store_plan(op, layer, plan, at)
