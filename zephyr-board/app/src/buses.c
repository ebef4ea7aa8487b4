/*
 * I2C, SPI and 1-Wire by Zephyr's drivers: the bus of number n is the devicetree's node label i2c<n>, spi<n>, onewire<n>; a
 * select of SPI is the index of its cs-gpios. What the devicetree does not have, or its Kconfig leaves out, is not found.
 */
#include <errno.h>
#include <string.h>

#include <zephyr/device.h>
#include <zephyr/devicetree.h>
#include <zephyr/drivers/i2c.h>
#include <zephyr/drivers/spi.h>
#include <zephyr/drivers/w1.h>
#include <zephyr/kernel.h>

#include "board.h"
#include "compat.h"
#include "contract.h"
#include "trace.h"

#if defined(CONFIG_I2C) || defined(CONFIG_SPI) || defined(CONFIG_W1)
/* Messages between two STOPs: Zephyr wants them in one call. */
#define MAX_MESSAGES 24

/* Devices by number; those that the devicetree lacks, or that are not ready, are NULL. */
#define BUS(label) COND_CODE_1(DT_NODE_HAS_STATUS(DT_NODELABEL(label), okay), (DEVICE_DT_GET(DT_NODELABEL(label))), (NULL))

static const struct device *ready(const struct device *const *table, size_t count, uint32_t number)
{
	const struct device *device = number < count ? table[number] : NULL;

	return device && device_is_ready(device) ? device : NULL;
}

/* The next step of a script, which the kernel has checked. */
struct step {
	uint8_t kind, len;
	uint16_t micros;
	const uint8_t *bytes;
};

static const uint8_t *next_step(const uint8_t *at, struct step *step)
{
	step->kind = *at++;
	switch (step->kind) {
	case MOTE_STEP_STOP: return at;
	case MOTE_STEP_DELAY:
		step->micros = (uint16_t)(at[0] | at[1] << 8);
		return at + 2;
	default:
		step->len = *at++;
		step->bytes = at;
		return step->kind == MOTE_STEP_READ ? at : at + step->len;
	}
}

/* Drivers have no code of their own for a missing acknowledgement: most say EIO, some ENXIO. */
static int32_t code_of(int error)
{
	switch (error) {
	case 0: return 0;
	case -ETIMEDOUT: return MOTE_ERR_TIMEOUT;
	case -EBUSY: return MOTE_ERR_BUSY;
	case -EAGAIN: return MOTE_ERR_ARBITRATION;
	case -EMSGSIZE: return MOTE_ERR_TOO_BIG;
	case -ENOTSUP:
	case -EINVAL: return MOTE_ERR_INVALID;
	default: return MOTE_ERR_NACK;
	}
}
#endif

#ifdef CONFIG_I2C
static const struct device *const i2c[] = { BUS(i2c0), BUS(i2c1), BUS(i2c2) };

static int32_t transfer_i2c(uint32_t bus, uint32_t address, const uint8_t *script, uint32_t len, uint8_t *out)
{
	const struct device *device = ready(i2c, ARRAY_SIZE(i2c), bus);
	struct i2c_msg messages[MAX_MESSAGES];
	const uint8_t wide = address >= 0xa000 ? I2C_MSG_ADDR_10_BITS : 0;
	const uint8_t *at = script, *end = script + len;
	uint8_t count = 0;
	int error = 0;

	if (device == NULL)
		return MOTE_ERR_NOT_FOUND;
	if (len == 0) { /* does it answer? */
		messages[0] = (struct i2c_msg){ .buf = out, .len = 0, .flags = I2C_MSG_WRITE | I2C_MSG_STOP | wide };
		return code_of(i2c_transfer(device, messages, 1, (uint16_t)(address & 0x3ff)));
	}
	while (at < end && error == 0) {
		struct step step;
		bool ends;

		at = next_step(at, &step);
		ends = step.kind == MOTE_STEP_STOP || step.kind == MOTE_STEP_DELAY;
		if (!ends) {
			if (count == MAX_MESSAGES)
				return MOTE_ERR_TOO_BIG;
			messages[count] = (struct i2c_msg){ .len = step.len, .flags = wide | (count ? I2C_MSG_RESTART : 0) };
			if (step.kind == MOTE_STEP_READ) {
				messages[count].buf = out;
				messages[count].flags |= I2C_MSG_READ;
				out += step.len;
			} else {
				messages[count].buf = (uint8_t *)step.bytes; /* a driver does not write to it */
				messages[count].flags |= I2C_MSG_WRITE;
			}
			count++;
		}
		if (count && (ends || at == end)) {
			messages[count - 1].flags |= I2C_MSG_STOP;
			error = i2c_transfer(device, messages, count, (uint16_t)(address & 0x3ff));
			count = 0;
		}
		if (step.kind == MOTE_STEP_DELAY && error == 0)
			k_busy_wait(step.micros);
	}
	return code_of(error);
}
#else
static int32_t transfer_i2c(uint32_t bus, uint32_t address, const uint8_t *script, uint32_t len, uint8_t *out)
{
	ARG_UNUSED(bus);
	ARG_UNUSED(address);
	ARG_UNUSED(script);
	ARG_UNUSED(len);
	ARG_UNUSED(out);
	return MOTE_ERR_NOT_FOUND;
}
#endif

