/* SPDX-License-Identifier: MIT */
/* The wire protocol: bytes in, bytes out, no I/O of its own; the same code runs on the host in
   tests. A frame is COBS-encoded and ends in a zero byte; decoded, it is type, sequence, payload,
   CRC-16/CCITT-FALSE little-endian. */
#ifndef THB_FRAME_H
#define THB_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "thb_app.h"

#define THB_PROTOCOL_VERSION 2U

enum {
    THB_REQUEST_IDENTIFY = 0x01,
    THB_REQUEST_PREDICT = 0x02,
    THB_ANSWER_ERROR = 0xFF,
    THB_ANSWER_BIT = 0x80
};

enum {
    THB_ERROR_DAMAGED = 1,
    THB_ERROR_UNKNOWN_TYPE = 2,
    THB_ERROR_WRONG_LENGTH = 3,
    THB_ERROR_TOO_LONG = 4
};

/* The payload starts at a multiple of 8 in the receive buffer, so a model reads it in place. */
#define THB_FRAME_LEAD 6U
#define THB_FRAME_HEAD 2U
#define THB_FRAME_CRC  2U
/* Bytes a request may be too long and still be told "wrong length" rather than "too long". */
#define THB_FRAME_SPARE 16U
#define THB_FRAME_RECEIVE(in_bytes) \
    (THB_FRAME_LEAD + THB_FRAME_HEAD + (in_bytes) + THB_FRAME_CRC + THB_FRAME_SPARE)

/* What the frame layer works with; all of it outlives the thb_frame_t. */
typedef struct {
    const thb_app_t *app;
    uint8_t *receive;     /* aligned to 8 bytes */
    size_t receive_bytes; /* at least THB_FRAME_RECEIVE(app->in_bytes) */
    uint8_t *output;      /* aligned to 8 bytes, app->out_bytes long */
    bool counts_cycles;   /* told to the host; false makes every count 0 */
    uint32_t (*cycles)(void);
    void (*put)(uint8_t byte); /* sends one byte */
} thb_frame_port_t;

typedef struct {
    const thb_frame_port_t *port;
    size_t length;     /* decoded bytes of the frame so far */
    uint8_t remaining; /* bytes to come in this COBS group */
    bool started;      /* at least one byte since the last zero */
    bool zero_due;     /* a zero stands between this group and the next */
    bool too_long;
    uint16_t crc;        /* of the answer under way */
    uint8_t group_bytes; /* bytes of the answer's open COBS group */
    uint8_t group[254];
} thb_frame_t;

void thb_frame_init(thb_frame_t *frame, const thb_frame_port_t *port);

/* Takes one received byte; when it completes a request, the answer is sent before returning. */
void thb_frame_receive(thb_frame_t *frame, uint8_t byte);

/* Sends a zero and the identify answer unasked: the sign that the firmware runs. */
void thb_frame_banner(thb_frame_t *frame);

#endif
