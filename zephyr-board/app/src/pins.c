/*
 * Pins, converters, PWM. Pin n is pin n % 32 of the node label gpio<n / 32>. Channel n of adc0 is the one of that number among the
 * io-channels of the devicetree's zephyr,user; channel n of pwm0 the n-th of its pwms: there the board says range and pin.
 */
#include <zephyr/device.h>
#include <zephyr/devicetree.h>
#include <zephyr/drivers/adc.h>
#include <zephyr/drivers/gpio.h>
#include <zephyr/drivers/pwm.h>
#include <zephyr/kernel.h>

#include "board.h"
#include "contract.h"

#define USER DT_PATH(zephyr_user)

#ifdef CONFIG_GPIO
#define GPIO(label) COND_CODE_1(DT_NODE_HAS_STATUS(DT_NODELABEL(label), okay), (DEVICE_DT_GET(DT_NODELABEL(label))), (NULL))
/* Pins that modules watch at the same time. */
#define MAX_WATCHED 8

static const struct device *const gpio[] = { GPIO(gpio0), GPIO(gpio1) };

/* A watched pin. The interrupt counts; the work queue tells: edges between two of its turns are one message with their count. */
static struct watch {
	struct gpio_callback callback;
	struct k_work work;
	const struct device *port;
	uint32_t actor, pin, edge;
	atomic_t count;
	uint32_t at;
	bool high;
} watched[MAX_WATCHED];

static const struct device *port_of(uint32_t pin)
{
	const struct device *device = pin / 32 < ARRAY_SIZE(gpio) ? gpio[pin / 32] : NULL;

	return device && device_is_ready(device) && ((const struct gpio_driver_config *)device->config)->port_pin_mask & BIT(pin % 32)
		       ? device
		       : NULL;
}

static void tell(struct k_work *work)
{
	struct watch *watch = CONTAINER_OF(work, struct watch, work);

	if (watch->port)
		inbox_gpio(watch->actor, watch->pin, watch->high, (uint32_t)atomic_get(&watch->count), watch->at);
}

static void edge(const struct device *port, struct gpio_callback *callback, gpio_port_pins_t pins)
{
	struct watch *watch = CONTAINER_OF(callback, struct watch, callback);

	ARG_UNUSED(pins);
	atomic_inc(&watch->count);
	watch->at = (uint32_t)k_uptime_get();
	watch->high = watch->edge == MOTE_GPIO_EDGE_BOTH ? gpio_pin_get_raw(port, watch->pin % 32) > 0
							: watch->edge == MOTE_GPIO_EDGE_RISING;
	k_work_submit(&watch->work);
}

static void unwatch(struct watch *watch)
{
	gpio_pin_interrupt_configure(watch->port, watch->pin % 32, GPIO_INT_DISABLE);
	gpio_remove_callback(watch->port, &watch->callback);
	watch->port = NULL;
}

int32_t port_gpio_input(uint32_t pin, uint32_t pull)
{
	static const gpio_flags_t flags[] = { 0, GPIO_PULL_UP, GPIO_PULL_DOWN };
	const struct device *port = port_of(pin);

	if (port == NULL)
		return MOTE_ERR_NOT_FOUND;
	return gpio_pin_configure(port, pin % 32, GPIO_INPUT | flags[pull]) == 0 ? 0 : MOTE_ERR_IO;
}

int32_t port_gpio_read(uint32_t pin)
{
	const struct device *port = port_of(pin);
	int level = port ? gpio_pin_get_raw(port, pin % 32) : 0;

	return port == NULL ? MOTE_ERR_NOT_FOUND : level < 0 ? MOTE_ERR_IO : level;
}

int32_t port_gpio_write(uint32_t pin, uint32_t high)
{
	const struct device *port = port_of(pin);

	if (port == NULL)
		return MOTE_ERR_NOT_FOUND;
	return gpio_pin_configure(port, pin % 32, high ? GPIO_OUTPUT_HIGH : GPIO_OUTPUT_LOW) == 0 ? 0 : MOTE_ERR_IO;
}

int32_t port_gpio_watch(uint32_t actor, uint32_t pin, uint32_t wanted)
{
	static const gpio_flags_t flags[] = { 0, GPIO_INT_EDGE_RISING, GPIO_INT_EDGE_FALLING, GPIO_INT_EDGE_BOTH };
	const struct device *port = port_of(pin);
	struct watch *place = NULL;

	if (port == NULL)
		return MOTE_ERR_NOT_FOUND;
	for (uint32_t i = 0; i < MAX_WATCHED; i++) {
		struct watch *watch = &watched[i];

		if (watch->port && watch->pin == pin) {
			if (watch->actor != actor)
				return MOTE_ERR_BUSY;
			unwatch(watch);
		}
		if (watch->port == NULL && place == NULL)
			place = watch;
	}
	if (wanted == MOTE_GPIO_EDGE_NONE)
		return 0;
	if (place == NULL)
		return MOTE_ERR_BUSY;
	place->actor = actor;
	place->pin = pin;
	place->edge = wanted;
	atomic_set(&place->count, 0);
	k_work_init(&place->work, tell);
	gpio_init_callback(&place->callback, edge, BIT(pin % 32));
	place->port = port;
	if (gpio_add_callback(port, &place->callback) == 0 &&
	    gpio_pin_interrupt_configure(port, pin % 32, flags[wanted]) == 0)
		return 0;
	unwatch(place);
	return MOTE_ERR_IO;
}

