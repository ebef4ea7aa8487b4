/* The imports that reach parts: buses, pins, converters, serial ports; and the network: datagrams, files of web servers. */
#include <string.h>

#include "guest.h"
#include "imports.h"
#include "ports.h"

/* A step as a bit of the set that a bus knows. */
#define STEP(name) (1u << MOTE_STEP_##name)

/* Bytes that a script reads; MOTE_ERR_INVALID when it is not well-formed, MOTE_ERR_TOO_BIG beyond the bounds. */
static int32_t check_script(const uint8_t *script, uint32_t len, uint32_t steps)
{
	uint32_t at = 0, reads = 0, micros = 0;

	if (len > MOTE_MAX_SCRIPT)
		return MOTE_ERR_TOO_BIG;
	while (at < len) {
		uint32_t step = script[at++], n;

		if (step >= MOTE_STEP_COUNT || !(steps >> step & 1))
			return MOTE_ERR_INVALID;
		if (step == MOTE_STEP_STOP)
			continue;
		if (step == MOTE_STEP_DELAY) {
			if (len - at < 2)
				return MOTE_ERR_INVALID;
			micros += script[at] | (uint32_t)script[at + 1] << 8;
			at += 2;
			continue;
		}
		n = at < len ? script[at++] : 0;
		if (n == 0)
			return MOTE_ERR_INVALID;
		if (step != MOTE_STEP_READ) {
			if (n > len - at)
				return MOTE_ERR_INVALID;
			at += n;
		}
		if (step != MOTE_STEP_WRITE)
			reads += step == MOTE_STEP_SEARCH ? 2 * n : n;
	}
	return reads > MOTE_MAX_SCRIPT || micros > MOTE_MAX_SCRIPT_DELAY ? MOTE_ERR_TOO_BIG : (int32_t)reads;
}

/* The script in `parameter` as a transfer of the bus that `transfer` asks. */
struct transfer {
	const uint8_t *script;
	uint32_t len, out_len;
	uint8_t out[MOTE_MAX_SCRIPT]; /* not in the module's memory: what runs there may change the script after its check */
};

/* returns: 0, or an error; with call->trap set when there is no script. */
static int32_t begin(struct mote_call *call, uint32_t parameter, uint32_t steps, struct transfer *transfer)
{
	int32_t reads;

	transfer->script = mote_list(call, parameter);
	transfer->len = MOTE_ARGUMENT(parameter + 1);
	if (transfer->script == NULL)
		return MOTE_ERR_INVALID;
	reads = check_script(transfer->script, transfer->len, steps);
	if (reads < 0)
		return reads;
	transfer->out_len = (uint32_t)reads;
	return 0;
}

/* code: what the port answered. */
static int32_t end(struct mote_call *call, const struct transfer *transfer, int32_t code)
{
	uint8_t *room;

	if (code < 0)
		return mote_port_result(code);
	room = mote_list_result(call, transfer->out_len);
	if (room && transfer->out_len)
		memcpy(room, transfer->out, transfer->out_len);
	return 0;
}

/* 7 bits, or as Linux's sysfs writes a 10-bit address. */
static bool is_address(uint32_t address)
{
	return address <= 0x7f || (address >= 0xa000 && address <= 0xa3ff);
}

MOTE_HANDLER(mote_i2c_transfer, I2C_TRANSFER)
{
	uint32_t address = MOTE_ARGUMENT(1);
	struct transfer t;
	int32_t error = begin(call, 2, STEP(STOP) | STEP(WRITE) | STEP(READ) | STEP(DELAY), &t);

	if (error)
		return error;
	if (!is_address(address))
		return MOTE_ERR_INVALID;
	return end(call, &t, port_i2c_transfer(MOTE_ARGUMENT(0), address, t.script, t.len, t.out, t.out_len));
}

MOTE_HANDLER(mote_spi_transfer, SPI_TRANSFER)
{
	uint32_t mode = MOTE_ARGUMENT(2), hertz = MOTE_ARGUMENT(3);
	struct transfer t;
	int32_t error = begin(call, 4, STEP(STOP) | STEP(WRITE) | STEP(READ) | STEP(DELAY) | STEP(EXCHANGE), &t);

	if (mode >= MOTE_SPI_MODE_COUNT)
		call->trap = mote_reason_case;
	if (error || call->trap)
		return error;
	if (t.len == 0 || hertz == 0)
		return MOTE_ERR_INVALID;
	return end(call, &t, port_spi_transfer(MOTE_ARGUMENT(0), MOTE_ARGUMENT(1), mode, hertz, t.script, t.len, t.out, t.out_len));
}

