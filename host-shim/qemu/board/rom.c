/* The modules that are part of the firmware: a table that machine.ts makes and QEMU loads, as a real board has it in flash. */
#include <stddef.h>
#include <string.h>

#include "board.h"
#include "contract.h"
#include "link_codes.h"
#include "ports.h"

struct entry {
	uint32_t name_len, offset, len;
	char name[32];
};

static const struct {
	uint32_t magic, count;
	struct entry entries[];
} *const rom = (const void *)LINK_ROM_AT;

void board_rom_open(void)
{
	if (rom->magic != LINK_ROM_MAGIC)
		board_die(BOARD_ROM, "there is no firmware table");
}

static const struct entry *find(const char *name, uint32_t len)
{
	for (uint32_t i = 0; i < rom->count; i++)
		if (rom->entries[i].name_len == len && memcmp(rom->entries[i].name, name, len) == 0)
			return &rom->entries[i];
	return NULL;
}

int32_t port_builtin_size(const char *name, uint32_t name_len)
{
	const struct entry *entry = find(name, name_len);

	return entry ? (int32_t)entry->len : MOTE_ERR_NOT_FOUND;
}

const uint8_t *port_builtin_map(const char *name, uint32_t name_len)
{
	const struct entry *entry = find(name, name_len);

	return entry ? (const uint8_t *)rom + entry->offset : NULL;
}

int32_t port_builtin_read(const char *name, uint32_t name_len, uint8_t *out, uint32_t len)
{
	const struct entry *entry = find(name, name_len);

	if (entry == NULL)
		return MOTE_ERR_NOT_FOUND;
	if (entry->len > len)
		return MOTE_ERR_TOO_BIG;
	memcpy(out, (const uint8_t *)rom + entry->offset, entry->len);
	return (int32_t)entry->len;
}
