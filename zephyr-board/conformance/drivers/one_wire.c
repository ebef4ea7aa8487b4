/*
 * A 1-Wire driver whose bus is the host's. Bits are known only of a search with one part on the bus: its ROM, each bit and its
 * complement, before the master writes the way that it takes.
 */
#include <errno.h>

#include <zephyr/drivers/w1.h>
#include <zephyr/kernel.h>

#include "contract.h"
#include "host.h"

#define SEARCH_ROM 0xf0

static struct {
	struct w1_master_data common;
	uint8_t rom[16]; /* bits taken, bits in doubt */
	uint32_t bit;    /* of the search, in thirds: the bit, its complement, the way */
} state;

static const struct w1_master_config config;

static int piece(const uint8_t *script, uint32_t len, uint8_t *out, uint32_t out_len)
{
	int32_t code = host_one_wire_transfer(0, script, len, out, out_len);

	return code == MOTE_ERR_NACK ? 0 : code < 0 ? host_errno(code) : 1;
}

static int reset_bus(const struct device *device)
{
	const uint8_t script[] = { MOTE_STEP_STOP };

	ARG_UNUSED(device);
	return piece(script, sizeof script, NULL, 0);
}

static int write_byte(const struct device *device, uint8_t byte)
{
	const uint8_t script[] = { MOTE_STEP_WRITE, 1, byte };
	const uint8_t search[] = { MOTE_STEP_SEARCH, 8, 0, 0, 0, 0, 0, 0, 0, 0 };
	int error = piece(script, sizeof script, NULL, 0);

	ARG_UNUSED(device);
	state.bit = 0;
	if (error > 0 && byte == SEARCH_ROM)
		error = piece(search, sizeof search, state.rom, sizeof state.rom);
	return error > 0 ? 0 : -EIO;
}

static int read_byte(const struct device *device)
{
	const uint8_t script[] = { MOTE_STEP_READ, 1 };
	uint8_t byte;

	ARG_UNUSED(device);
	return piece(script, sizeof script, &byte, 1) > 0 ? byte : -EIO;
}

static int read_bit(const struct device *device)
{
	uint32_t bit = state.bit / 3, third = state.bit % 3;

	ARG_UNUSED(device);
	if (bit >= 64 || third == 2)
		return -EIO;
	state.bit++;
	return (state.rom[bit / 8] >> bit % 8 & 1) ^ third;
}

static int write_bit(const struct device *device, bool value)
{
	uint32_t bit = state.bit / 3;

	ARG_UNUSED(device);
	if (bit >= 64 || state.bit % 3 != 2 || value != (state.rom[bit / 8] >> bit % 8 & 1))
		return -EIO;
	state.bit++;
	return 0;
}

static int start(const struct device *device)
{
	ARG_UNUSED(device);
	return k_mutex_init(&state.common.bus_lock);
}

static const struct w1_driver_api api = {
	.reset_bus = reset_bus,
	.read_bit = read_bit,
	.write_bit = write_bit,
	.read_byte = read_byte,
	.write_byte = write_byte,
};

DEVICE_DT_DEFINE(DT_NODELABEL(onewire0), start, NULL, &state, &config, POST_KERNEL, 99, &api);
