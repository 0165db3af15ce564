/* SPDX-License-Identifier: MIT */
/* A firmware of our own that speaks the wire protocol, to test targets without the compiler.
 * Model: four int16 in, two int32 out: the sum of squares, and the index of the largest.
 * x[0] == -32768 executes an undefined instruction, -32767 gives status -1,
 * -32766 writes to flash, -32765 answers with one bit of the CRC wrong, -32764 never returns,
 * -32763 sleeps for ever. */
#include <stdint.h>
#include <string.h>

#ifdef USART_V2
#define STATUS   0x1C
#define RECEIVE  0x24
#define TRANSMIT 0x28
#define CONTROL  0x00
#define ENABLE   0x0D
#else
#define STATUS   0x00
#define RECEIVE  0x04
#define TRANSMIT 0x04
#define CONTROL  0x0C
#define ENABLE   0x200C
#endif
#define USART2      0x40004400u
#define REG(offset) (*(volatile uint32_t *)(USART2 + (offset)))

extern uint32_t stack_top, bss_start, bss_end;
void reset(void);
int main(void);

__attribute__((section(".vectors"), used)) static const uintptr_t vectors[2] = {
    (uintptr_t)&stack_top, (uintptr_t)reset};

static uint8_t frame[64];
static int spoil_crc;

__attribute__((noinline)) void *memset(void *to, int value, size_t n)
{
    uint8_t *p = to;
    while (n-- > 0u) {
        *p++ = (uint8_t)value;
    }
    return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
    uint8_t *p = to;
    const uint8_t *q = from;
    while (n-- > 0u) {
        *p++ = *q++;
    }
    return to;
}

static void put(uint8_t byte)
{
    while ((REG(STATUS) & 0x80u) == 0u) {
    }
    REG(TRANSMIT) = byte;
}

static uint8_t get(void)
{
    while ((REG(STATUS) & 0x20u) == 0u) {
    }
    return (uint8_t)(REG(RECEIVE) & 0xFFu);
}

static uint16_t crc16(const uint8_t *data, uint32_t n)
{
    uint32_t crc = 0xFFFFu;
    for (uint32_t i = 0; i < n; i++) {
        crc ^= (uint32_t)data[i] << 8;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 0x8000u) != 0u ? (crc << 1) ^ 0x1021u : crc << 1;
        }
        crc &= 0xFFFFu;
    }
    return (uint16_t)crc;
}

/* Frames here are shorter than 254 bytes, so one COBS code never fills up. */
static void answer(const uint8_t *data, uint32_t n)
{
    uint8_t body[64];
    uint16_t crc = crc16(data, n);
    if (spoil_crc != 0) {
        crc ^= 1u;
    }
    memcpy(body, data, n);
    body[n] = (uint8_t)(crc & 0xFFu);
    body[n + 1u] = (uint8_t)(crc >> 8);
    n += 2u;
    for (uint32_t start = 0; start <= n;) {
        uint32_t end = start;
        while (end < n && body[end] != 0u) {
            end++;
        }
        put((uint8_t)(end - start + 1u));
        for (uint32_t i = start; i < end; i++) {
            put(body[i]);
        }
        start = end + 1u;
    }
    put(0);
}

static void identify(uint8_t sequence)
{
    static const uint8_t text[] = {2,   'T', 'E', 'S', 'T', 'I', 'M', 'A', 'G', 8,
                                   0,   0,   0,   8,   0,   0,   0,   0,   5,   'i',
                                   'm', 'a', 'g', 'e', 5,   '1', '.', '2', '.', '3'};
    uint8_t data[2 + sizeof text];
    data[0] = 0x81;
    data[1] = sequence;
    memcpy(data + 2, text, sizeof text);
    answer(data, sizeof data);
}

__attribute__((noinline)) int model_predict(const void *in, void *out)
{
    const int16_t *x = in;
    int32_t result[2] = {0, 0};
    if (x[0] == -32768) {
        __asm__ volatile("udf #0");
    }
    if (x[0] == -32767) {
        return -1;
    }
    if (x[0] == -32766) {
        *(volatile uint32_t *)0x08000000u = 0u;
    }
    while (x[0] == -32764) {
        __asm__ volatile("");
    }
    if (x[0] == -32763) {
        __asm__ volatile("wfi");
    }
    spoil_crc = x[0] == -32765;
    for (int32_t i = 0; i < 4; i++) {
        result[0] += (int32_t)x[i] * x[i];
        if (x[i] > x[result[1]]) {
            result[1] = i;
        }
    }
    memcpy(out, result, sizeof result);
    return 0;
}

static void error(uint8_t code)
{
    const uint8_t data[3] = {0xFF, 0, code};
    answer(data, sizeof data);
}

static void dispatch(uint32_t n)
{
    static int16_t x[4];
    static int32_t out[2];
    uint8_t data[15];
    if (n < 4u || crc16(frame, n - 2u) != (frame[n - 2u] | (frame[n - 1u] << 8))) {
        error(1);
    } else if (frame[0] == 1u) {
        identify(frame[1]);
    } else if (frame[0] != 2u) {
        error(2);
    } else if (n != 12u) {
        error(3);
    } else {
        memcpy(x, frame + 2, sizeof x);
        memset(data, 0, sizeof data);
        memset(out, 0, sizeof out);
        data[0] = 0x82;
        data[1] = frame[1];
        data[2] = (uint8_t)model_predict(x, out);
        memcpy(data + 7, out, sizeof out);
        answer(data, sizeof data);
    }
}

int main(void)
{
    uint32_t n = 0;
    uint32_t left = 0;
    int joined = 0;
    REG(CONTROL) = ENABLE;
    put(0);
    identify(0);
    for (;;) {
        const uint8_t byte = get();
        if (byte == 0u) {
            if (n > 0u) {
                dispatch(n);
            }
            n = 0;
            left = 0;
            joined = 0;
        } else if (left == 0u) {
            if (joined != 0 && n < sizeof frame) {
                frame[n++] = 0;
            }
            joined = 1;
            left = byte - 1u;
        } else {
            left--;
            if (n < sizeof frame) {
                frame[n++] = byte;
            }
        }
    }
}

void reset(void)
{
    memset(&bss_start, 0, (uintptr_t)&bss_end - (uintptr_t)&bss_start);
    main();
}
