/* SPDX-License-Identifier: MIT */
/* STM32F401: 84 MHz from the PLL, fed by the 8 MHz the ST-LINK gives, else by the inner 16 MHz
   oscillator; the reset clock when the PLL does not start. RM0368 chapters 3, 6 and 8. */
#include "thb_board.h"

#include "thb_config.h"

#define FLASH_ACR    0x40023C00U
#define RCC_CR       0x40023800U
#define RCC_PLLCFGR  0x40023804U
#define RCC_CFGR     0x40023808U
#define RCC_AHB1ENR  0x40023830U
#define RCC_APB1ENR  0x40023840U
#define PWR_CR       0x40007000U
#define GPIO(port)   (0x40020000U + 0x400U * (port))
#define GPIO_MODER   0x00U
#define GPIO_SPEEDR  0x08U
#define GPIO_PUPDR   0x0CU
#define GPIO_AFR     0x20U
#define CR_HSEON     (1U << 16)
#define CR_HSERDY    (1U << 17)
#define CR_HSEBYP    (1U << 18)
#define CR_PLLON     (1U << 24)
#define CR_PLLRDY    (1U << 25)
#define PLL_FROM_HSE (1U << 22)
#define PWREN        (1U << 28)
#define VOS_SCALE_2  (2U << 14) /* needed above 60 MHz */
#define ACR_CACHES   0x700U     /* prefetch, instruction and data cache */
#define ACR_2_WS     2U
#define APB1_HALF    (4U << 10)
#define SW_PLL       2U
#define SWS_MASK     (3U << 2)
#define SWS_PLL      (2U << 2)
#define HSI_HZ       16000000U
#define PLL_HZ       84000000U

uint32_t thb_clock_init(void)
{
    THB_REG(RCC_APB1ENR) |= PWREN;
    THB_REG(PWR_CR) = (THB_REG(PWR_CR) & ~(3U << 14)) | VOS_SCALE_2;
    THB_REG(RCC_CR) |= CR_HSEBYP;
    THB_REG(RCC_CR) |= CR_HSEON;
    const bool hse = thb_wait_for(RCC_CR, CR_HSERDY, CR_HSERDY);

    /* (8 MHz / 8 or 16 MHz / 16) * 336 / 4; Q = 7 gives USB its 48 MHz. */
    const uint32_t input = hse ? PLL_FROM_HSE | 8U : 16U;
    THB_REG(RCC_PLLCFGR) = (7U << 24) | (1U << 16) | (336U << 6) | input;
    THB_REG(RCC_CR) |= CR_PLLON;
    if (!thb_wait_for(RCC_CR, CR_PLLRDY, CR_PLLRDY)) {
        return HSI_HZ;
    }
    THB_REG(FLASH_ACR) = ACR_CACHES | ACR_2_WS;
    if (!thb_wait_for(FLASH_ACR, 0xFU, ACR_2_WS)) {
        return HSI_HZ;
    }
    THB_REG(RCC_CFGR) = APB1_HALF | SW_PLL;
    if (!thb_wait_for(RCC_CFGR, SWS_MASK, SWS_PLL)) {
        THB_REG(RCC_CFGR) = 0U;
        return HSI_HZ;
    }
    return PLL_HZ / 2U;
}

static void connect(uint32_t port, uint32_t pin)
{
    THB_REG(RCC_AHB1ENR) |= 1U << port;
    (void)THB_REG(RCC_AHB1ENR); /* the clock needs two cycles to arrive */
    const uint32_t afr = GPIO(port) + GPIO_AFR + 4U * (pin >> 3);
    const uint32_t nibble = 4U * (pin & 7U);
    THB_REG(afr) = (THB_REG(afr) & ~(0xFU << nibble)) | (THB_UART_ALTERNATE << nibble);
    THB_REG(GPIO(port) + GPIO_SPEEDR) |= 2U << (2U * pin);
    THB_REG(GPIO(port) + GPIO_PUPDR) =
        (THB_REG(GPIO(port) + GPIO_PUPDR) & ~(3U << (2U * pin))) | (1U << (2U * pin));
    THB_REG(GPIO(port) + GPIO_MODER) =
        (THB_REG(GPIO(port) + GPIO_MODER) & ~(3U << (2U * pin))) | (2U << (2U * pin));
}

void thb_pins_init(void)
{
    THB_REG(RCC_APB1ENR) |= THB_UART_ENABLE;
    (void)THB_REG(RCC_APB1ENR);
    connect(THB_UART_TX_PORT, THB_UART_TX_PIN);
    connect(THB_UART_RX_PORT, THB_UART_RX_PIN);
}
