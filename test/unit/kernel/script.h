/* Instructions for the module assembly/probe.ts, and what the tests say with them. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#define RET 0xdddd0000u /* the probe's return area */

/* Opcodes: the imports in the contract's order, then the probe's own. */
enum {
	LOG_WRITE, CLOCK_NOW, CLOCK_UNIX, TIMER_SET, TIMER_CANCEL, TIMER_EVERY, TIMER_AT, RANDOM_GET, SETTINGS_GET, RADIO_SEND, MQTT_CONNECTED,
	MQTT_PUBLISH, MQTT_SUBSCRIBE, FLASH_DESCRIBE, FLASH_READ, FLASH_PROGRAM, FLASH_ERASE, MAIL_SEND, MAIL_POST, MAIL_REPLY,
	ACTORS_SPAWN, ACTORS_STOP, ACTORS_TICK, ACTORS_CHECK, ACTORS_INSPECT, ACTORS_SHARE, ACTORS_HANDOVER, ACTORS_FEED,
	I2C_TRANSFER, SPI_TRANSFER, GPIO_INPUT, GPIO_READ, GPIO_WATCH, GPIO_WRITE, GPIO_SHIFT, ADC_READ, PWM_SET,
	UART_OPEN, UART_WRITE, UART_CLOSE, ONE_WIRE_TRANSFER, DATAGRAM_BIND, DATAGRAM_SEND, DATAGRAM_CLOSE,
	DATA_SIZE, DATA_READ, HTTP_GET,
	TRAP = 100, SPIN, RECURSE, GROW, WELL, REALLOC, RECURSE_THEN_RANDOM, BURN, LOAD, WIDE, DIVIDE
};

/* For REALLOC. */
enum { GOOD, OUTSIDE, REALLOC_TRAPS, REALLOC_SPINS, REALLOC_IMPORTS, REALLOC_GROWS, REALLOC_RECURSES, REALLOC_CLOBBERS };

struct script {
	uint8_t data[1024], code[2048];
	uint32_t data_len, code_len;
};

/* Bytes for later arguments; returns what stands for their address. */
uint32_t data(struct script *script, const void *bytes, uint32_t len);
uint32_t text(struct script *script, const char *words);

/* One instruction with `count` arguments of uint32_t. */
void op(struct script *script, uint32_t opcode, uint32_t count, ...);

/* The payload of a message; returns its length. */
uint32_t payload(const struct script *script, uint8_t out[4096]);

/* Post the script to an actor and let the kernel work until nothing waits. */
void tell(uint32_t actor, const struct script *script);
void run(void);

/* Boot the probe as supervisor (actor 1) on a fresh board. */
void boot(const char *modules);

/* What a child gets unless a test changes it. */
struct child {
	const char *name, *module;
	uint32_t memory, stack, fuel, mailbox;
	const char *grants; /* "settings:keys/ mail" */
};
extern const struct child plain;

/* Let an actor spawn it; returns the new actor's id, or 0 when refused (see mock's last line for the error). */
uint32_t spawn_by(uint32_t actor, const struct child *child);

/* Whether exactly this line is among those since the last call that cleared them. */
#define SAID(line) (mock_find(0, line) >= 0)
void clear(void);

/* The return area of the last import, as the probe prints it; whether it begins with these bytes. */
const char *last_result(void);
bool result_is(const char *hex);

/* spawn_by(1) of a module with the plain budget and these grants. */
uint32_t spawn(const char *module, const char *grants);

#endif
