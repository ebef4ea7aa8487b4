/* A board for the tests: everything in memory, everything visible. */
#ifndef MOCK_PORTS_H
#define MOCK_PORTS_H

#include <stdbool.h>
#include <stdint.h>

enum { MOCK_FLASH = 16384, MOCK_SECTOR = 1024, MOCK_ALIGN = 4, MOCK_LINES = 256 };

struct mock {
	uint64_t now;
	bool knows_time;
	int32_t fails; /* not 0: what the next port that can fail returns */
	bool mapped;   /* builtin_map and flash_map give addresses */
	void (*on_log)(void);

	char lines[MOCK_LINES][320]; /* "name: text" */
	uint32_t line_count;
	uint32_t levels[MOCK_LINES];

	uint8_t flash[2][MOCK_FLASH];
	char last[512]; /* the last radio_send, mqtt_publish or mqtt_subscribe, as text */
	uint32_t forgotten, released;
};

extern struct mock mock;

/* Fresh, with modules read from this folder, <name>.wasm. */
void mock_reset(const char *folder);

/* The index of the first line from `from` on that is equal; -1 when there is none. */
int mock_find(uint32_t from, const char *line);

#endif
