# SPDX-License-Identifier: MIT
"""Instructions, cycles and stack of one function of the real image, measured in the emulator.

Instructions are exact; those which an IT block skips count, since they take their cycle. Cycles
come from the blocks that ran and the edges between them, with the static costs of `cycle_model`:
about 10 % off silicon on a Cortex-M4, 15 % on other cores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from thumbling.boards import Board
from thumbling.errors import VerificationError
from thumbling.spread import Spread
from thumbling_hil.emulator.process import UnicornProcess


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one call costs. `outputs` and `statuses` let the caller check what was computed."""

    samples: int
    instructions: Spread
    cycles: Spread
    stack_bytes: int
    method: str
    statuses: tuple[int, ...]
    outputs: tuple[bytes, ...]

    def latency_us(self, board: Board) -> Spread:
        """Time on the board: cycles from flash at the board's clock."""
        factor = board.flash_factor / board.f_cpu_hz * 1e6
        return Spread(mean=self.cycles.mean * factor, max=self.cycles.max * factor)


def measure_cost(
    elf: Path,
    board: Board,
    symbol: str,
    inputs: list[bytes],
    out_bytes: int,
    *,
    offsets: Sequence[int] = (0,),
    state_bytes: int = 0,
    reset: str = "",
) -> Cost:
    """Call the Thumb function `symbol(const void *x, .., void *out)` of `elf` on each of `inputs`.

    All inputs have one length; a pointer is handed over for each of `offsets` into them. Where
    `state_bytes` is not zero, the first argument is a state of so many bytes, on which the
    function `reset` is called before the first input. Raises `VerificationError` where a function
    is missing or faults, `MissingToolError` where Unicorn is not installed.
    """
    if not inputs or len({len(x) for x in inputs}) != 1:
        raise VerificationError("measuring needs at least one input, and all of one length")
    request = {
        "do": "measure",
        "symbol": symbol,
        "in_bytes": len(inputs[0]),
        "out_bytes": out_bytes,
        "limit_s": 600.0,
        "offsets": list(offsets),
        "state_bytes": state_bytes,
        "reset": reset,
    }
    with UnicornProcess(elf, board) as process:
        process.boot()
        header, body = process.ask(request, b"".join(inputs))
    return Cost(
        samples=len(inputs),
        instructions=Spread.of(header["instructions"]),
        cycles=Spread.of(header["cycles"]),
        stack_bytes=header["stack_bytes"],
        method=(
            f"executed blocks in Unicorn with the static cycle model of {board.core},"
            " zero wait states; stack by painting"
        ),
        statuses=tuple(header["statuses"]),
        outputs=tuple(body[i * out_bytes : (i + 1) * out_bytes] for i in range(len(inputs))),
    )
