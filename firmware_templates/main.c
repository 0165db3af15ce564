/* SPDX-License-Identifier: MIT */
/* Answers the host's requests for ever. Weak: an application's own main replaces it. */
#include "thb_app_buffers.h"
#include "thb_board.h"
#include "thb_frame.h"

int main(void);

__attribute__((weak)) int main(void)
{
    static thb_frame_t frame;
    static thb_frame_port_t port;

    thb_board_init();
    port.app = &thb_app;
    port.receive = thb_app_receive.bytes;
    port.receive_bytes = sizeof thb_app_receive.bytes;
    port.output = thb_app_output.bytes;
    port.counts_cycles = thb_board_counts_cycles();
    port.cycles = thb_board_cycles;
    port.put = thb_board_putc;
    thb_frame_init(&frame, &port);
    thb_frame_banner(&frame);
    for (;;) {
        const int byte = thb_board_getc();
        if (byte >= 0) {
            thb_frame_receive(&frame, (uint8_t)byte);
        }
    }
}
