/* Plays a scenario (scenario.ts) to the kernel on mock ports and prints what it says: play <modules> <scenario>. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "kernel.h"
#include "mock_ports.h"
#include "script.h"

static uint32_t from_hex(const char *hex, uint8_t *out, uint32_t cap)
{
	uint32_t len = 0;

	for (unsigned byte; hex[0] != '-' && sscanf(hex + 2 * len, "%2x", &byte) == 1; len++) {
		CHECK(len < cap);
		out[len] = (uint8_t)byte;
	}
	return len;
}

static void print_lines(void)
{
	run();
	for (uint32_t i = 0; i < mock.line_count; i++)
		printf("%u %s\n", (unsigned)mock.levels[i], mock.lines[i]);
	mock.line_count = 0;
}

int main(int argc, char **argv)
{
	static char line[16384], hex[16384], kind[8];
	static uint8_t bytes[8192];
	static const struct mote_budget budget = { 16384, 4096, 2000000, 8192 };
	long number;
	FILE *file;

	CHECK(argc == 3);
	mock_reset(argv[1]);
	file = fopen(argv[2], "r");
	CHECK(file != NULL);
	printf("= %d\n", (int)mote_boot("probe", 5, &budget));
	print_lines();
	while (fgets(line, sizeof line, file)) {
		int32_t result = 0;
		uint32_t len;

		CHECK(sscanf(line, "%7s %ld %16383s", kind, &number, hex) == 3);
		len = from_hex(hex, bytes, sizeof bytes);
		if (strcmp(kind, "mqtt") == 0)
			result = mote_on_mqtt((uint32_t)number, "t", 1, bytes, len);
		else if (strcmp(kind, "radio") == 0)
			result = (int32_t)mote_on_radio(bytes, len, (int32_t)number);
		else
			mock.now = (uint64_t)number;
		printf("= %d\n", (int)result);
		print_lines();
	}
	printf("halted %d, next %" PRId64 "\n", (int)mote_halted(), (int64_t)mote_next_deadline());
	mote_shutdown();
	fclose(file);
	return 0;
}
