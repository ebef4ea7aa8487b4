/*
 * What the files of this folder share. Every port_* function of runtime/kernel/ports.h is defined in exactly one of them.
 * The kernel runs in the main thread; whatever comes from another thread goes through the inbox.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel.h"
#include "ports.h"

/* Bytes of a relative topic or filter, and of the base topic. */
#define BOARD_MAX_TOPIC 256
/* Bytes of a payload in either direction; no mailbox is longer. */
#define BOARD_MAX_PAYLOAD 65536
/* The longest frame of EN 13757-4: L and 255 bytes, with the CRCs of frame format A. */
#define BOARD_MAX_FRAME 290
/* Bytes of a provisioned value. */
#define BOARD_MAX_VALUE 256

/* log.c: one line of the board itself. level as in the contract (log.level). */
void board_note(uint32_t level, const char *format, ...);

/*
 * inbox.c. Any thread may post; bytes are copied. When 64 events wait or there is no memory, the event is dropped and counted.
 * inbox_next() hands the first event to the kernel, lets the kernel do one step and says whether anything was done.
 */
void inbox_radio(const uint8_t *frame, uint32_t len, int8_t rssi);
void inbox_mqtt(uint32_t actor, const char *topic, uint32_t topic_len, const uint8_t *payload, uint32_t len);
void inbox_gpio(uint32_t actor, uint32_t pin, bool high, uint32_t count, uint32_t at);
void inbox_uart(uint32_t actor, uint32_t port, const uint8_t *bytes, uint32_t len, uint32_t faults);
void inbox_datagram(uint32_t actor, const char *peer, bool local, const uint8_t *bytes, uint32_t len);
bool inbox_next(void);
/* Returns when an event was posted, or at board time `deadline` (ms), or after `most` ms. */
void inbox_wait(uint64_t deadline, uint32_t most);
uint32_t inbox_dropped(void);

/* settings.c. store: 0 or a negative errno of Zephyr; the caller's bytes become durable. */
int settings_start(void);
int settings_store(bool board, const char *name, const uint8_t *value, size_t len);
/* A value that only the board reads (broker, Wi-Fi): text, NUL-terminated. returns: its length, or a negative MOTE_ERR_*. */
int32_t settings_board(const char *name, char *out, size_t room);

/* flash.c: opens the partitions. returns 0 or a negative errno. */
int flash_start(void);

/* clock.c: asks the time server, when one is configured; blocks for some seconds at most. */
void clock_ask(void);

/* net.c: brings the interface up (Wi-Fi joins its network). mqtt.c: starts the thread that keeps the connection. */
void net_start(void);
void mqtt_start(void);

/* radio_*.c: starts to listen. */
void radio_start(void);

/* pins.c, serial.c: give back what an actor that has ended has. */
void pins_release(uint32_t actor);
void serial_release(uint32_t actor);

/* watchdog.c: armed by the first call; the board is reset when no other follows in time. */
void watchdog_feed(void);

/* confirm.c: a firmware image on trial has reached its broker and stays. */
void firmware_confirm(void);

#endif
