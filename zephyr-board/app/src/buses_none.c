/* A board without buses for modules: every number names nothing. */
#include "board.h"
#include "contract.h"

int32_t port_i2c_transfer(uint32_t bus, uint32_t address, const uint8_t *script, uint32_t len, uint8_t *out, uint32_t out_len)
{
	(void)bus;
	(void)address;
	(void)script;
	(void)len;
	(void)out;
	(void)out_len;
	return MOTE_ERR_NOT_FOUND;
}

int32_t port_spi_transfer(uint32_t bus, uint32_t select, uint32_t mode, uint32_t hertz, const uint8_t *script, uint32_t len, uint8_t *out, uint32_t out_len)
{
	(void)bus;
	(void)select;
	(void)mode;
	(void)hertz;
	(void)script;
	(void)len;
	(void)out;
	(void)out_len;
	return MOTE_ERR_NOT_FOUND;
}

int32_t port_one_wire_transfer(uint32_t bus, const uint8_t *script, uint32_t len, uint8_t *out, uint32_t out_len)
{
	(void)bus;
	(void)script;
	(void)len;
	(void)out;
	(void)out_len;
	return MOTE_ERR_NOT_FOUND;
}

int32_t port_gpio_input(uint32_t pin, uint32_t pull)
{
	(void)pin;
	(void)pull;
	return MOTE_ERR_NOT_FOUND;
}

int32_t port_gpio_read(uint32_t pin)
{
	(void)pin;
	return MOTE_ERR_NOT_FOUND;
}

int32_t port_gpio_write(uint32_t pin, uint32_t high)
{
	(void)pin;
	(void)high;
	return MOTE_ERR_NOT_FOUND;
}

int32_t port_gpio_watch(uint32_t actor, uint32_t pin, uint32_t edge)
{
	(void)actor;
	(void)pin;
	(void)edge;
	return MOTE_ERR_NOT_FOUND;
}

int32_t port_gpio_shift(uint32_t data, uint32_t clock, uint32_t bits, uint32_t pulses, uint32_t micros, uint32_t *out)
{
	(void)data;
	(void)clock;
	(void)bits;
	(void)pulses;
	(void)micros;
	(void)out;
	return MOTE_ERR_NOT_FOUND;
}

int32_t port_adc_read(uint32_t unit, uint32_t channel, uint32_t bits, uint32_t samples, int32_t *millivolts)
{
	(void)unit;
	(void)channel;
	(void)bits;
	(void)samples;
	(void)millivolts;
	return MOTE_ERR_NOT_FOUND;
}

int32_t port_pwm_set(uint32_t unit, uint32_t channel, uint32_t period, uint32_t pulse)
{
	(void)unit;
	(void)channel;
	(void)period;
	(void)pulse;
	return MOTE_ERR_NOT_FOUND;
}

int32_t port_uart_open(uint32_t actor, uint32_t port, const uint32_t config[6])
{
	(void)actor;
	(void)port;
	(void)config;
	return MOTE_ERR_NOT_FOUND;
}

int32_t port_uart_write(uint32_t actor, uint32_t port, const uint8_t *bytes, uint32_t len)
{
	(void)actor;
	(void)port;
	(void)bytes;
	(void)len;
	return MOTE_ERR_NOT_FOUND;
}

int32_t port_uart_close(uint32_t actor, uint32_t port)
{
	(void)actor;
	(void)port;
	return MOTE_ERR_NOT_FOUND;
}

int32_t port_datagram_bind(uint32_t actor, uint32_t port)
{
	(void)actor;
	(void)port;
	return MOTE_ERR_OFFLINE;
}

int32_t port_datagram_send(uint32_t actor, uint32_t local, const char *peer, uint32_t peer_len, const uint8_t *bytes, uint32_t len)
{
	(void)actor;
	(void)local;
	(void)peer;
	(void)peer_len;
	(void)bytes;
	(void)len;
	return MOTE_ERR_OFFLINE;
}

int32_t port_datagram_close(uint32_t actor)
{
	(void)actor;
	return MOTE_ERR_OFFLINE;
}

void port_release(uint32_t actor)
{
	(void)actor;
}
