/* SPDX-License-Identifier: MIT */
/* STM32G071: 64 MHz from the PLL, fed by the inner 16 MHz oscillator; the reset clock when the PLL
   does not start. RM0444 chapters 3 and 5. */
#include "thb_board.h"

#include "thb_config.h"

#define FLASH_ACR    0x40022000U
#define RCC_CR       0x40021000U
#define RCC_CFGR     0x40021008U
#define RCC_PLLCFGR  0x4002100CU
#define CR_PLLON     (1U << 24)
#define CR_PLLRDY    (1U << 25)
#define PLL_FROM_HSI 2U
#define PLL_N(n)     ((n) << 8)
#define PLL_R(r)     (((r) - 1U) << 29)
#define PLL_REN      (1U << 28)
#define ACR_CACHES   0x300U /* prefetch, instruction cache */
#define ACR_2_WS     2U
#define SW_PLL       2U
#define SWS_MASK     (7U << 3)
#define SWS_PLL      (2U << 3)
#define HSI_HZ       16000000U
#define PLL_HZ       64000000U

uint32_t thb_clock_init(void)
{
    /* 16 MHz * 8 / 2 */
    THB_REG(RCC_PLLCFGR) = PLL_FROM_HSI | PLL_N(8U) | PLL_R(2U) | PLL_REN;
    THB_REG(RCC_CR) |= CR_PLLON;
    /* Keep the other bits: clearing "debugger access" would cut off the debugger. */
    THB_REG(FLASH_ACR) = (THB_REG(FLASH_ACR) & ~7U) | ACR_CACHES | ACR_2_WS;
    if (!thb_wait_for(RCC_CR, CR_PLLRDY, CR_PLLRDY) || !thb_wait_for(FLASH_ACR, 7U, ACR_2_WS)) {
        return HSI_HZ;
    }
    THB_REG(RCC_CFGR) = SW_PLL;
    if (!thb_wait_for(RCC_CFGR, SWS_MASK, SWS_PLL)) {
        THB_REG(RCC_CFGR) = 0U;
        return HSI_HZ;
    }
    return PLL_HZ; /* APB undivided */
}
