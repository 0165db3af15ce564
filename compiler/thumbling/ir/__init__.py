# SPDX-License-Identifier: MIT
"""The intermediate representation: source models in reals, graphs of integer ops, their checks."""

from thumbling.ir.answers import Answers
from thumbling.ir.graph import Certificate, Domain, Graph, Output
from thumbling.ir.ports import INPUT, Port, State
from thumbling.ir.printer import model_id, print_graph
from thumbling.ir.types import DType, InputSpec, Quant, TensorType
from thumbling.ir.verifier import verify

__all__ = [
    "INPUT",
    "Answers",
    "Certificate",
    "DType",
    "Domain",
    "Graph",
    "InputSpec",
    "Output",
    "Port",
    "Quant",
    "State",
    "TensorType",
    "model_id",
    "print_graph",
    "verify",
]
