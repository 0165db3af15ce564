/* SPDX-License-Identifier: MIT */
/* The GPIO of the STM32F1 (CRL, CRH, BSRR): pins have one function each. RM0008 chapter 9. */
#include "thb_board.h"

#include "thb_config.h"

#define GPIO(port)   (THB_GPIO_BASE + 0x400U * (port))
#define GPIO_BSRR    0x10U
#define OUTPUT_AF    0x9U /* alternate function, push-pull, 10 MHz */
#define INPUT_PULLED 0x8U /* up or down, as the output bit says */

void thb_gpio_connect(uint32_t port, uint32_t pin, bool output)
{
    THB_REG(THB_GPIO_ENABLE) |= 1U << (THB_GPIO_ENABLE_BIT + port);
    (void)THB_REG(THB_GPIO_ENABLE); /* the clock needs two cycles to arrive */
    const uint32_t control = GPIO(port) + 4U * (pin >> 3);
    const uint32_t shift = 4U * (pin & 7U);
    const uint32_t mode = output ? OUTPUT_AF : INPUT_PULLED;
    THB_REG(GPIO(port) + GPIO_BSRR) = 1U << pin; /* an open input reads as an idle line */
    THB_REG(control) = (THB_REG(control) & ~(0xFU << shift)) | (mode << shift);
}
