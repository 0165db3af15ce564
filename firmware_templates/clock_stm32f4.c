/* SPDX-License-Identifier: MIT */
/* STM32F401: 84 MHz from the PLL, fed by the 8 MHz the ST-LINK gives, else by the inner 16 MHz
   oscillator; the reset clock when the PLL does not start. RM0368 chapters 3 and 6. */
#include "thb_board.h"

#include "thb_config.h"

#define FLASH_ACR    0x40023C00U
#define RCC_CR       0x40023800U
#define RCC_PLLCFGR  0x40023804U
#define RCC_CFGR     0x40023808U
#define RCC_APB1ENR  0x40023840U
#define PWR_CR       0x40007000U
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
