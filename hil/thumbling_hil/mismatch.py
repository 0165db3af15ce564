# SPDX-License-Identifier: MIT
"""Where an answer differs from what the reference says."""

from __future__ import annotations

from dataclasses import dataclass

from thumbling_hil.protocol import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """The first place where a target differs. `byte` is an offset into the output."""

    row: int
    byte: int
    expected: bytes
    got: bytes
    status: int

    def as_dict(self) -> dict[str, object]:
        """For JSON; the bytes in hexadecimal."""
        return {
            "row": self.row,
            "byte": self.byte,
            "expected": self.expected.hex(),
            "got": self.got.hex(),
            "status": self.status,
        }


def locate(row: int, answer: Answer, wanted: bytes) -> Mismatch:
    """The first byte of `answer` that differs from `wanted`, and the int32 around it."""
    pairs = zip(answer.output, wanted, strict=False)
    byte = next((i for i, (a, b) in enumerate(pairs) if a != b), 0)
    word = slice(byte // 4 * 4, byte // 4 * 4 + 4)
    return Mismatch(
        row=row,
        byte=byte,
        expected=wanted[word],
        got=answer.output[word],
        status=answer.status,
    )
