/* Targets on Zephyr's emulated I2C and SPI controllers: what a driver's messages ask becomes a script for the host's part. */
#include <errno.h>
#include <string.h>

#include <zephyr/device.h>
#include <zephyr/drivers/emul.h>
#include <zephyr/drivers/i2c.h>
#include <zephyr/drivers/i2c_emul.h>
#include <zephyr/drivers/spi.h>
#include <zephyr/drivers/spi_emul.h>

#include "contract.h"
#include "host.h"

#define MOST 256 /* bytes of a script, and of what it reads */

static uint8_t script[MOST + 2], got[MOST];
static uint32_t script_len, got_len;

int host_errno(int32_t code)
{
	switch (code) {
	case MOTE_ERR_TIMEOUT: return -ETIMEDOUT;
	case MOTE_ERR_BUSY: return -EBUSY;
	case MOTE_ERR_ARBITRATION: return -EAGAIN;
	case MOTE_ERR_INVALID: return -EINVAL;
	default: return code < 0 ? -EIO : 0;
	}
}

static int add(uint8_t kind, uint32_t len, const void *bytes)
{
	uint32_t more = bytes ? len : 0;

	if (len > 255 || script_len + 2 + more > MOST || got_len + len > MOST)
		return -EMSGSIZE;
	script[script_len++] = kind;
	script[script_len++] = (uint8_t)len;
	memcpy(script + script_len, bytes, more);
	script_len += more;
	got_len += kind == MOTE_STEP_WRITE ? 0 : len;
	return 0;
}

static int i2c_messages(const struct emul *target, struct i2c_msg *messages, int count, int address)
{
	const uint8_t *from = got;
	int error = 0;

	ARG_UNUSED(target);
	script_len = got_len = 0;
	for (int i = 0; i < count && error == 0; i++) {
		bool reads = messages[i].flags & I2C_MSG_READ;

		if ((i > 0) != ((messages[i].flags & I2C_MSG_RESTART) != 0))
			return -EPROTO; /* each message but the first begins with a repeated START, */
		if ((i == count - 1) != ((messages[i].flags & I2C_MSG_STOP) != 0))
			return -EPROTO; /* and the last ends with STOP */
		if (messages[i].len)
			error = add(reads ? MOTE_STEP_READ : MOTE_STEP_WRITE, messages[i].len, reads ? NULL : messages[i].buf);
	}
	if (error == 0)
		error = host_errno(host_i2c_transfer(0, (uint32_t)address, script, script_len, got, got_len));
	for (int i = 0; i < count && error == 0; i++)
		if (messages[i].flags & I2C_MSG_READ) {
			memcpy(messages[i].buf, from, messages[i].len);
			from += messages[i].len;
		}
	return error;
}

static int spi_bytes(const struct emul *target, const struct spi_config *config, const struct spi_buf_set *tx,
		     const struct spi_buf_set *rx)
{
	uint32_t mode = (config->operation & SPI_MODE_CPHA ? 1 : 0) | (config->operation & SPI_MODE_CPOL ? 2 : 0);
	const uint8_t *from = got;
	int error = 0;

	ARG_UNUSED(target);
	script_len = got_len = 0;
	if (tx->count != rx->count || SPI_WORD_SIZE_GET(config->operation) != 8)
		return -ENOTSUP;
	for (size_t i = 0; i < tx->count && error == 0; i++) {
		const struct spi_buf *out = &tx->buffers[i], *in = &rx->buffers[i];

		if (out->len != in->len)
			return -ENOTSUP;
		error = add(!in->buf ? MOTE_STEP_WRITE : !out->buf ? MOTE_STEP_READ : MOTE_STEP_EXCHANGE, out->len, out->buf);
	}
	if (error == 0)
		error = host_errno(host_spi_transfer(0, config->slave, mode, config->frequency, script, script_len, got, got_len));
	for (size_t i = 0; i < rx->count && error == 0; i++)
		if (rx->buffers[i].buf) {
			memcpy(rx->buffers[i].buf, from, rx->buffers[i].len);
			from += rx->buffers[i].len;
		}
	return error;
}

static int start(const struct emul *target, const struct device *parent)
{
	ARG_UNUSED(target);
	ARG_UNUSED(parent);
	return 0;
}

static const struct i2c_emul_api i2c_api = { .transfer = i2c_messages };
static const struct spi_emul_api spi_api = { .io = spi_bytes };

#define TARGET(node, api)                                                                             \
	DEVICE_DT_DEFINE(node, NULL, NULL, NULL, NULL, POST_KERNEL, 99, NULL);                        \
	EMUL_DT_DEFINE(node, start, NULL, NULL, &api, NULL)
#define I2C_TARGET(node) TARGET(node, i2c_api)
#define SPI_TARGET(node) TARGET(node, spi_api)

DT_FOREACH_STATUS_OKAY(mote_host_i2c, I2C_TARGET)
DT_FOREACH_STATUS_OKAY(mote_host_spi, SPI_TARGET)
