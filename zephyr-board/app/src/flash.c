/*
 * The two regions of the contract on two partitions: mote_journal and mote_slots.
 *
 * Stricter than the part, as every mote board: a unit takes one program between two erases, because with hardware
 * encryption the ESP32-C6 cannot do better. A unit that was programmed with erased bytes looks erased and passes.
 */
#include <errno.h>
#include <string.h>

#include <zephyr/drivers/flash.h>
#include <zephyr/kernel.h>

#include "board.h"
#include "compat.h"
#include "contract.h"

#if defined(CONFIG_MOTE_FLASH_IN_PLACE) && defined(CONFIG_FLASH_SIMULATOR)
#include <zephyr/drivers/flash/flash_simulator.h>
#elif defined(CONFIG_MOTE_FLASH_IN_PLACE)
#include COMPAT_FLASH_MMAP_HEADER
#endif

static struct region {
	const uint8_t id;
	const struct flash_area *area; /* NULL: not there */
	const uint8_t *window; /* where its bytes stand in the address space; NULL: nowhere */
	uint32_t size, sector, align;
	uint8_t erased;
} regions[MOTE_FLASH_REGION_COUNT] = {
	[MOTE_FLASH_REGION_JOURNAL] = { .id = COMPAT_PARTITION_ID(mote_journal) },
	[MOTE_FLASH_REGION_SLOTS] = { .id = COMPAT_PARTITION_ID(mote_slots) },
/* A board without it keeps no telemetry. */
#if DT_NODE_EXISTS(DT_NODELABEL(mote_delivery))
	[MOTE_FLASH_REGION_DELIVERY] = { .id = COMPAT_PARTITION_ID(mote_delivery) },
#endif
};

/* In place: the kernel needs no copy of a module, which takes as much RAM as the module has bytes. */
static const uint8_t *window_of(const struct flash_area *area, const struct device *device)
{
#if defined(CONFIG_MOTE_FLASH_IN_PLACE) && defined(CONFIG_FLASH_SIMULATOR)
	size_t size;

	return (const uint8_t *)flash_simulator_get_memory(device, &size) + area->fa_off;
#elif defined(CONFIG_MOTE_FLASH_IN_PLACE)
	const uint32_t page = 64 * 1024; /* of the part's MMU */
	const uint32_t begin = (uint32_t)area->fa_off / page * page;
	spi_flash_mmap_handle_t handle;
	const void *mapped;

	ARG_UNUSED(device);
	if (spi_flash_mmap(begin, area->fa_off + area->fa_size - begin, SPI_FLASH_MMAP_DATA, &mapped, &handle) != 0)
		return NULL;
	return (const uint8_t *)mapped + (area->fa_off - begin);
#else
	ARG_UNUSED(area);
	ARG_UNUSED(device);
	return NULL;
#endif
}

static int open_region(struct region *region)
{
	const struct flash_area *area;
	const struct device *device;
	struct flash_pages_info page;
	int error = flash_area_open(region->id, &area);

	if (error)
		return error;
	device = flash_area_get_device(area);
	if (device == NULL || !device_is_ready(device))
		return -ENODEV;
	error = flash_get_page_info_by_offs(device, area->fa_off, &page);
	if (error)
		return error;
	region->size = (uint32_t)area->fa_size;
	region->sector = (uint32_t)page.size;
	region->align = flash_area_align(area);
	region->erased = flash_area_erased_val(area);
	region->window = window_of(area, device);
	region->area = area;
	return 0;
}

int flash_start(void)
{
	int error = 0;

	for (uint32_t i = 0; i < MOTE_FLASH_REGION_COUNT && error == 0; i++) {
#if !DT_NODE_EXISTS(DT_NODELABEL(mote_delivery))
		if (i == MOTE_FLASH_REGION_DELIVERY)
			continue;
#endif
		error = open_region(&regions[i]);
	}
	return error;
}

static const struct region *find(uint32_t number)
{
	return number < MOTE_FLASH_REGION_COUNT && regions[number].area ? &regions[number] : NULL;
}

static bool inside(const struct region *region, uint32_t offset, uint32_t len, uint32_t unit)
{
	return len > 0 && offset <= region->size && len <= region->size - offset && offset % unit == 0 && len % unit == 0;
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

	if (region == NULL || !inside(region, offset, len, 1))
		return MOTE_ERR_INVALID;
	return flash_area_read(region->area, offset, out, len) == 0 ? 0 : MOTE_ERR_IO;
}

static int32_t check_erased(const struct region *region, uint32_t offset, uint32_t len)
{
	uint8_t chunk[64];

	for (uint32_t done = 0; done < len; done += sizeof chunk) {
		uint32_t part = MIN(len - done, sizeof chunk);

		if (flash_area_read(region->area, offset + done, chunk, part) != 0)
			return MOTE_ERR_IO;
		for (uint32_t i = 0; i < part; i++)
			if (chunk[i] != region->erased)
				return MOTE_ERR_IO;
	}
	return 0;
}

int32_t port_flash_program(uint32_t number, uint32_t offset, const uint8_t *data, uint32_t len)
{
	const struct region *region = find(number);

	if (region == NULL || !inside(region, offset, len, region->align))
		return MOTE_ERR_INVALID;
	if (check_erased(region, offset, len) != 0)
		return MOTE_ERR_IO;
	return flash_area_write(region->area, offset, data, len) == 0 ? 0 : MOTE_ERR_IO;
}

int32_t port_flash_erase(uint32_t number, uint32_t offset, uint32_t len)
{
	const struct region *region = find(number);

	if (region == NULL || !inside(region, offset, len, region->sector))
		return MOTE_ERR_INVALID;
	return flash_area_erase(region->area, offset, len) == 0 ? 0 : MOTE_ERR_IO;
}

const uint8_t *port_flash_map(uint32_t number, uint32_t offset, uint32_t len)
{
	const struct region *region = find(number);

	if (region == NULL || region->window == NULL || !inside(region, offset, len, 1))
		return NULL;
	return region->window + offset;
}
