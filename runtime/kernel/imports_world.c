/* The imports that reach the world: log, clock, timers, random, settings, radio, MQTT, flash. */
#include <string.h>

#include "guest.h"
#include "imports.h"
#include "ports.h"
#include "timers.h"

MOTE_HANDLER_DIRECT(mote_log_write)
{
	uint32_t level = MOTE_ARGUMENT(0), len = MOTE_ARGUMENT(2);
	const char *text = (const char *)mote_list(call, 1);

	if (text == NULL)
		return 0;
	if (level >= MOTE_LOG_LEVEL_COUNT) {
		call->trap = mote_reason_case;
		return 0;
	}
	if (len > MOTE_MAX_LOG_TEXT) {
		len = MOTE_MAX_LOG_TEXT;
		while (len > 0 && ((uint8_t)text[len] & 0xc0) == 0x80) /* keep UTF-8 sequences whole */
			len--;
	}
	port_log(level, call->self->name, call->self->name_len, text, len);
	return 0;
}

MOTE_HANDLER_DIRECT(mote_clock_now)
{
	call->result = port_clock_now();
	return 0;
}

MOTE_HANDLER(mote_clock_unix, CLOCK_UNIX)
{
	uint64_t ms = 0;

	call->some = port_clock_unix(&ms);
	if (call->some) {
		mote_guest_store(call->payload, (uint32_t)ms);
		mote_guest_store(call->payload + 4, (uint32_t)(ms >> 32));
	}
	return 0;
}

MOTE_HANDLER(mote_timer_set, TIMER_SET)
{
	uint32_t delay = MOTE_ARGUMENT(1);

	if (delay > MOTE_MAX_DELAY)
		return MOTE_ERR_INVALID;
	return mote_timers_arm(call->self, MOTE_ARGUMENT(0), port_clock_now() + delay, 0);
}

MOTE_HANDLER_DIRECT(mote_timer_cancel)
{
	mote_timers_disarm(call->self, MOTE_ARGUMENT(0));
	return 0;
}

MOTE_HANDLER(mote_timer_every, TIMER_EVERY)
{
	uint32_t period = MOTE_ARGUMENT(1);

	if (period < 1 || period > MOTE_MAX_DELAY)
		return MOTE_ERR_INVALID;
	return mote_timers_arm(call->self, MOTE_ARGUMENT(0), port_clock_now() + period, period);
}

MOTE_HANDLER(mote_timer_at, TIMER_AT)
{
	return mote_timers_arm(call->self, MOTE_ARGUMENT(0), call->arguments[1], 0);
}

MOTE_HANDLER(mote_random_get, RANDOM_GET)
{
	uint32_t len = MOTE_ARGUMENT(0);
	uint8_t *out;

	if (len < 1 || len > MOTE_MAX_RANDOM)
		return MOTE_ERR_INVALID;
	out = mote_list_result(call, len);
	return out ? mote_port_result(port_random(out, len)) : 0;
}

MOTE_HANDLER(mote_settings_get, SETTINGS_GET)
{
	uint8_t value[MOTE_MAX_SETTING];
	const uint8_t *name = mote_list(call, 0);
	int32_t len;
	uint8_t *out;

	if (name == NULL)
		return 0;
	len = port_settings_get((const char *)name, MOTE_ARGUMENT(1), value, sizeof value);
	if (len < 0)
		return mote_port_result(len);
	if (len > (int32_t)sizeof value)
		return MOTE_ERR_IO;
	out = mote_list_result(call, (uint32_t)len);
	if (out && len)
		memcpy(out, value, (uint32_t)len);
	return 0;
}

MOTE_HANDLER(mote_radio_send, RADIO_SEND)
{
	uint32_t len = MOTE_ARGUMENT(1);
	const uint8_t *frame = mote_list(call, 0);

	if (frame == NULL)
		return 0;
	if (len > MOTE_MAX_FRAME)
		return MOTE_ERR_TOO_BIG;
	return mote_port_result(port_radio_send(frame, len));
}

MOTE_HANDLER_DIRECT(mote_mqtt_connected)
{
	call->result = port_mqtt_connected();
	return 0;
}

