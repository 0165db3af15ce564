/* SPDX-License-Identifier: MIT */
/* The three functions a compiler may call for plain C, for builds without a C library. Weak, so
   that a library's faster ones are used where the application links them. */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);

/* Without it the loops below become calls of the functions they implement. */
#define KEEP_LOOP() __asm__ volatile("" ::: "memory")

__attribute__((weak)) void *memcpy(void *to, const void *from, size_t count)
{
    uint8_t *target = (uint8_t *)to;
    const uint8_t *source = (const uint8_t *)from;
    for (size_t i = 0U; i < count; ++i) {
        target[i] = source[i];
        KEEP_LOOP();
    }
    return to;
}

__attribute__((weak)) void *memmove(void *to, const void *from, size_t count)
{
    uint8_t *target = (uint8_t *)to;
    const uint8_t *source = (const uint8_t *)from;
    if ((uintptr_t)to <= (uintptr_t)from) {
        return memcpy(to, from, count);
    }
    for (size_t i = count; i > 0U; --i) {
        target[i - 1U] = source[i - 1U];
        KEEP_LOOP();
    }
    return to;
}

__attribute__((weak)) void *memset(void *to, int value, size_t count)
{
    uint8_t *target = (uint8_t *)to;
    for (size_t i = 0U; i < count; ++i) {
        target[i] = (uint8_t)value;
        KEEP_LOOP();
    }
    return to;
}