#ifdef CONFIG_SPI
static const struct device *const spi[] = { BUS(spi0), BUS(spi1), BUS(spi2), BUS(spi3) };

#define SELECT(node, property, index) GPIO_DT_SPEC_GET_BY_IDX(node, property, index)
#define SELECTS(label)                                                                                                     \
	{ COND_CODE_1(DT_NODE_HAS_PROP(DT_NODELABEL(label), cs_gpios),                                                     \
		      (DT_FOREACH_PROP_ELEM_SEP(DT_NODELABEL(label), cs_gpios, SELECT, (, ))), ()) }

static const struct gpio_dt_spec selects[][8] = { SELECTS(spi0), SELECTS(spi1), SELECTS(spi2), SELECTS(spi3) };

/* What is clocked with the part selected and no pause: one call of the driver. */
static struct spi_segment {
	struct spi_buf tx[MAX_MESSAGES], rx[MAX_MESSAGES];
	size_t count;
} segment;

static int flush(const struct device *device, const struct spi_config *config)
{
	const struct spi_buf_set tx = { segment.tx, segment.count }, rx = { segment.rx, segment.count };
	int error = segment.count ? spi_transceive(device, config, &tx, &rx) : 0;

	segment.count = 0;
	return error < 0 ? error : 0;
}

/*
 * Drivers compare pointers to see whether a configuration is another one, so each bus has two places: a configuration that differs
 * from the last one stands in the other.
 */
static const struct spi_config *configured(uint32_t bus, const struct spi_config *wanted)
{
	static struct spi_config places[ARRAY_SIZE(spi)][2];
	static uint8_t last[ARRAY_SIZE(spi)];

	if (memcmp(&places[bus][last[bus]], wanted, sizeof *wanted) != 0) {
		last[bus] ^= 1;
		places[bus][last[bus]] = *wanted;
	}
	return &places[bus][last[bus]];
}

static bool pauses(const uint8_t *at, const uint8_t *end)
{
	struct step step = { .kind = MOTE_STEP_STOP };

	while (at < end && step.kind != MOTE_STEP_DELAY)
		at = next_step(at, &step);
	return step.kind == MOTE_STEP_DELAY;
}

static int32_t transfer_spi(uint32_t bus, uint32_t select, uint32_t mode, uint32_t hertz, const uint8_t *script, uint32_t len,
			    uint8_t *out)
{
	const struct device *device = ready(spi, ARRAY_SIZE(spi), bus);
	const uint8_t *at = script, *end = script + len;
	/* Only over a delay the part stays selected between two calls of the driver. */
	const bool held = pauses(at, end);
	const struct spi_config *config;
	struct spi_config wanted;
	int error = 0;

	if (device == NULL || select >= ARRAY_SIZE(selects[0]))
		return MOTE_ERR_NOT_FOUND;
	memset(&wanted, 0, sizeof wanted); /* its padding, too, is compared */
	wanted.frequency = hertz;
	wanted.slave = (uint16_t)select;
	wanted.operation = SPI_WORD_SET(8) | SPI_TRANSFER_MSB | SPI_OP_MODE_MASTER | (held ? SPI_HOLD_ON_CS | SPI_LOCK_ON : 0) |
			   (mode & 1 ? SPI_MODE_CPHA : 0) | (mode & 2 ? SPI_MODE_CPOL : 0);
	compat_spi_select(&wanted.cs, &selects[bus][select]);
	config = configured(bus, &wanted);
	segment.count = 0;
	while (at < end && error == 0) {
		struct step step;

		at = next_step(at, &step);
		if (step.kind == MOTE_STEP_STOP || step.kind == MOTE_STEP_DELAY)
			error = flush(device, config);
		if (step.kind == MOTE_STEP_STOP && held) {
			spi_release(device, config);
		} else if (step.kind == MOTE_STEP_DELAY) {
			k_busy_wait(step.micros);
		} else if (step.kind != MOTE_STEP_STOP) {
			if (segment.count == MAX_MESSAGES) {
				error = -EMSGSIZE;
				break;
			}
			/* Where there is nothing to send the driver sends zeros. */
			segment.tx[segment.count] = (struct spi_buf){ step.kind == MOTE_STEP_READ ? NULL : (void *)step.bytes, step.len };
			segment.rx[segment.count++] = (struct spi_buf){ step.kind == MOTE_STEP_WRITE ? NULL : out, step.len };
			out += step.kind == MOTE_STEP_WRITE ? 0 : step.len;
		}
	}
	if (error == 0)
		error = flush(device, config);
	segment.count = 0;
	if (held)
		spi_release(device, config);
	return code_of(error);
}
#else
static int32_t transfer_spi(uint32_t bus, uint32_t select, uint32_t mode, uint32_t hertz, const uint8_t *script, uint32_t len,
			    uint8_t *out)
{
	ARG_UNUSED(bus);
	ARG_UNUSED(select);
	ARG_UNUSED(mode);
	ARG_UNUSED(hertz);
	ARG_UNUSED(script);
	ARG_UNUSED(len);
	ARG_UNUSED(out);
	return MOTE_ERR_NOT_FOUND;
}
#endif

