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

/*
 * Buses. A number that names no bus, pin, channel or port of this board is MOTE_ERR_NOT_FOUND. The kernel has checked scripts
 * (types.step of the contract: well-formed, only the steps of that bus, bounded): out_len is what the script reads.
 * Each transfer ends within some 100 ms: MOTE_ERR_TIMEOUT. On failure the bus is left free; out may hold anything.
 */
MOTE_PORT(i2c_transfer) int32_t port_i2c_transfer(uint32_t bus, uint32_t address, const uint8_t *script, uint32_t len, uint8_t *out, uint32_t out_len);
MOTE_PORT(spi_transfer) int32_t port_spi_transfer(uint32_t bus, uint32_t select, uint32_t mode, uint32_t hertz, const uint8_t *script, uint32_t len, uint8_t *out, uint32_t out_len);
MOTE_PORT(one_wire_transfer) int32_t port_one_wire_transfer(uint32_t bus, const uint8_t *script, uint32_t len, uint8_t *out, uint32_t out_len);

/* pull and edge: enums of gpio in the contract. */
MOTE_PORT(gpio_input) int32_t port_gpio_input(uint32_t pin, uint32_t pull);
/* returns: 0 or 1, or a negative MOTE_ERR_*. */
MOTE_PORT(gpio_read) int32_t port_gpio_read(uint32_t pin);
MOTE_PORT(gpio_write) int32_t port_gpio_write(uint32_t pin, uint32_t high);
/* From now on the board counts these edges and hands each to mote_on_gpio() with this actor; edge none ends it. */
MOTE_PORT(gpio_watch) int32_t port_gpio_watch(uint32_t actor, uint32_t pin, uint32_t edge);
MOTE_PORT(gpio_shift) int32_t port_gpio_shift(uint32_t data, uint32_t clock, uint32_t bits, uint32_t pulses, uint32_t micros, uint32_t *out);

MOTE_PORT(adc_read) int32_t port_adc_read(uint32_t unit, uint32_t channel, uint32_t bits, uint32_t samples, int32_t *millivolts);
MOTE_PORT(pwm_set) int32_t port_pwm_set(uint32_t unit, uint32_t channel, uint32_t period, uint32_t pulse);

/* config: baud, data bits, parity, stop bits, gap, most; as uart.config of the contract. Bytes go to mote_on_uart(). */
MOTE_PORT(uart_open) int32_t port_uart_open(uint32_t actor, uint32_t port, const uint32_t config[6]);
/* MOTE_ERR_NOT_FOUND also when this actor has not opened the port. */
MOTE_PORT(uart_write) int32_t port_uart_write(uint32_t actor, uint32_t port, const uint8_t *bytes, uint32_t len);
MOTE_PORT(uart_close) int32_t port_uart_close(uint32_t actor, uint32_t port);

/* A UDP socket for this actor, instead of the one it may have; port 0: any. What it receives goes to mote_on_datagram(). */
MOTE_PORT(datagram_bind) int32_t port_datagram_bind(uint32_t actor, uint32_t port);
/*
 * peer is "host:port". local: only if the host is on one of the board's own links, else MOTE_ERR_DENIED; the host "local" is
 * all of them. Binds port 0 where there is no socket.
 */
MOTE_PORT(datagram_send) int32_t port_datagram_send(uint32_t actor, uint32_t local, const char *peer, uint32_t peer_len, const uint8_t *bytes, uint32_t len);
MOTE_PORT(datagram_close) int32_t port_datagram_close(uint32_t actor);

/*
 * Ask the web server of `url` for len bytes from offset on, of the file with this entity tag (none: any), without following
 * redirections. One request for each actor: MOTE_ERR_BUSY. The answer goes to mote_on_http(), also when there is none.
 */
MOTE_PORT(http_get) int32_t port_http_get(uint32_t actor, const char *url, uint32_t url_len, uint32_t offset, uint32_t len, const char *tag, uint32_t tag_len);

/* Give back what an actor that has ended has: watched pins, ports, its socket, its request. */
MOTE_PORT(release) void port_release(uint32_t actor);

/* Length of a module that is part of the firmware, or MOTE_ERR_NOT_FOUND. */
MOTE_PORT(builtin_size) int32_t port_builtin_size(const char *name, uint32_t name_len);

/* Its bytes, as with port_flash_map(): an address that stays valid, or NULL and port_builtin_read() copies. */
MOTE_PORT(builtin_map) const uint8_t *port_builtin_map(const char *name, uint32_t name_len);
MOTE_PORT(builtin_read) int32_t port_builtin_read(const char *name, uint32_t name_len, uint8_t *out, uint32_t len);

#endif
