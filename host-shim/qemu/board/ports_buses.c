/* Buses, pins, converters, serial ports, datagrams and web servers: the host's, where the virtual parts are. */
#include "ports.h"

#include <stddef.h>

#include "contract.h"
#include "link.h"

/* A question of words alone. */
static void begin(uint8_t code, const uint32_t *words, uint32_t count)
{
	link_begin(code);
	for (uint32_t i = 0; i < count; i++)
		link_word(words[i]);
}

#define BEGIN(code, ...) \
	begin(code, (const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static int32_t ask(void)
{
	return link_ask(NULL, 0, NULL);
}

static int32_t ask_word(uint32_t *word)
{
	uint8_t bytes[4] = { 0 };
	int32_t number = link_ask(bytes, sizeof bytes, NULL);

	if (number >= 0)
		*word = link_load(bytes);
	return number;
}

int32_t port_i2c_transfer(uint32_t bus, uint32_t address, const uint8_t *script, uint32_t len, uint8_t *out, uint32_t out_len)
{
	BEGIN(LINK_I2C, bus, address, out_len);
	link_bytes(script, len);
	return link_ask(out, out_len, NULL);
}

int32_t port_spi_transfer(uint32_t bus, uint32_t select, uint32_t mode, uint32_t hertz, const uint8_t *script, uint32_t len,
			  uint8_t *out, uint32_t out_len)
{
	BEGIN(LINK_SPI, bus, select, mode, hertz, out_len);
	link_bytes(script, len);
	return link_ask(out, out_len, NULL);
}

int32_t port_one_wire_transfer(uint32_t bus, const uint8_t *script, uint32_t len, uint8_t *out, uint32_t out_len)
{
	BEGIN(LINK_ONE_WIRE, bus, out_len);
	link_bytes(script, len);
	return link_ask(out, out_len, NULL);
}

int32_t port_gpio_input(uint32_t pin, uint32_t pull)
{
	BEGIN(LINK_GPIO_INPUT, pin, pull);
	return ask();
}

int32_t port_gpio_read(uint32_t pin)
{
	BEGIN(LINK_GPIO_READ, pin);
	return ask();
}

int32_t port_gpio_write(uint32_t pin, uint32_t high)
{
	BEGIN(LINK_GPIO_WRITE, pin, high);
	return ask();
}

int32_t port_gpio_watch(uint32_t actor, uint32_t pin, uint32_t edge)
{
	BEGIN(LINK_GPIO_WATCH, actor, pin, edge);
	return ask();
}

int32_t port_gpio_shift(uint32_t data, uint32_t clock, uint32_t bits, uint32_t pulses, uint32_t micros, uint32_t *out)
{
	BEGIN(LINK_GPIO_SHIFT, data, clock, bits, pulses, micros);
	return ask_word(out);
}

int32_t port_adc_read(uint32_t unit, uint32_t channel, uint32_t bits, uint32_t samples, int32_t *millivolts)
{
	uint32_t word = 0;
	int32_t number;

	BEGIN(LINK_ADC_READ, unit, channel, bits, samples);
	number = ask_word(&word);
	if (number >= 0)
		*millivolts = (int32_t)word;
	return number;
}

int32_t port_pwm_set(uint32_t unit, uint32_t channel, uint32_t period, uint32_t pulse)
{
	BEGIN(LINK_PWM_SET, unit, channel, period, pulse);
	return ask();
}

int32_t port_uart_open(uint32_t actor, uint32_t port, const uint32_t config[6])
{
	BEGIN(LINK_UART_OPEN, actor, port, config[0], config[1], config[2], config[3], config[4], config[5]);
	return ask();
}

int32_t port_uart_write(uint32_t actor, uint32_t port, const uint8_t *bytes, uint32_t len)
{
	BEGIN(LINK_UART_WRITE, actor, port);
	link_bytes(bytes, len);
	return ask();
}

int32_t port_uart_close(uint32_t actor, uint32_t port)
{
	BEGIN(LINK_UART_CLOSE, actor, port);
	return ask();
}

int32_t port_datagram_bind(uint32_t actor, uint32_t port)
{
	BEGIN(LINK_DATAGRAM_BIND, actor, port);
	return ask();
}

int32_t port_datagram_send(uint32_t actor, uint32_t local, const char *peer, uint32_t peer_len, const uint8_t *bytes, uint32_t len)
{
	BEGIN(LINK_DATAGRAM_SEND, actor, local, peer_len);
	link_bytes(peer, peer_len);
	link_bytes(bytes, len);
	return ask();
}

int32_t port_datagram_close(uint32_t actor)
{
	BEGIN(LINK_DATAGRAM_CLOSE, actor);
	return ask();
}

int32_t port_http_get(uint32_t actor, const char *url, uint32_t url_len, uint32_t offset, uint32_t len, const char *tag,
		      uint32_t tag_len)
{
	BEGIN(LINK_HTTP_GET, actor, url_len, offset, len, tag_len);
	link_bytes(url, url_len);
	link_bytes(tag, tag_len);
	return ask();
}

void port_release(uint32_t actor)
{
	BEGIN(LINK_RELEASE, actor);
	ask();
}
