/*
 * The serial link to the host (virt's UART), framed after RFC 1055. The host speaks first: a command, which ends with
 * LINK_DONE. Within it the board may ask for what stands outside of it; each question has one LINK_ANSWER.
 * The codes are in link_codes.h, which the build writes from protocol.ts.
 */
#ifndef BOARD_LINK_H
#define BOARD_LINK_H

#include <stdint.h>

#include "link_codes.h"

/* Prepare the UART and its interrupt, which only ends wfi. */
void link_open(void);

/* Wait for a frame; returns its length. A frame longer than cap ends the board. */
uint32_t link_receive(uint8_t *frame, uint32_t cap);

/* A frame from the board: its code, then words (little endian) and bytes, then either ask or end. */
void link_begin(uint8_t code);
void link_word(uint32_t word);
void link_bytes(const void *bytes, uint32_t len);
void link_end(void);

/* End the frame and wait: returns the host's number; what came with it is in out, *len bytes of at most cap. */
int32_t link_ask(void *out, uint32_t cap, uint32_t *len);

/* Instructions spent between link_begin() and the end of link_ask(): the time of the world outside. */
extern uint64_t link_outside;

uint32_t link_load(const uint8_t *from);

/*
 * events.c: gives the kernel what happened on a pin, a serial port or a socket; ends the board for another command.
 * requires: len is at least link_least_event(code).
 */
uint32_t link_least_event(uint8_t code);
int32_t link_event(uint8_t code, const uint8_t *at, uint32_t len);

#endif
