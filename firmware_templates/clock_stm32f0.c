/* SPDX-License-Identifier: MIT */
/* STM32F072: 48 MHz from the PLL, fed by the 8 MHz the ST-LINK gives, else by half of the inner
   8 MHz oscillator; the reset clock when the PLL does not start. RM0091 chapters 3 and 6. */
#include "thb_board.h"

#include "thb_config.h"

#define FLASH_ACR    0x40022000U
#define RCC_CR       0x40021000U
#define RCC_CFGR     0x40021004U
#define RCC_CFGR2    0x4002102CU
#define CR_HSEON     (1U << 16)
#define CR_HSERDY    (1U << 17)
#define CR_HSEBYP    (1U << 18)
#define CR_PLLON     (1U << 24)
#define CR_PLLRDY    (1U << 25)
#define PLL_FROM_HSE (2U << 15)
#define PLL_TIMES(n) (((n) - 2U) << 18)
#define ACR_PREFETCH (1U << 4)
#define ACR_1_WS     1U
#define SW_PLL       2U
#define SWS_MASK     (3U << 2)
#define SWS_PLL      (2U << 2)
#define HSI_HZ       8000000U
#define PLL_HZ       48000000U

uint32_t thb_clock_init(void)
{
    THB_REG(RCC_CR) |= CR_HSEBYP;
    THB_REG(RCC_CR) |= CR_HSEON;
    const bool hse = thb_wait_for(RCC_CR, CR_HSERDY, CR_HSERDY);

    /* 8 MHz * 6, or half of the inner 8 MHz * 12. */
    const uint32_t source = hse ? PLL_FROM_HSE | PLL_TIMES(6U) : PLL_TIMES(12U);
    THB_REG(RCC_CFGR2) = 0U;
    THB_REG(RCC_CFGR) = source;
    THB_REG(RCC_CR) |= CR_PLLON;
    THB_REG(FLASH_ACR) = ACR_PREFETCH | ACR_1_WS;
    if (!thb_wait_for(RCC_CR, CR_PLLRDY, CR_PLLRDY) || !thb_wait_for(FLASH_ACR, 7U, ACR_1_WS)) {
        return HSI_HZ;
    }
    THB_REG(RCC_CFGR) = source | SW_PLL;
    if (!thb_wait_for(RCC_CFGR, SWS_MASK, SWS_PLL)) {
        THB_REG(RCC_CFGR) = source;
        return HSI_HZ;
    }
    return PLL_HZ; /* APB undivided */
}