MOTE_HANDLER(mote_one_wire_transfer, ONE_WIRE_TRANSFER)
{
	struct transfer t;
	int32_t error = begin(call, 1, STEP(STOP) | STEP(WRITE) | STEP(READ) | STEP(DELAY) | STEP(SEARCH), &t);

	if (error)
		return error;
	if (t.len == 0)
		return MOTE_ERR_INVALID;
	return end(call, &t, port_one_wire_transfer(MOTE_ARGUMENT(0), t.script, t.len, t.out, t.out_len));
}

MOTE_HANDLER(mote_gpio_input, GPIO_INPUT)
{
	uint32_t pull = MOTE_ARGUMENT(1);

	if (pull >= MOTE_GPIO_PULL_COUNT) {
		call->trap = mote_reason_case;
		return 0;
	}
	return mote_port_result(port_gpio_input(MOTE_ARGUMENT(0), pull));
}

MOTE_HANDLER(mote_gpio_read, GPIO_READ)
{
	int32_t level = port_gpio_read(MOTE_ARGUMENT(0));

	call->payload[0] = level > 0;
	return mote_port_result(level);
}

MOTE_HANDLER(mote_gpio_watch, GPIO_WATCH)
{
	uint32_t edge = MOTE_ARGUMENT(1);
	int32_t error;

	if (edge >= MOTE_GPIO_EDGE_COUNT) {
		call->trap = mote_reason_case;
		return 0;
	}
	error = mote_port_result(port_gpio_watch(call->self->id, MOTE_ARGUMENT(0), edge));
	call->self->holds |= error == 0;
	return error;
}

MOTE_HANDLER(mote_gpio_write, GPIO_WRITE)
{
	return mote_port_result(port_gpio_write(MOTE_ARGUMENT(0), MOTE_ARGUMENT(1) != 0));
}

MOTE_HANDLER(mote_gpio_shift, GPIO_SHIFT)
{
	uint32_t bits = MOTE_ARGUMENT(2), pulses = MOTE_ARGUMENT(3), micros = MOTE_ARGUMENT(4), got = 0;
	int32_t error;

	if (!mote_grants_cover(call->self->grants, MOTE_CAP_GPIO, "#1:out", call->arguments))
		return MOTE_ERR_DENIED;
	if (bits > 32 || pulses < 1 || pulses > MOTE_MAX_PULSES || bits > pulses || micros < 1 || micros > MOTE_MAX_PULSE)
		return MOTE_ERR_INVALID;
	error = mote_port_result(port_gpio_shift(MOTE_ARGUMENT(0), MOTE_ARGUMENT(1), bits, pulses, micros, &got));
	mote_guest_store(call->payload, got);
	return error;
}

MOTE_HANDLER(mote_adc_read, ADC_READ)
{
	uint32_t bits = MOTE_ARGUMENT(2), samples = MOTE_ARGUMENT(3);
	int32_t error, millivolts = 0;

	if (bits > 24 || samples < 1 || samples > MOTE_MAX_SAMPLES)
		return MOTE_ERR_INVALID;
	error = mote_port_result(port_adc_read(MOTE_ARGUMENT(0), MOTE_ARGUMENT(1), bits, samples, &millivolts));
	mote_guest_store(call->payload, (uint32_t)millivolts);
	return error;
}

MOTE_HANDLER(mote_pwm_set, PWM_SET)
{
	uint32_t period = MOTE_ARGUMENT(2), pulse = MOTE_ARGUMENT(3);

	if (period == 0 || pulse > period)
		return MOTE_ERR_INVALID;
	return mote_port_result(port_pwm_set(MOTE_ARGUMENT(0), MOTE_ARGUMENT(1), period, pulse));
}

