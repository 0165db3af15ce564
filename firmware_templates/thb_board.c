/* SPDX-License-Identifier: MIT */
/* What all boards share: start-up order, bounded waits, the cycle counter. */
#include "thb_board.h"

#include "thb_config.h"

#if THB_HAS_DWT
#define DEMCR      0xE000EDFCU /* Debug Exception and Monitor Control, ARMv7-M C1.6.5 */
#define DWT_CTRL   0xE0001000U
#define DWT_CYCCNT 0xE0001004U
#define TRCENA     (1U << 24)
#define CYCCNTENA  1U

static bool counts;

static void start_counting(void)
{
    THB_REG(DEMCR) |= TRCENA;
    THB_REG(DWT_CYCCNT) = 0U;
    THB_REG(DWT_CTRL) |= CYCCNTENA;
    /* Emulators leave the counter at rest, so believe only a counter that moves. */
    const uint32_t before = THB_REG(DWT_CYCCNT);
    counts = THB_REG(DWT_CYCCNT) != before;
}

bool thb_board_counts_cycles(void)
{
    return counts;
}

uint32_t thb_board_cycles(void)
{
    return counts ? THB_REG(DWT_CYCCNT) : 0U;
}
#else
static void start_counting(void)
{
    /* ARMv6-M has no cycle counter. */
}

bool thb_board_counts_cycles(void)
{
    return false;
}

uint32_t thb_board_cycles(void)
{
    return 0U;
}
#endif

bool thb_wait_for(uint32_t address, uint32_t mask, uint32_t value)
{
    for (uint32_t poll = 0U; poll < THB_CLOCK_POLLS; ++poll) {
        if ((THB_REG(address) & mask) == value) {
            return true;
        }
    }
    return false;
}

void thb_board_init(void)
{
    const uint32_t clock_hz = thb_clock_init();
    THB_REG(THB_UART_ENABLE) |= 1U << THB_UART_ENABLE_BIT;
    (void)THB_REG(THB_UART_ENABLE); /* the clock needs two cycles to arrive */
    thb_gpio_connect(THB_UART_TX_PORT, THB_UART_TX_PIN, true);
    thb_gpio_connect(THB_UART_RX_PORT, THB_UART_RX_PIN, false);
    thb_uart_init(clock_hz, THB_UART_BAUD);
    start_counting();
}
