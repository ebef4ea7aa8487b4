/*
 * What a board implements. Nothing else of a board is known to the kernel.
 *
 * Every port returns at once and never calls back into the kernel. Bytes are borrowed for the time of the call.
 * A function that can fail returns 0 (or a length) on success and a negative MOTE_ERR_* of the contract
 * (runtime/abi/generated/contract.h) otherwise; on failure its outputs are untouched.
 */
#ifndef MOTE_PORTS_H
#define MOTE_PORTS_H

#include <stdbool.h>
#include <stdint.h>

/* In kernel.wasm the ports are imports of the module "port", by the name without its prefix. */
#ifdef __wasm__
#define MOTE_PORT(name) __attribute__((import_module("port"), import_name(#name)))
#else
#define MOTE_PORT(name)
#endif

/* One line for the log. who: the actor's name, or "kernel". level: types of log.level. */
MOTE_PORT(log) void port_log(uint32_t level, const char *who, uint32_t who_len, const char *text, uint32_t text_len);

/* Milliseconds since the board started; never goes back. */
MOTE_PORT(clock_now) uint64_t port_clock_now(void);

/* Milliseconds since 1970-01-01T00:00:00Z; false while unknown. */
MOTE_PORT(clock_unix) bool port_clock_unix(uint64_t *ms);

/* len bytes from the board's generator of cryptographic quality. */
MOTE_PORT(random) int32_t port_random(uint8_t *out, uint32_t len);

/* The provisioned value of name; returns its length, at most cap. */
MOTE_PORT(settings_get) int32_t port_settings_get(const char *name, uint32_t name_len, uint8_t *out, uint32_t cap);

MOTE_PORT(radio_send) int32_t port_radio_send(const uint8_t *frame, uint32_t len);

MOTE_PORT(mqtt_connected) bool port_mqtt_connected(void);

/* topic is relative to the device's base topic. The port copies what it keeps. */
MOTE_PORT(mqtt_publish) int32_t port_mqtt_publish(const char *topic, uint32_t topic_len, const uint8_t *payload, uint32_t len, uint32_t qos);

/* From now on the board hands publications that match filter to mote_on_mqtt() with this actor. */
MOTE_PORT(mqtt_subscribe) int32_t port_mqtt_subscribe(uint32_t actor, const char *filter, uint32_t len);

/* Forget every subscription of an actor that has ended. */
MOTE_PORT(mqtt_forget) void port_mqtt_forget(uint32_t actor);

/* Geometry of a region (flash.region of the contract), as four words: size, sector, align, erased. */
MOTE_PORT(flash_describe) int32_t port_flash_describe(uint32_t region, uint32_t out[4]);
MOTE_PORT(flash_read) int32_t port_flash_read(uint32_t region, uint32_t offset, uint8_t *out, uint32_t len);
MOTE_PORT(flash_program) int32_t port_flash_program(uint32_t region, uint32_t offset, const uint8_t *data, uint32_t len);
MOTE_PORT(flash_erase) int32_t port_flash_erase(uint32_t region, uint32_t offset, uint32_t len);

/*
 * Where the bytes of a region stand in the address space (execute in place), or NULL when they do not:
 * the kernel then keeps a copy for as long as the module lives.
 */
MOTE_PORT(flash_map) const uint8_t *port_flash_map(uint32_t region, uint32_t offset, uint32_t len);

/* Length of a module that is part of the firmware, or MOTE_ERR_NOT_FOUND. */
MOTE_PORT(builtin_size) int32_t port_builtin_size(const char *name, uint32_t name_len);

/* Its bytes, as with port_flash_map(): an address that stays valid, or NULL and port_builtin_read() copies. */
MOTE_PORT(builtin_map) const uint8_t *port_builtin_map(const char *name, uint32_t name_len);
MOTE_PORT(builtin_read) int32_t port_builtin_read(const char *name, uint32_t name_len, uint8_t *out, uint32_t len);

#endif
