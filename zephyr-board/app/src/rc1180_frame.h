/* Frames in the byte stream of a Radiocrafts RC1180-MBUS module. Plain C: it is also compiled and fuzzed on the host. */
#ifndef RC1180_FRAME_H
#define RC1180_FRAME_H

#include <stdbool.h>
#include <stdint.h>

/* A pause longer than this between two bytes ends a frame, ms: at 19200 baud a byte takes half of one. */
#define RC1180_PAUSE 20

struct rc1180 {
	bool with_rssi; /* RSSI_MODE 1: a byte of signal strength follows each frame */
	uint16_t at;
	uint32_t last; /* time of the last byte, ms */
	uint8_t bytes[257];
};

/*
 * Takes one byte that came at `now`. The module sends L and L bytes (C field first, CRCs removed: DATA_INTERFACE 0).
 * returns: true when a frame is complete: L + 1 bytes at `bytes`, *rssi in dBm, or 0 when the module does not tell.
 * A frame that a pause interrupts is dropped.
 */
bool rc1180_take(struct rc1180 *parser, uint8_t byte, uint32_t now, int8_t *rssi);

#endif