int32_t port_gpio_shift(uint32_t data, uint32_t clock, uint32_t bits, uint32_t pulses, uint32_t micros, uint32_t *out)
{
	const struct device *from = port_of(data), *to = port_of(clock);
	uint32_t got = 0;

	if (from == NULL || to == NULL)
		return MOTE_ERR_NOT_FOUND;
	for (uint32_t pulse = 0; pulse < pulses; pulse++) {
		/* A pulse that lasts longer means something else to many a part. */
		unsigned int key = irq_lock();

		gpio_pin_set_raw(to, clock % 32, 1);
		k_busy_wait(micros);
		if (pulse < bits)
			got = got << 1 | (gpio_pin_get_raw(from, data % 32) > 0);
		gpio_pin_set_raw(to, clock % 32, 0);
		irq_unlock(key);
		k_busy_wait(micros);
	}
	*out = got;
	return 0;
}

void pins_release(uint32_t actor)
{
	for (uint32_t i = 0; i < MAX_WATCHED; i++)
		if (watched[i].port && watched[i].actor == actor)
			unwatch(&watched[i]);
}
#else
int32_t port_gpio_input(uint32_t pin, uint32_t pull)
{
	ARG_UNUSED(pin);
	ARG_UNUSED(pull);
	return MOTE_ERR_NOT_FOUND;
}

int32_t port_gpio_read(uint32_t pin)
{
	ARG_UNUSED(pin);
	return MOTE_ERR_NOT_FOUND;
}

int32_t port_gpio_write(uint32_t pin, uint32_t high)
{
	ARG_UNUSED(pin);
	ARG_UNUSED(high);
	return MOTE_ERR_NOT_FOUND;
}

int32_t port_gpio_watch(uint32_t actor, uint32_t pin, uint32_t edge)
{
	ARG_UNUSED(actor);
	ARG_UNUSED(pin);
	ARG_UNUSED(edge);
	return MOTE_ERR_NOT_FOUND;
}

int32_t port_gpio_shift(uint32_t data, uint32_t clock, uint32_t bits, uint32_t pulses, uint32_t micros, uint32_t *out)
{
	ARG_UNUSED(data);
	ARG_UNUSED(clock);
	ARG_UNUSED(bits);
	ARG_UNUSED(pulses);
	ARG_UNUSED(micros);
	ARG_UNUSED(out);
	return MOTE_ERR_NOT_FOUND;
}

void pins_release(uint32_t actor)
{
	ARG_UNUSED(actor);
}
#endif

#if defined(CONFIG_ADC) && DT_NODE_HAS_PROP(USER, io_channels)
#define CHANNEL(node, property, index) ADC_DT_SPEC_GET_BY_IDX(node, index),

int32_t port_adc_read(uint32_t unit, uint32_t channel, uint32_t bits, uint32_t samples, int32_t *millivolts)
{
	static const struct adc_dt_spec channels[] = { DT_FOREACH_PROP_ELEM(USER, io_channels, CHANNEL) };
	int64_t sum = 0;

	for (size_t i = 0; unit == 0 && i < ARRAY_SIZE(channels); i++) {
		struct adc_dt_spec spec = channels[i];
		int16_t raw;
		struct adc_sequence sequence = { .buffer = &raw, .buffer_size = sizeof raw };

		if (spec.channel_id != channel)
			continue;
		if (bits && bits < spec.resolution)
			spec.resolution = (uint8_t)bits;
		if (!device_is_ready(spec.dev) || adc_channel_setup_dt(&spec) != 0 || adc_sequence_init_dt(&spec, &sequence) != 0)
			return MOTE_ERR_IO;
		for (uint32_t sample = 0; sample < samples; sample++) {
			int32_t value;

			if (adc_read(spec.dev, &sequence) != 0)
				return MOTE_ERR_IO;
			value = spec.channel_cfg.differential ? raw : (uint16_t)raw;
			if (adc_raw_to_millivolts_dt(&spec, &value) != 0)
				return MOTE_ERR_IO;
			sum += value;
		}
		*millivolts = (int32_t)(sum / (int64_t)samples);
		return 0;
	}
	return MOTE_ERR_NOT_FOUND;
}
#else
int32_t port_adc_read(uint32_t unit, uint32_t channel, uint32_t bits, uint32_t samples, int32_t *millivolts)
{
	ARG_UNUSED(unit);
	ARG_UNUSED(channel);
	ARG_UNUSED(bits);
	ARG_UNUSED(samples);
	ARG_UNUSED(millivolts);
	return MOTE_ERR_NOT_FOUND;
}
#endif

#if defined(CONFIG_PWM) && DT_NODE_HAS_PROP(USER, pwms)
#define OUTPUT(node, property, index) PWM_DT_SPEC_GET_BY_IDX(node, index),

int32_t port_pwm_set(uint32_t unit, uint32_t channel, uint32_t period, uint32_t pulse)
{
	static const struct pwm_dt_spec outputs[] = { DT_FOREACH_PROP_ELEM(USER, pwms, OUTPUT) };

	if (unit != 0 || channel >= ARRAY_SIZE(outputs) || !device_is_ready(outputs[channel].dev))
		return MOTE_ERR_NOT_FOUND;
	return pwm_set_dt(&outputs[channel], period, pulse) == 0 ? 0 : MOTE_ERR_INVALID;
}
#else
int32_t port_pwm_set(uint32_t unit, uint32_t channel, uint32_t period, uint32_t pulse)
{
	ARG_UNUSED(unit);
	ARG_UNUSED(channel);
	ARG_UNUSED(period);
	ARG_UNUSED(pulse);
	return MOTE_ERR_NOT_FOUND;
}
#endif
