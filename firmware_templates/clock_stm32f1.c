/* SPDX-License-Identifier: MIT */
/* STM32F103: 72 MHz from the PLL, fed by the 8 MHz the ST-LINK gives, else 64 MHz from the inner
   oscillator; the reset clock when the PLL does not start. RM0008 chapters 3 and 7. */
#include "thb_board.h"

#include "thb_config.h"

#define FLASH_ACR    0x40022000U
#define RCC_CR       0x40021000U
#define RCC_CFGR     0x40021004U
#define CR_HSEON     (1U << 16)
#define CR_HSERDY    (1U << 17)
#define CR_HSEBYP    (1U << 18)
#define CR_PLLON     (1U << 24)
#define CR_PLLRDY    (1U << 25)
#define PLL_FROM_HSE (1U << 16)
#define PLL_TIMES(n) (((n) - 2U) << 18)
#define APB1_HALF    (4U << 8)
#define ACR_PREFETCH (1U << 4)
#define ACR_2_WS     2U
#define SW_PLL       2U
#define SWS_MASK     (3U << 2)
#define SWS_PLL      (2U << 2)
#define HSI_HZ       8000000U

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
