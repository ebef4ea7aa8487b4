/*
 * NOR flash in a file of the host, by semihosting: written through, and read from a copy in the address space, so that
 * modules run in place as from a real part. As strict as the emulated board's flash: a unit takes one program between
 * two erases, even one that would clear no bit.
 */
#include <semihost.h>
#include <stdbool.h>
#include <string.h>

#include "board.h"
#include "contract.h"
#include "link_codes.h"
#include "ports.h"

#define OPEN_READ_WRITE 3 /* "r+b": Semihosting for AArch32 and AArch64, SYS_OPEN */

static const struct region {
	uint32_t start, size, sector, align, erased;
} regions[MOTE_FLASH_REGION_COUNT] = LINK_FLASH_REGIONS;

static uint8_t *const cells = (uint8_t *)LINK_FLASH_AT;
/* One byte for each unit: 1 when it was programmed since its erase. Emulation, so outside of the board's RAM. */
static uint8_t *const used = (uint8_t *)LINK_FLASH_AT + LINK_FLASH_SIZE;
static int file;

static bool is_inside(const struct region *region, uint32_t offset, uint32_t len, uint32_t unit)
{
	return len > 0 && offset <= region->size && len <= region->size - offset && offset % unit == 0 && len % unit == 0;
}

static const struct region *find(uint32_t region)
{
	return region < MOTE_FLASH_REGION_COUNT ? &regions[region] : NULL;
}

static void learn(const struct region *region)
{
	for (uint32_t at = region->start; at < region->start + region->size; at += region->align) {
		bool blank = true;

		for (uint32_t i = 0; i < region->align; i++)
			blank = blank && cells[at + i] == region->erased;
		used[at / region->align] = !blank;
	}
}

/* Bytes that were not transferred are what the calls return. */
static void write_through(uint32_t at, uint32_t len)
{
	if (sys_semihost_seek(file, at) != 0 || sys_semihost_write(file, cells + at, len) != 0)
		board_die(BOARD_FLASH, "the flash image cannot be written");
}

void board_flash_open(const char *path)
{
	file = sys_semihost_open(path, OPEN_READ_WRITE);
	if (file < 0)
		board_die(BOARD_FLASH, "the flash image cannot be opened");
	if (sys_semihost_flen(file) != LINK_FLASH_SIZE)
		board_die(BOARD_FLASH, "the flash image has another size");
	if (sys_semihost_read(file, cells, LINK_FLASH_SIZE) != 0)
		board_die(BOARD_FLASH, "the flash image cannot be read");
	for (uint32_t i = 0; i < MOTE_FLASH_REGION_COUNT; i++)
		learn(&regions[i]);
}

int32_t port_flash_describe(uint32_t number, uint32_t out[4])
{
	const struct region *region = find(number);

	if (region == NULL)
		return MOTE_ERR_INVALID;
	out[0] = region->size;
	out[1] = region->sector;
	out[2] = region->align;
	out[3] = region->erased;
	return 0;
}

int32_t port_flash_read(uint32_t number, uint32_t offset, uint8_t *out, uint32_t len)
{
	const struct region *region = find(number);

	if (region == NULL || !is_inside(region, offset, len, 1))
		return MOTE_ERR_INVALID;
	memcpy(out, cells + region->start + offset, len);
	return 0;
}

int32_t port_flash_program(uint32_t number, uint32_t offset, const uint8_t *data, uint32_t len)
{
	const struct region *region = find(number);
	uint32_t at;

	if (region == NULL || !is_inside(region, offset, len, region->align))
		return MOTE_ERR_INVALID;
	at = region->start + offset;
	if (memchr(used + at / region->align, 1, len / region->align))
		return MOTE_ERR_IO;
	memcpy(cells + at, data, len);
	memset(used + at / region->align, 1, len / region->align);
	write_through(at, len);
	return 0;
}

int32_t port_flash_erase(uint32_t number, uint32_t offset, uint32_t len)
{
	const struct region *region = find(number);
	uint32_t at;

	if (region == NULL || !is_inside(region, offset, len, region->sector))
		return MOTE_ERR_INVALID;
	at = region->start + offset;
	memset(cells + at, (int)region->erased, len);
	memset(used + at / region->align, 0, len / region->align);
	write_through(at, len);
	return 0;
}

const uint8_t *port_flash_map(uint32_t number, uint32_t offset, uint32_t len)
{
	const struct region *region = find(number);

	return region && is_inside(region, offset, len, 1) ? cells + region->start + offset : NULL;
}
