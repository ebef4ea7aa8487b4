/*
 * Zephyr's emulated pins and converter, wired to the host's: inputs follow the host's levels, channel 3 its millivolts. Pins 4
 * and 5 are data and clock of a converter that is read bit by bit: the word is the host's, the bits go over the pins.
 */
#include <zephyr/drivers/adc/adc_emul.h>
#include <zephyr/drivers/gpio.h>
#include <zephyr/drivers/gpio/gpio_emul.h>
#include <zephyr/drivers/pwm.h>
#include <zephyr/kernel.h>

#include "host.h"

enum { DATA = 4, CLOCK = 5, BITS = 24, PULSES = 25, PINS = 32, ADC_CHANNEL = 3 };

static const struct device *const gpio = DEVICE_DT_GET(DT_NODELABEL(gpio0));
static struct gpio_callback wiring;
static uint32_t word, pulse; /* of a conversion that is being read; 0: none is */
static uint32_t told;        /* pins of which the host says each change by itself */

static void set_level(gpio_pin_t pin, bool high)
{
	gpio_emul_input_set(gpio, pin, high);
}

void host_level(uint32_t pin, bool high)
{
	told |= BIT(pin % PINS);
	set_level((gpio_pin_t)(pin % PINS), high);
}

/* A pin that the host does not have stays as it is. */
static void follow(gpio_pin_t pin)
{
	gpio_flags_t flags;
	int32_t level;

	if (told & BIT(pin) || gpio_emul_flags_get(gpio, pin, &flags) != 0 || !(flags & GPIO_INPUT))
		return;
	level = host_gpio_read(pin);
	if (level >= 0)
		set_level(pin, level);
}

void host_pins(void)
{
	for (gpio_pin_t pin = 0; pin < PINS; pin++)
		follow(pin);
}

/* A pin that the board drives has been set. */
static void on_output(const struct device *port, struct gpio_callback *callback, gpio_port_pins_t pins)
{
	ARG_UNUSED(callback);
	for (gpio_pin_t pin = 0; pin < PINS; pin++) {
		bool high = gpio_emul_output_get(port, pin) > 0;
		gpio_flags_t flags;

		if (!(pins & BIT(pin)) || gpio_emul_flags_get(port, pin, &flags) != 0 || !(flags & GPIO_OUTPUT))
			continue;
		if (pin != CLOCK) {
			host_gpio_write(pin, high);
		} else if (high) {
			if (pulse == 0)
				host_gpio_shift(DATA, CLOCK, BITS, PULSES, 1, &word);
			if (pulse < BITS)
				set_level(DATA, word >> (BITS - 1 - pulse) & 1);
			pulse++;
		} else if (pulse == 0) {
			host_gpio_write(CLOCK, 0);
		} else if (pulse == PULSES) {
			pulse = 0;
			follow(DATA);
		}
	}
}

static int millivolts(const struct device *device, unsigned int channel, void *data, uint32_t *result)
{
	int32_t value = 0;

	ARG_UNUSED(device);
	ARG_UNUSED(data);
	if (host_adc_read(0, channel, 0, 1, &value) < 0)
		return -EIO;
	*result = (uint32_t)value;
	return 0;
}

static int wire(void)
{
	gpio_init_callback(&wiring, on_output, UINT32_MAX);
	gpio_add_callback(gpio, &wiring);
	return adc_emul_value_func_set(DEVICE_DT_GET(DT_NODELABEL(adc0)), ADC_CHANNEL, millivolts, NULL);
}

SYS_INIT(wire, APPLICATION, 0);

static int set_cycles(const struct device *device, uint32_t channel, uint32_t period, uint32_t pulse_cycles, pwm_flags_t flags)
{
	ARG_UNUSED(device);
	ARG_UNUSED(flags);
	return host_errno(host_pwm_set(0, channel, period, pulse_cycles));
}

static int cycles_per_second(const struct device *device, uint32_t channel, uint64_t *cycles)
{
	ARG_UNUSED(device);
	ARG_UNUSED(channel);
	*cycles = NSEC_PER_SEC;
	return 0;
}

static const struct pwm_driver_api pwm_api = { .set_cycles = set_cycles, .get_cycles_per_sec = cycles_per_second };

DEVICE_DT_DEFINE(DT_NODELABEL(pwm0), NULL, NULL, NULL, NULL, POST_KERNEL, 99, &pwm_api);
