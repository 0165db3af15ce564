/* SPDX-License-Identifier: MIT */
/* The older STM32 USART (F1, F4: SR, DR, BRR, CR1), polled. RM0368 chapter 19. */
#include "thb_board.h"

#include "thb_config.h"

#define USART_SR  (THB_UART_BASE + 0x00U)
#define USART_DR  (THB_UART_BASE + 0x04U)
#define USART_BRR (THB_UART_BASE + 0x08U)
#define USART_CR1 (THB_UART_BASE + 0x0CU)
#define SR_RXNE   (1U << 5)
#define SR_TXE    (1U << 7)
#define CR1_RE    (1U << 2)
#define CR1_TE    (1U << 3)
#define CR1_UE    (1U << 13)

void thb_uart_init(uint32_t clock_hz, uint32_t baud)
{
    /* clock / baud, rounded, by subtraction: a division would pull a library helper into images
       for ARMv6-M, and what of the compiler's library is in the image shall be the model's. */
    uint32_t divider = 0U;
    for (uint32_t rest = clock_hz + (baud >> 1); rest >= baud; rest -= baud) {
        ++divider;
    }
    THB_REG(USART_CR1) = 0U;
    THB_REG(USART_BRR) = divider;
    THB_REG(USART_CR1) = CR1_UE | CR1_TE | CR1_RE;
}

int thb_board_getc(void)
{
    if ((THB_REG(USART_SR) & SR_RXNE) == 0U) {
        return -1;
    }
    return (int)(THB_REG(USART_DR) & 0xFFU); /* reading SR, then DR clears an overrun, too */
}

void thb_board_putc(uint8_t byte)
{
    while ((THB_REG(USART_SR) & SR_TXE) == 0U) {
    }
    THB_REG(USART_DR) = (uint32_t)byte & 0xFFU;
}
