/* SPDX-License-Identifier: MIT */
/* From reset to main: vector table, FPU, .data, .bss. Exceptions nobody handles stop the core. */
#include <stdint.h>

#include "thb_config.h"

extern uint32_t __thb_stack_top[];
extern uint32_t __thb_data_load[], __thb_data_start[], __thb_data_end[];
extern uint32_t __thb_bss_start[], __thb_bss_end[];

int main(void);
void Reset_Handler(void);
void thb_fault(void);

#define THB_EXCEPTION(name) void name(void) __attribute__((weak, alias("thb_fault")))

THB_EXCEPTION(NMI_Handler);
THB_EXCEPTION(HardFault_Handler);
THB_EXCEPTION(MemManage_Handler);
THB_EXCEPTION(BusFault_Handler);
THB_EXCEPTION(UsageFault_Handler);
THB_EXCEPTION(SVC_Handler);
THB_EXCEPTION(DebugMon_Handler);
THB_EXCEPTION(PendSV_Handler);
THB_EXCEPTION(SysTick_Handler);

typedef union {
    uint32_t *stack;
    void (*handler)(void);
} vector_t;

/* The sixteen system exceptions. The firmware enables no interrupt, so the table ends here; an
   application that enables some brings its own table and points VTOR at it. */
__attribute__((section(".isr_vector"), used)) const vector_t thb_vectors[16] = {
    [0] = {.stack = __thb_stack_top},      [1] = {.handler = Reset_Handler},
    [2] = {.handler = NMI_Handler},        [3] = {.handler = HardFault_Handler},
    [4] = {.handler = MemManage_Handler},  [5] = {.handler = BusFault_Handler},
    [6] = {.handler = UsageFault_Handler}, [11] = {.handler = SVC_Handler},
    [12] = {.handler = DebugMon_Handler},  [14] = {.handler = PendSV_Handler},
    [15] = {.handler = SysTick_Handler},
};

void Reset_Handler(void)
{
#if THB_HAS_FPU
    /* Full access to CP10 and CP11 in CPACR, before any code that may hold FP registers. */
    *(volatile uint32_t *)0xE000ED88U |= 0xFU << 20;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    const uint32_t *from = __thb_data_load;
    for (uint32_t *to = __thb_data_start; to < __thb_data_end; ++to) {
        *to = *from++;
        __asm__ volatile("" ::: "memory"); /* keeps the loop from becoming a call of memcpy */
    }
    for (uint32_t *to = __thb_bss_start; to < __thb_bss_end; ++to) {
        *to = 0U;
        __asm__ volatile("" ::: "memory");
    }
    (void)main();
    thb_fault();
}

/* Where everything unexpected ends; a debugger or an emulator finds the core here. */
void thb_fault(void)
{
    for (;;) {
        __asm__ volatile("nop");
    }
}
