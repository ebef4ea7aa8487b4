/* CONFIG_MOTE_BUS_TRACE: each transfer as a line of JSON on the console, as host-shim/parts/trace.ts reads it. */
#ifndef TRACE_H
#define TRACE_H

#include <stdint.h>

/* address: -1 for none. code: what the transfer answered; out is shown only when it is no error. */
#ifdef CONFIG_MOTE_BUS_TRACE
void trace_transfer(const char *bus, uint32_t number, int32_t address, const uint8_t *script, uint32_t len, const uint8_t *out,
		    uint32_t out_len, int32_t code);
#else
static inline void trace_transfer(const char *bus, uint32_t number, int32_t address, const uint8_t *script, uint32_t len,
				  const uint8_t *out, uint32_t out_len, int32_t code)
{
	(void)bus;
	(void)number;
	(void)address;
	(void)script;
	(void)len;
	(void)out;
	(void)out_len;
	(void)code;
}
#endif

#endif
