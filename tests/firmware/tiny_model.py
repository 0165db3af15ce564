# SPDX-License-Identifier: MIT
"""A model made by hand: small, but with a constant table, a division and an output array."""

from __future__ import annotations

from thumbling.codegen.cmodel import CModel

HEADER = """\
/* SPDX-License-Identifier: MIT */
#ifndef TINY_H
#define TINY_H

#include <stdint.h>

#include "thumbling/thumbling.h"

#define TINY_N_FEATURES 3
#define TINY_INPUT_T int16_t

typedef struct {
    int32_t label;
    int32_t score[2];
} tiny_output_t;

thb_status_t tiny_predict(const int16_t x[TINY_N_FEATURES], tiny_output_t *out);

#endif
"""

SOURCE = """\
/* SPDX-License-Identifier: MIT */
#include "tiny.h"

static const int32_t tiny_weight[TINY_N_FEATURES] = {3, -5, 70000};

thb_status_t tiny_predict(const int16_t x[TINY_N_FEATURES], tiny_output_t *out)
{
    int32_t sum = 0;
    for (int i = 0; i < TINY_N_FEATURES; ++i) {
        sum += tiny_weight[i] * (x[i] % 100);
    }
    out->label = sum > 0 ? 1 : 0;
    out->score[0] = sum;
    out->score[1] = sum / ((x[0] & 0xFF) + 1);
    return THB_OK;
}
"""


def expected(x: tuple[int, int, int]) -> tuple[int, int, int]:
    """What `tiny_predict` answers."""

    def divide(a: int, b: int) -> int:
        return abs(a) // b * (1 if a >= 0 else -1)

    weights = (3, -5, 70000)
    rest = [value - 100 * divide(value, 100) for value in x]
    total = sum(w * r for w, r in zip(weights, rest, strict=True))
    return int(total > 0), total, divide(total, (x[0] & 0xFF) + 1)


def make_model(source: str = SOURCE, header: str = HEADER) -> CModel:
    """The model, or a variation of it."""
    return CModel(
        name="tiny",
        model_id=bytes(range(1, 9)),
        files={"tiny.h": header, "tiny.c": source},
        runtime_files=("include/thumbling/thumbling.h",),
        in_bytes=6,
        out_bytes=12,
        symbol="tiny_predict",
        version="1.2.3",
    )
