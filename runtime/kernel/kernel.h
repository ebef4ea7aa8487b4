/*
 * The kernel as a board sees it: boot it, hand it what happens, let it work, ask when to come back.
 * One thread. None of these is called from within a port.
 */
#ifndef MOTE_KERNEL_H
#define MOTE_KERNEL_H

#include <stdint.h>

struct mote_budget {
	uint32_t memory;  /* linear memory, bytes: 1024 .. 65536 */
	uint32_t stack;   /* the engine's stack, bytes: 512 .. 16384 */
	uint32_t fuel;    /* loop heads and function entries for each message: 1 .. 2^31 - 1 */
	uint32_t mailbox; /* bytes of messages that may wait, each with 20 bytes of overhead: 20 .. 16384 */
};

/* In kernel.wasm: an export of the same name. */
#ifdef __wasm__
#define MOTE_API(name) __attribute__((export_name(#name)))
#else
#define MOTE_API(name)
#endif

/*
 * Prepare the kernel and start the built-in module `name` with every grant: the supervisor.
 * requires: called once; budget within the ranges above. returns: its actor id (> 0), or a negative MOTE_ERR_*.
 */
MOTE_API(mote_boot) int32_t mote_boot(const char *name, uint32_t name_len, const struct mote_budget *budget);

/* A frame was received: goes to every actor with the grant radio-receive. returns: how many took it. */
MOTE_API(mote_on_radio) uint32_t mote_on_radio(const uint8_t *frame, uint32_t len, int32_t rssi);

/* A publication for a subscription of this actor; topic relative to the base topic. returns: 0 or a negative MOTE_ERR_*. */
MOTE_API(mote_on_mqtt) int32_t mote_on_mqtt(uint32_t actor, const char *topic, uint32_t topic_len, const uint8_t *payload, uint32_t len);

/* An edge of a pin that this actor watches, as gpio.change of the contract. */
MOTE_API(mote_on_gpio) int32_t mote_on_gpio(uint32_t actor, uint32_t pin, uint32_t high, uint32_t count, uint32_t at);

/* What a port that this actor opened received, as uart.chunk of the contract; at most 256 bytes. */
MOTE_API(mote_on_uart) int32_t mote_on_uart(uint32_t actor, uint32_t port, const uint8_t *bytes, uint32_t len, uint32_t faults);

/*
 * A datagram for this actor's socket. peer: as the actor wrote it when it sent there, else address:port. local: it came from
 * one of the board's own links. MOTE_ERR_DENIED, and nothing else, when no grant names the peer.
 */
MOTE_API(mote_on_datagram) int32_t mote_on_datagram(uint32_t actor, const char *peer, uint32_t peer_len, uint32_t local, const uint8_t *bytes, uint32_t len);

/* What came of port_http_get(): head as in the contract (http.answer), bytes of the file. */
MOTE_API(mote_on_http) int32_t mote_on_http(uint32_t actor, const uint8_t *head, uint32_t head_len, const uint8_t *bytes, uint32_t len);

/* Do one piece of work: one message to one actor. returns: 1 when something was done, 0 when nothing waits. */
MOTE_API(mote_step) int32_t mote_step(void);

/* Board time (port_clock_now) of the next timer, or UINT64_MAX. Valid when mote_step() returned 0. */
MOTE_API(mote_next_deadline) uint64_t mote_next_deadline(void);

/*
 * The supervisor has ended: nothing more will happen; the board should reset.
 * One to which the firmware's has handed over does not end like this: the firmware's starts again.
 */
MOTE_API(mote_halted) int32_t mote_halted(void);

/* Free everything, so that mote_boot() can be called again. For hosts that have no reset. */
MOTE_API(mote_shutdown) void mote_shutdown(void);

#ifdef __wasm__
/*
 * At least len bytes in which the host may put what it passes to the functions above; 0 when there is no memory.
 * They are its own until it asks again.
 */
MOTE_API(mote_scratch) void *mote_scratch(uint32_t len);
#endif

#endif
