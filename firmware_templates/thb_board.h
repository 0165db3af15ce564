/* SPDX-License-Identifier: MIT */
/* What a board gives to the firmware: a clock, one serial port, a cycle counter. */
#ifndef THB_BOARD_H
#define THB_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#define THB_REG(address) (*(volatile uint32_t *)(uint32_t)(address))

/* Clock, pins and UART, in this order. Never hangs: a clock that does not start is not used. */
void thb_board_init(void);

/* The next received byte, or -1 when there is none; never waits. */
int thb_board_getc(void);

/* Sends one byte, waiting until the transmitter takes it. */
void thb_board_putc(uint8_t byte);

/* True when thb_board_cycles counts: Cortex-M3 and up, on silicon. */
bool thb_board_counts_cycles(void);

/* CPU cycles, modulo 2^32; 0 where they are not counted. */
uint32_t thb_board_cycles(void);

/* Below: between the parts of a board. */

/* Polls of a clock's ready flag before we go on without that clock. PLL and bypassed oscillator
   are ready within 0.5 ms, some 1600 polls at 16 MHz; emulators whose registers read 0 lose
   little time here. */
#define THB_CLOCK_POLLS 10000U

/* True as soon as (register & mask) == value; false after THB_CLOCK_POLLS polls. */
bool thb_wait_for(uint32_t address, uint32_t mask, uint32_t value);

/* Starts the fastest clock that comes up; returns the clock of the UART in Hz. */
uint32_t thb_clock_init(void);

/* Clocks the port and gives the pin to the UART. */
void thb_gpio_connect(uint32_t port, uint32_t pin, bool output);

/* Configures the UART for `baud`, given its input clock. */
void thb_uart_init(uint32_t clock_hz, uint32_t baud);

#endif
