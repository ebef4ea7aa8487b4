#include "trace.h"

#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "contract.h"

static const char *const errors[] = MOTE_ERR_NAMES;

static void put_hex(const uint8_t *bytes, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		printk("%02x", bytes[i]);
}

static void put_steps(const uint8_t *at, const uint8_t *end)
{
	static const char letters[] = { 's', 'w', 'r', 'd', 'x', 'f' };

	for (const char *comma = ""; at < end; comma = ",") {
		uint8_t kind = *at++;

		printk("%s\"%c", comma, letters[kind]);
		if (kind == MOTE_STEP_DELAY) {
			printk(" %u", (unsigned)(at[0] | at[1] << 8));
			at += 2;
		} else if (kind == MOTE_STEP_READ) {
			printk(" %u", (unsigned)*at++);
		} else if (kind != MOTE_STEP_STOP) {
			printk(" ");
			put_hex(at + 1, at[0]);
			at += 1 + at[0];
		}
		printk("\"");
	}
}

void trace_transfer(const char *bus, uint32_t number, int32_t address, const uint8_t *script, uint32_t len, const uint8_t *out,
		    uint32_t out_len, int32_t code)
{
	printk("{\"t\":%llu,\"bus\":\"%s%u\",", (unsigned long long)k_ticks_to_us_floor64(k_uptime_ticks()), bus, (unsigned)number);
	if (address >= 0)
		printk("\"address\":%d,", (int)address);
	printk("\"steps\":[");
	put_steps(script, script + len);
	if (code < 0) {
		uint32_t number = (uint32_t)MOTE_ERR_CASE(code);

		printk("],\"error\":\"%s\"}\n", errors[number < MOTE_ERR_COUNT ? number : (uint32_t)MOTE_ERR_CASE(MOTE_ERR_IO)]);
		return;
	}
	printk("],\"result\":\"");
	put_hex(out, out_len);
	printk("\"}\n");
}
