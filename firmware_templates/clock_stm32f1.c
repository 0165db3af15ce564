/* SPDX-License-Identifier: MIT */
/* STM32F103: 72 MHz from the PLL, fed by the 8 MHz the ST-LINK gives, else 64 MHz from the inner
   oscillator; the reset clock when the PLL does not start. RM0008 chapters 3, 7 and 9. */
#include "thb_board.h"

#include "thb_config.h"

#define FLASH_ACR     0x40022000U
#define RCC_CR        0x40021000U
#define RCC_CFGR      0x40021004U
#define RCC_APB2ENR   0x40021018U
#define RCC_APB1ENR   0x4002101CU
#define GPIO_CR(port) (0x40010800U + 0x400U * (port))
#define GPIO_BSRR     0x10U
#define CR_HSEON      (1U << 16)
#define CR_HSERDY     (1U << 17)
#define CR_HSEBYP     (1U << 18)
#define CR_PLLON      (1U << 24)
#define CR_PLLRDY     (1U << 25)
#define PLL_FROM_HSE  (1U << 16)
#define PLL_TIMES(n)  (((n) - 2U) << 18)
#define APB1_HALF     (4U << 8)
#define ACR_PREFETCH  (1U << 4)
#define ACR_2_WS      2U
#define SW_PLL        2U
#define SWS_MASK      (3U << 2)
#define SWS_PLL       (2U << 2)
#define HSI_HZ        8000000U
#define OUTPUT_AF     0xBU /* alternate function, push-pull, 50 MHz */
#define INPUT_PULLED  0x8U /* up or down, as the output bit says */

uint32_t thb_clock_init(void)
{
    THB_REG(RCC_CR) |= CR_HSEBYP;
    THB_REG(RCC_CR) |= CR_HSEON;
    const bool hse = thb_wait_for(RCC_CR, CR_HSERDY, CR_HSERDY);

    /* 8 MHz * 9, or half of the inner 8 MHz * 16. */
    const uint32_t source = hse ? PLL_FROM_HSE | PLL_TIMES(9U) : PLL_TIMES(16U);
    THB_REG(RCC_CFGR) = APB1_HALF | source;
    THB_REG(RCC_CR) |= CR_PLLON;
    THB_REG(FLASH_ACR) = ACR_PREFETCH | ACR_2_WS;
    if (!thb_wait_for(RCC_CR, CR_PLLRDY, CR_PLLRDY) || !thb_wait_for(FLASH_ACR, 7U, ACR_2_WS)) {
        THB_REG(RCC_CFGR) = 0U;
        return HSI_HZ;
    }
    THB_REG(RCC_CFGR) = APB1_HALF | source | SW_PLL;
    if (!thb_wait_for(RCC_CFGR, SWS_MASK, SWS_PLL)) {
        THB_REG(RCC_CFGR) = 0U;
        return HSI_HZ;
    }
    return hse ? 36000000U : 32000000U;
}

static void configure(uint32_t port, uint32_t pin, uint32_t mode)
{
    THB_REG(RCC_APB2ENR) |= 4U << port;
    (void)THB_REG(RCC_APB2ENR); /* the clock needs two cycles to arrive */
    const uint32_t control = GPIO_CR(port) + 4U * (pin >> 3);
    const uint32_t nibble = 4U * (pin & 7U);
    THB_REG(control) = (THB_REG(control) & ~(0xFU << nibble)) | (mode << nibble);
}

void thb_pins_init(void)
{
    THB_REG(RCC_APB1ENR) |= THB_UART_ENABLE;
    (void)THB_REG(RCC_APB1ENR);
    configure(THB_UART_TX_PORT, THB_UART_TX_PIN, OUTPUT_AF);
    configure(THB_UART_RX_PORT, THB_UART_RX_PIN, INPUT_PULLED);
    THB_REG(GPIO_CR(THB_UART_RX_PORT) + GPIO_BSRR) = 1U << THB_UART_RX_PIN;
}
