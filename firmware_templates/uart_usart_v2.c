/* SPDX-License-Identifier: MIT */
/* The newer STM32 USART (F0, G0: ISR, RDR, TDR), polled. RM0091 chapter 27, RM0444 chapter 33. */
#include "thb_board.h"

#include "thb_config.h"

#define USART_CR1  (THB_UART_BASE + 0x00U)
#define USART_CR3  (THB_UART_BASE + 0x08U)
#define USART_BRR  (THB_UART_BASE + 0x0CU)
#define USART_ISR  (THB_UART_BASE + 0x1CU)
#define USART_RDR  (THB_UART_BASE + 0x24U)
#define USART_TDR  (THB_UART_BASE + 0x28U)
#define ISR_RXNE   (1U << 5)
#define ISR_TXE    (1U << 7)
#define CR1_UE     (1U << 0)
#define CR1_RE     (1U << 2)
#define CR1_TE     (1U << 3)
#define CR3_OVRDIS (1U << 12)

void thb_uart_init(uint32_t clock_hz, uint32_t baud)
{
    /* clock / baud, rounded, by subtraction: a division would pull a library helper into images
       for ARMv6-M, and what of the compiler's library is in the image shall be the model's. */
    uint32_t divider = 0U;
    for (uint32_t rest = clock_hz + (baud >> 1); rest >= baud; rest -= baud) {
        ++divider;
    }
    THB_REG(USART_CR1) = 0U;
    THB_REG(USART_CR3) = CR3_OVRDIS; /* a lost byte fails the CRC; it must not stop reception */
    THB_REG(USART_BRR) = divider;
    THB_REG(USART_CR1) = CR1_UE | CR1_TE | CR1_RE;
}

int thb_board_getc(void)
{
    if ((THB_REG(USART_ISR) & ISR_RXNE) == 0U) {
        return -1;
    }
    return (int)(THB_REG(USART_RDR) & 0xFFU);
}

void thb_board_putc(uint8_t byte)
{
    while ((THB_REG(USART_ISR) & ISR_TXE) == 0U) {
    }
    THB_REG(USART_TDR) = (uint32_t)byte & 0xFFU;
}
