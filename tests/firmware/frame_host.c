/* SPDX-License-Identifier: MIT */
/* thb_frame on the host: received bytes on stdin, sent bytes on stdout. The buffers are exactly as
   large as the frame layer asks for and come from the heap, so a sanitizer sees every overrun. */
#include <stdio.h>
#include <stdlib.h>

#include "thb_frame.h"

#define IN_BYTES  300U
#define OUT_BYTES 600U

static uint32_t now;

static uint32_t cycles(void)
{
    now += 0x01020304U;
    return now;
}

static void put(uint8_t byte)
{
    (void)putchar(byte);
}

/* Writes only half of the output when the first byte is odd, and reports -2. */
static thb_status_t predict(const void *in, void *out)
{
    const uint8_t *x = (const uint8_t *)in;
    uint8_t *y = (uint8_t *)out;
    if (((uintptr_t)in & 7U) != 0U || ((uintptr_t)out & 7U) != 0U) {
        abort();
    }
    const size_t count = (x[0] & 1U) != 0U ? OUT_BYTES / 2U : OUT_BYTES;
    for (size_t i = 0U; i < count; ++i) {
        y[i] = x[i % IN_BYTES];
    }
    return (thb_status_t)((x[0] & 1U) != 0U ? -2 : 0);
}

const thb_app_t thb_app = {
    .model_id = {0xDE, 0xAD, 0x00, 0xEF, 1, 2, 3, 0},
    .in_bytes = IN_BYTES,
    .out_bytes = OUT_BYTES,
    .name = "host",
    .version = "0.0.1",
    .predict = predict,
};

int main(int argc, char **argv)
{
    (void)argv;
    thb_frame_t *frame = malloc(sizeof *frame);
    thb_frame_port_t port = {
        .app = &thb_app,
        .receive = malloc(THB_FRAME_RECEIVE(IN_BYTES)),
        .receive_bytes = THB_FRAME_RECEIVE(IN_BYTES),
        .output = malloc(OUT_BYTES),
        .counts_cycles = argc > 1,
        .cycles = cycles,
        .put = put,
    };
    if (frame == NULL || port.receive == NULL || port.output == NULL) {
        return 2;
    }
    thb_frame_init(frame, &port);
    thb_frame_banner(frame);
    for (int byte = getchar(); byte != EOF; byte = getchar()) {
        thb_frame_receive(frame, (uint8_t)byte);
    }
    free(port.output);
    free(port.receive);
    free(frame);
    return 0;
}
