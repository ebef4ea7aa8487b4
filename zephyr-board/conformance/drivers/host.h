/* The host's buses, as host-shim/qemu/board/ports_buses.c asks them: its port_ functions are called host_ in this image. */
#ifndef HOST_H
#define HOST_H

#include <stdint.h>

int32_t host_i2c_transfer(uint32_t bus, uint32_t address, const uint8_t *script, uint32_t len, uint8_t *out, uint32_t out_len);
int32_t host_spi_transfer(uint32_t bus, uint32_t select, uint32_t mode, uint32_t hertz, const uint8_t *script, uint32_t len,
			  uint8_t *out, uint32_t out_len);
int32_t host_one_wire_transfer(uint32_t bus, const uint8_t *script, uint32_t len, uint8_t *out, uint32_t out_len);
int32_t host_gpio_input(uint32_t pin, uint32_t pull);
int32_t host_gpio_read(uint32_t pin);
int32_t host_gpio_write(uint32_t pin, uint32_t high);
int32_t host_gpio_shift(uint32_t data, uint32_t clock, uint32_t bits, uint32_t pulses, uint32_t micros, uint32_t *out);
int32_t host_adc_read(uint32_t unit, uint32_t channel, uint32_t bits, uint32_t samples, int32_t *millivolts);
int32_t host_pwm_set(uint32_t unit, uint32_t channel, uint32_t period, uint32_t pulse);
int32_t host_uart_open(uint32_t actor, uint32_t port, const uint32_t config[6]);
int32_t host_uart_write(uint32_t actor, uint32_t port, const uint8_t *bytes, uint32_t len);
void host_release(uint32_t actor);

/* What a driver says for an error of the host's. */
int host_errno(int32_t code);

/* pins.c, serial.c: the host says that a level has changed, that bytes have come. host_pins: before each command. */
void host_pins(void);
void host_level(uint32_t pin, bool high);
void host_bytes(const uint8_t *bytes, uint32_t len);

#endif
