/* For wasm3 0.5, which runs whatever stands in a constant expression (build/wasm3-source.ts). */
#ifndef MOTE_CONSTANT_H
#define MOTE_CONSTANT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether [at, end) begins with one constant instruction and its `end`: i32.const, i64.const, f32.const, f64.const or
 * global.get (WebAssembly 1.0, 3.3.7.2).
 */
static inline bool mote_is_constant(const uint8_t *at, const uint8_t *end)
{
	uint8_t opcode;

	if (at >= end)
		return false;
	opcode = *at++;
	if (opcode == 0x43 || opcode == 0x44) {
		uint32_t bytes = opcode == 0x43 ? 4 : 8;

		if (end - at < (intptr_t)bytes)
			return false;
		at += bytes;
	} else if (opcode == 0x41 || opcode == 0x42 || opcode == 0x23) {
		while (at < end && *at & 0x80) /* LEB128 */
			at++;
		at++;
	} else {
		return false;
	}
	return at < end && *at == 0x0b;
}

#endif