#ifdef CONFIG_W1
static const struct device *const one_wire[] = { BUS(onewire0), BUS(onewire1) };

/* Application note 187: two bits of each place, then the way that is taken. */
static int32_t search(const struct device *device, const struct step *step, uint8_t *out)
{
	memset(out, 0, 2u * step->len);
	for (uint32_t bit = 0; bit < 8u * step->len; bit++) {
		uint8_t mask = (uint8_t)(1 << (bit & 7));
		int one = w1_read_bit(device), zero = w1_read_bit(device);
		bool taken;

		if (one < 0 || zero < 0)
			return MOTE_ERR_IO;
		if (one && zero)
			return MOTE_ERR_NACK;
		taken = one || (!zero && (step->bytes[bit >> 3] & mask));
		if (!one && !zero)
			out[step->len + (bit >> 3)] |= mask;
		if (taken)
			out[bit >> 3] |= mask;
		if (w1_write_bit(device, taken) < 0)
			return MOTE_ERR_IO;
	}
	return 0;
}

static int32_t do_one_wire(const struct device *device, const struct step *step, uint8_t *out)
{
	int error = 0;

	switch (step->kind) {
	case MOTE_STEP_STOP:
		error = w1_reset_bus(device);
		return error > 0 ? 0 : error == 0 ? MOTE_ERR_NACK : MOTE_ERR_BUSY;
	case MOTE_STEP_DELAY: k_busy_wait(step->micros); return 0;
	case MOTE_STEP_SEARCH: return search(device, step, out);
	default: break;
	}
	for (uint32_t i = 0; i < step->len && error >= 0; i++) {
		if (step->kind == MOTE_STEP_WRITE) {
			error = w1_write_byte(device, step->bytes[i]);
		} else {
			error = w1_read_byte(device);
			out[i] = (uint8_t)error;
		}
	}
	return error < 0 ? MOTE_ERR_IO : 0;
}

static int32_t transfer_one_wire(uint32_t bus, const uint8_t *script, uint32_t len, uint8_t *out)
{
	const struct device *device = ready(one_wire, ARRAY_SIZE(one_wire), bus);
	const uint8_t *at = script;
	int32_t code = 0;

	if (device == NULL)
		return MOTE_ERR_NOT_FOUND;
	w1_lock_bus(device);
	while (at < script + len && code == 0) {
		struct step step;

		at = next_step(at, &step);
		code = do_one_wire(device, &step, out);
		if (step.kind == MOTE_STEP_READ || step.kind == MOTE_STEP_SEARCH)
			out += step.len * (step.kind == MOTE_STEP_SEARCH ? 2 : 1);
	}
	w1_unlock_bus(device);
	return code;
}
#else
static int32_t transfer_one_wire(uint32_t bus, const uint8_t *script, uint32_t len, uint8_t *out)
{
	ARG_UNUSED(bus);
	ARG_UNUSED(script);
	ARG_UNUSED(len);
	ARG_UNUSED(out);
	return MOTE_ERR_NOT_FOUND;
}
#endif

int32_t port_i2c_transfer(uint32_t bus, uint32_t address, const uint8_t *script, uint32_t len, uint8_t *out, uint32_t out_len)
{
	int32_t code = transfer_i2c(bus, address, script, len, out);

	trace_transfer("i2c", bus, (int32_t)address, script, len, out, out_len, code);
	return code;
}

int32_t port_spi_transfer(uint32_t bus, uint32_t select, uint32_t mode, uint32_t hertz, const uint8_t *script, uint32_t len,
			  uint8_t *out, uint32_t out_len)
{
	int32_t code = transfer_spi(bus, select, mode, hertz, script, len, out);

	trace_transfer("spi", bus, (int32_t)select, script, len, out, out_len, code);
	return code;
}

int32_t port_one_wire_transfer(uint32_t bus, const uint8_t *script, uint32_t len, uint8_t *out, uint32_t out_len)
{
	int32_t code = transfer_one_wire(bus, script, len, out);

	trace_transfer("onewire", bus, -1, script, len, out, out_len, code);
	return code;
}
