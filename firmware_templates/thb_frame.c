/* SPDX-License-Identifier: MIT */
#include "thb_frame.h"

static uint16_t crc_add(uint16_t crc, uint8_t byte)
{
    uint32_t value = (uint32_t)crc ^ ((uint32_t)byte << 8);
    for (int bit = 0; bit < 8; ++bit) {
        value = (value & 0x8000U) != 0U ? (value << 1) ^ 0x1021U : value << 1;
    }
    return (uint16_t)(value & 0xFFFFU);
}

/* COBS on the way out: a group is its length + 1, then its bytes, none of them zero. */
static void send_group(thb_frame_t *frame)
{
    frame->port->put((uint8_t)(frame->group_bytes + 1U));
    for (uint8_t i = 0U; i < frame->group_bytes; ++i) {
        frame->port->put(frame->group[i]);
    }
    frame->group_bytes = 0U;
}

static void send_raw(thb_frame_t *frame, uint8_t byte)
{
    if (byte == 0U) {
        send_group(frame);
        return;
    }
    frame->group[frame->group_bytes] = byte;
    ++frame->group_bytes;
    if (frame->group_bytes == sizeof frame->group) {
        send_group(frame); /* code 0xFF: 254 bytes and no zero after them */
    }
}

static void send_byte(thb_frame_t *frame, uint8_t byte)
{
    frame->crc = crc_add(frame->crc, byte);
    send_raw(frame, byte);
}

static void send_u32(thb_frame_t *frame, uint32_t value)
{
    for (uint32_t shift = 0U; shift < 32U; shift += 8U) {
        send_byte(frame, (uint8_t)((value >> shift) & 0xFFU));
    }
}

static void send_text(thb_frame_t *frame, const char *text)
{
    uint8_t length = 0U;
    while (length < 255U && text[length] != '\0') {
        ++length;
    }
    send_byte(frame, length);
    for (uint8_t i = 0U; i < length; ++i) {
        send_byte(frame, (uint8_t)text[i]);
    }
}

static void begin_answer(thb_frame_t *frame, uint8_t type, uint8_t sequence)
{
    frame->crc = 0xFFFFU;
    frame->group_bytes = 0U;
    send_byte(frame, type);
    send_byte(frame, sequence);
}

static void end_answer(thb_frame_t *frame)
{
    const uint16_t crc = frame->crc;
    send_raw(frame, (uint8_t)(crc & 0xFFU));
    send_raw(frame, (uint8_t)(crc >> 8));
    send_group(frame);
    frame->port->put(0U);
}

static void answer_error(thb_frame_t *frame, uint8_t sequence, uint8_t code)
{
    begin_answer(frame, (uint8_t)THB_ANSWER_ERROR, sequence);
    send_byte(frame, code);
    end_answer(frame);
}

/* Who asks or boots begins anew, so that the same rows have the same answers. */
static void answer_identify(thb_frame_t *frame, uint8_t sequence)
{
    const thb_app_t *app = frame->port->app;
    if (app->reset != NULL) {
        app->reset();
    }
    begin_answer(frame, (uint8_t)(THB_REQUEST_IDENTIFY | THB_ANSWER_BIT), sequence);
    send_byte(frame, THB_PROTOCOL_VERSION);
    for (size_t i = 0U; i < sizeof app->model_id; ++i) {
        send_byte(frame, app->model_id[i]);
    }
    send_u32(frame, app->in_bytes);
    send_u32(frame, app->out_bytes);
    send_byte(frame, frame->port->counts_cycles ? 1U : 0U);
    send_text(frame, app->name);
    send_text(frame, app->version);
    end_answer(frame);
}