MOTE_HANDLER(mote_uart_open, UART_OPEN)
{
	enum { BAUD, DATA_BITS, PARITY, STOP_BITS, GAP, MOST, COUNT }; /* of uart.config */
	uint32_t config[COUNT];
	int32_t error;

	for (uint32_t i = 0; i < COUNT; i++)
		config[i] = MOTE_ARGUMENT(1 + i);
	if (config[PARITY] >= MOTE_UART_PARITY_COUNT) {
		call->trap = mote_reason_case;
		return 0;
	}
	if (config[BAUD] == 0 || config[DATA_BITS] < 5 || config[DATA_BITS] > 8 || config[STOP_BITS] < 1 || config[STOP_BITS] > 2 ||
	    config[GAP] < 1 || config[GAP] > MOTE_MAX_UART_GAP || config[MOST] < 1 || config[MOST] > MOTE_MAX_UART_BYTES)
		return MOTE_ERR_INVALID;
	error = mote_port_result(port_uart_open(call->self->id, MOTE_ARGUMENT(0), config));
	call->self->holds |= error == 0;
	return error;
}

MOTE_HANDLER(mote_uart_write, UART_WRITE)
{
	uint32_t len = MOTE_ARGUMENT(2);
	const uint8_t *bytes = mote_list(call, 1);

	if (bytes == NULL)
		return 0;
	if (len < 1 || len > MOTE_MAX_UART_BYTES)
		return len ? MOTE_ERR_TOO_BIG : MOTE_ERR_INVALID;
	return mote_port_result(port_uart_write(call->self->id, MOTE_ARGUMENT(0), bytes, len));
}

MOTE_HANDLER(mote_uart_close, UART_CLOSE)
{
	return mote_port_result(port_uart_close(call->self->id, MOTE_ARGUMENT(0)));
}

bool mote_datagram_allows(const struct mote_grants *grants, const char *peer, uint32_t len, bool *local)
{
	*local = false;
	if (mote_grants_allow(grants, MOTE_CAP_DATAGRAM, peer, len))
		return true;
	*local = mote_grants_allow(grants, MOTE_CAP_DATAGRAM, "local", 5);
	return *local;
}

MOTE_HANDLER(mote_datagram_bind, DATAGRAM_BIND)
{
	uint32_t port = MOTE_ARGUMENT(0);
	int32_t error;

	if (port > UINT16_MAX)
		return MOTE_ERR_INVALID;
	error = mote_port_result(port_datagram_bind(call->self->id, port));
	call->self->holds |= error == 0;
	return error;
}

MOTE_HANDLER(mote_datagram_send, DATAGRAM_SEND)
{
	uint32_t peer_len = MOTE_ARGUMENT(1), len = MOTE_ARGUMENT(3);
	const uint8_t *peer = mote_list(call, 0), *bytes = mote_list(call, 2);
	bool local;
	int32_t error;

	if (peer == NULL || bytes == NULL)
		return 0;
	if (!mote_datagram_allows(call->self->grants, (const char *)peer, peer_len, &local))
		return MOTE_ERR_DENIED;
	if (peer_len > MOTE_MAX_PEER || len > MOTE_MAX_DATAGRAM)
		return MOTE_ERR_TOO_BIG;
	error = mote_port_result(port_datagram_send(call->self->id, local, (const char *)peer, peer_len, bytes, len));
	call->self->holds |= error == 0;
	return error;
}

MOTE_HANDLER(mote_datagram_close, DATAGRAM_CLOSE)
{
	return mote_port_result(port_datagram_close(call->self->id));
}

MOTE_HANDLER(mote_http_get, HTTP_GET)
{
	uint32_t url_len = MOTE_ARGUMENT(1), len = MOTE_ARGUMENT(3), tag_len = MOTE_ARGUMENT(5);
	const uint8_t *url = mote_list(call, 0), *tag = mote_list(call, 4);
	int32_t error;

	if (url == NULL || tag == NULL)
		return 0;
	if (url_len > MOTE_MAX_URL || tag_len > MOTE_MAX_TAG)
		return MOTE_ERR_TOO_BIG;
	if (len == 0 || len > MOTE_MAX_HTTP)
		return MOTE_ERR_INVALID;
	error = mote_port_result(
		port_http_get(call->self->id, (const char *)url, url_len, MOTE_ARGUMENT(2), len, (const char *)tag, tag_len));
	call->self->holds |= error == 0;
	return error;
}
