#include "rc1180_frame.h"

bool rc1180_take(struct rc1180 *parser, uint8_t byte, uint32_t now, int8_t *rssi)
{
	if (parser->at > 0 && now - parser->last > RC1180_PAUSE)
		parser->at = 0;
	parser->last = now;
	/* The shortest frame has C, M, A (EN 13757-4); anything less is not the beginning of one. */
	if (parser->at == 0 && byte < 9)
		return false;
	parser->bytes[parser->at++] = byte;
	if (parser->at <= parser->bytes[0] + (parser->with_rssi ? 1 : 0))
		return false;
	parser->at = 0;
	/* Half decibels below 0 dBm; what is weaker than the contract's s8 can say stays at its end. */
	*rssi = parser->with_rssi ? (int8_t)-(byte / 2) : 0;
	return true;
}