static void answer_predict(thb_frame_t *frame, uint8_t sequence, const uint8_t *payload)
{
    const thb_frame_port_t *port = frame->port;
    /* No leftover of an earlier answer may pass for this one's. */
    for (size_t i = 0U; i < port->app->out_bytes; ++i) {
        port->output[i] = 0U;
    }
    const uint32_t before = port->cycles();
    const thb_status_t status = port->app->predict(payload, port->output);
    const uint32_t cycles = port->counts_cycles ? port->cycles() - before : 0U;

    begin_answer(frame, (uint8_t)(THB_REQUEST_PREDICT | THB_ANSWER_BIT), sequence);
    send_byte(frame, (uint8_t)((int32_t)status & 0xFF));
    send_u32(frame, cycles);
    for (size_t i = 0U; i < port->app->out_bytes; ++i) {
        send_byte(frame, port->output[i]);
    }
    end_answer(frame);
}

static void dispatch(thb_frame_t *frame)
{
    const uint8_t *bytes = frame->port->receive + THB_FRAME_LEAD;
    uint16_t crc = 0xFFFFU;
    if (frame->length < THB_FRAME_HEAD + THB_FRAME_CRC) {
        answer_error(frame, 0U, THB_ERROR_DAMAGED);
        return;
    }
    const size_t covered = frame->length - THB_FRAME_CRC;
    for (size_t i = 0U; i < covered; ++i) {
        crc = crc_add(crc, bytes[i]);
    }
    if (bytes[covered] != (crc & 0xFFU) || bytes[covered + 1U] != (uint8_t)(crc >> 8)) {
        answer_error(frame, 0U, THB_ERROR_DAMAGED);
        return;
    }
    const uint8_t type = bytes[0];
    const uint8_t sequence = bytes[1];
    const size_t payload_bytes = covered - THB_FRAME_HEAD;
    if (type != THB_REQUEST_IDENTIFY && type != THB_REQUEST_PREDICT) {
        answer_error(frame, sequence, THB_ERROR_UNKNOWN_TYPE);
    } else if (payload_bytes != (type == THB_REQUEST_PREDICT ? frame->port->app->in_bytes : 0U)) {
        answer_error(frame, sequence, THB_ERROR_WRONG_LENGTH);
    } else if (type == THB_REQUEST_IDENTIFY) {
        answer_identify(frame, sequence);
    } else {
        answer_predict(frame, sequence, bytes + THB_FRAME_HEAD);
    }
}

static void restart(thb_frame_t *frame)
{
    frame->length = 0U;
    frame->remaining = 0U;
    frame->started = false;
    frame->zero_due = false;
    frame->too_long = false;
}

static void store(thb_frame_t *frame, uint8_t byte)
{
    if (frame->length >= frame->port->receive_bytes - THB_FRAME_LEAD) {
        frame->too_long = true;
        return;
    }
    frame->port->receive[THB_FRAME_LEAD + frame->length] = byte;
    ++frame->length;
}

void thb_frame_init(thb_frame_t *frame, const thb_frame_port_t *port)
{
    frame->port = port;
    frame->crc = 0xFFFFU;
    frame->group_bytes = 0U;
    restart(frame);
}

static void finish(thb_frame_t *frame)
{
    if (frame->too_long) {
        answer_error(frame, 0U, THB_ERROR_TOO_LONG);
    } else if (frame->remaining != 0U) {
        answer_error(frame, 0U, THB_ERROR_DAMAGED);
    } else if (frame->started) {
        dispatch(frame);
    }
    restart(frame);
}

void thb_frame_receive(thb_frame_t *frame, uint8_t byte)
{
    if (byte == 0U) {
        finish(frame);
        return;
    }
    frame->started = true;
    if (frame->remaining != 0U) {
        --frame->remaining;
        store(frame, byte);
        return;
    }
    if (frame->zero_due) {
        store(frame, 0U);
    }
    frame->remaining = (uint8_t)(byte - 1U);
    frame->zero_due = byte != 0xFFU;
}

void thb_frame_banner(thb_frame_t *frame)
{
    frame->port->put(0U);
    answer_identify(frame, 0U);
}