MOTE_HANDLER(mote_mqtt_publish, MQTT_PUBLISH)
{
	const uint8_t *topic = mote_list(call, 0), *payload = mote_list(call, 2);
	uint32_t qos = MOTE_ARGUMENT(4);

	if (topic == NULL || payload == NULL)
		return 0;
	if (qos >= MOTE_MQTT_QOS_COUNT) {
		call->trap = mote_reason_case;
		return 0;
	}
	return mote_port_result(port_mqtt_publish((const char *)topic, MOTE_ARGUMENT(1), payload, MOTE_ARGUMENT(3), qos));
}

MOTE_HANDLER(mote_mqtt_subscribe, MQTT_SUBSCRIBE)
{
	const uint8_t *filter = mote_list(call, 0);
	int32_t error;

	if (filter == NULL)
		return 0;
	error = mote_port_result(port_mqtt_subscribe(call->self->id, (const char *)filter, MOTE_ARGUMENT(1)));
	if (error == 0)
		call->self->subscribed = true;
	return error;
}

enum { SIZE, SECTOR, ALIGN, ERASED }; /* of a geometry */

/* Whether [offset, offset + len) lies in the region and both are multiples of `unit` (an index of the geometry, or -1). */
static int32_t check_extent(uint32_t region, uint32_t offset, uint32_t len, int unit)
{
	uint32_t geometry[4] = { 0 };
	int32_t error = mote_port_result(port_flash_describe(region, geometry));

	if (error)
		return error;
	if (len == 0 || offset > geometry[SIZE] || len > geometry[SIZE] - offset)
		return MOTE_ERR_INVALID;
	if (unit >= 0 && (geometry[unit] == 0 || offset % geometry[unit] || len % geometry[unit]))
		return MOTE_ERR_INVALID;
	return 0;
}

MOTE_HANDLER(mote_flash_describe, FLASH_DESCRIBE)
{
	uint32_t geometry[4] = { 0 };
	int32_t error = mote_port_result(port_flash_describe(MOTE_ARGUMENT(0), geometry));

	if (error)
		return error;
	mote_guest_store(call->payload + MOTE_FLASH_GEOMETRY_AT_SIZE, geometry[SIZE]);
	mote_guest_store(call->payload + MOTE_FLASH_GEOMETRY_AT_SECTOR, geometry[SECTOR]);
	mote_guest_store(call->payload + MOTE_FLASH_GEOMETRY_AT_ALIGN, geometry[ALIGN]);
	call->payload[MOTE_FLASH_GEOMETRY_AT_ERASED] = (uint8_t)geometry[ERASED];
	return 0;
}

MOTE_HANDLER(mote_flash_read, FLASH_READ)
{
	uint32_t region = MOTE_ARGUMENT(0), offset = MOTE_ARGUMENT(1), len = MOTE_ARGUMENT(2);
	int32_t error = len > MOTE_MAX_FLASH_READ ? MOTE_ERR_INVALID : check_extent(region, offset, len, -1);
	uint8_t *out;

	if (error)
		return error;
	out = mote_list_result(call, len);
	return out ? mote_port_result(port_flash_read(region, offset, out, len)) : 0;
}

MOTE_HANDLER(mote_flash_program, FLASH_PROGRAM)
{
	uint32_t region = MOTE_ARGUMENT(0), offset = MOTE_ARGUMENT(1), len = MOTE_ARGUMENT(3);
	const uint8_t *data = mote_list(call, 2);
	int32_t error;

	if (data == NULL)
		return 0;
	error = check_extent(region, offset, len, ALIGN);
	return error ? error : mote_port_result(port_flash_program(region, offset, data, len));
}

MOTE_HANDLER(mote_flash_erase, FLASH_ERASE)
{
	uint32_t region = MOTE_ARGUMENT(0), offset = MOTE_ARGUMENT(1), len = MOTE_ARGUMENT(2);
	int32_t error = check_extent(region, offset, len, SECTOR);

	return error ? error : mote_port_result(port_flash_erase(region, offset, len));
}
