/* SPDX-License-Identifier: MIT */
/* The newer STM32 GPIO (F0, F4, G0: MODER, PUPDR, AFR). RM0091 chapter 8, RM0368 chapter 8. */
#include "thb_board.h"

#include "thb_config.h"

#define GPIO(port)   (THB_GPIO_BASE + 0x400U * (port))
#define GPIO_MODER   0x00U
#define GPIO_SPEEDR  0x08U
#define GPIO_PUPDR   0x0CU
#define GPIO_AFR     0x20U
#define MODE_AF      2U
#define SPEED_MEDIUM 1U /* 10 MHz at least, in every family */
#define PULL_UP      1U /* an open input reads as an idle line */

static void set_field(uint32_t address, uint32_t shift, uint32_t mask, uint32_t value)
{
    THB_REG(address) = (THB_REG(address) & ~(mask << shift)) | (value << shift);
}

void thb_gpio_connect(uint32_t port, uint32_t pin, bool output)
{
    (void)output; /* the alternate function knows the direction */
    THB_REG(THB_GPIO_ENABLE) |= 1U << (THB_GPIO_ENABLE_BIT + port);
    (void)THB_REG(THB_GPIO_ENABLE); /* the clock needs two cycles to arrive */
    set_field(GPIO(port) + GPIO_AFR + 4U * (pin >> 3), 4U * (pin & 7U), 0xFU, THB_UART_ALTERNATE);
    set_field(GPIO(port) + GPIO_SPEEDR, 2U * pin, 3U, SPEED_MEDIUM);
    set_field(GPIO(port) + GPIO_PUPDR, 2U * pin, 3U, PULL_UP);
    set_field(GPIO(port) + GPIO_MODER, 2U * pin, 3U, MODE_AF);
}
