#include "mock_ports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "ports.h"

struct mock mock;

static const char *modules;

static struct builtin {
	char name[33];
	uint8_t *bytes;
	int32_t size;
} cache[80];

void mock_reset(const char *folder)
{
	memset(&mock, 0, sizeof mock);
	mock.knows_time = true;
	mock.now = 1000;
	modules = folder;
}

int mock_find(uint32_t from, const char *line)
{
	for (uint32_t i = from; i < mock.line_count; i++)
		if (strcmp(mock.lines[i], line) == 0)
			return (int)i;
	return -1;
}

static int32_t outcome(void)
{
	int32_t code = mock.fails;

	mock.fails = 0;
	return code;
}

void port_log(uint32_t level, const char *who, uint32_t who_len, const char *text, uint32_t text_len)
{
	if (mock.line_count < MOCK_LINES) {
		mock.levels[mock.line_count] = level;
		snprintf(mock.lines[mock.line_count++], sizeof mock.lines[0], "%.*s: %.*s", (int)who_len, who, (int)text_len, text);
	}
	if (getenv("MOCK_LOG"))
		fprintf(stderr, "  | %.*s: %.*s\n", (int)who_len, who, (int)text_len, text);
	if (mock.on_log)
		mock.on_log();
}

uint64_t port_clock_now(void)
{
	return mock.now;
}

bool port_clock_unix(uint64_t *ms)
{
	if (mock.knows_time)
		*ms = 0x0102030405060708;
	return mock.knows_time;
}

int32_t port_random(uint8_t *out, uint32_t len)
{
	int32_t code = outcome();

	for (uint32_t i = 0; code == 0 && i < len; i++)
		out[i] = (uint8_t)i;
	return code;
}

int32_t port_settings_get(const char *name, uint32_t name_len, uint8_t *out, uint32_t cap)
{
	int32_t code = outcome();

	if (code)
		return code;
	if (name_len == 5 && memcmp(name, "empty", 5) == 0)
		return 0;
	if (name_len < 1 || name[0] == '?')
		return MOTE_ERR_NOT_FOUND;
	if (name_len > cap)
		return MOTE_ERR_TOO_BIG;
	memcpy(out, name, name_len); /* each setting's value is its name */
	return (int32_t)name_len;
}

int32_t port_radio_send(const uint8_t *frame, uint32_t len)
{
	snprintf(mock.last, sizeof mock.last, "radio %.*s", (int)len, (const char *)frame);
	return outcome();
}

bool port_mqtt_connected(void)
{
	return true;
}

int32_t port_mqtt_publish(const char *topic, uint32_t topic_len, const uint8_t *payload, uint32_t len, uint32_t qos)
{
	snprintf(mock.last, sizeof mock.last, "publish %.*s %.*s %u", (int)topic_len, topic, (int)len, (const char *)payload,
		 (unsigned)qos);
	return outcome();
}

int32_t port_mqtt_subscribe(uint32_t actor, const char *filter, uint32_t len)
{
	snprintf(mock.last, sizeof mock.last, "subscribe %u %.*s", (unsigned)actor, (int)len, filter);
	return outcome();
}

void port_mqtt_forget(uint32_t actor)
{
	mock.forgotten = actor;
}

int32_t port_flash_describe(uint32_t region, uint32_t out[4])
{
	int32_t code = region > 1 ? MOTE_ERR_INVALID : 0;

	if (code == 0)
		memcpy(out, (const uint32_t[]){ MOCK_FLASH, MOCK_SECTOR, MOCK_ALIGN, 0xff }, 16);
	return code;
}

int32_t port_flash_read(uint32_t region, uint32_t offset, uint8_t *out, uint32_t len)
{
	int32_t code = outcome();

	if (code == 0)
		memcpy(out, mock.flash[region] + offset, len);
	return code;
}

int32_t port_flash_program(uint32_t region, uint32_t offset, const uint8_t *data, uint32_t len)
{
	int32_t code = outcome();

	if (code == 0)
		memcpy(mock.flash[region] + offset, data, len);
	return code;
}

int32_t port_flash_erase(uint32_t region, uint32_t offset, uint32_t len)
{
	int32_t code = outcome();

	if (code == 0)
		memset(mock.flash[region] + offset, 0xff, len);
	return code;
}

/* A bus answers its number, address or select, and then 1, 2, 3 ... */
static int32_t transfer(const char *bus, uint32_t unit, uint32_t line, uint32_t len, uint8_t *out, uint32_t out_len)
{
	snprintf(mock.last, sizeof mock.last, "%s %u %u %u %u", bus, (unsigned)unit, (unsigned)line, (unsigned)len, (unsigned)out_len);
	for (uint32_t i = 0; i < out_len; i++)
		out[i] = (uint8_t)(i == 0 ? unit : i == 1 ? line : i);
	return outcome();
}

int32_t port_i2c_transfer(uint32_t bus, uint32_t address, const uint8_t *script, uint32_t len, uint8_t *out, uint32_t out_len)
{
	(void)script;
	return transfer("i2c", bus, address, len, out, out_len);
}

int32_t port_spi_transfer(uint32_t bus, uint32_t select, uint32_t mode, uint32_t hertz, const uint8_t *script, uint32_t len,
			  uint8_t *out, uint32_t out_len)
{
	(void)script;
	(void)mode;
	(void)hertz;
	return transfer("spi", bus, select, len, out, out_len);
}

int32_t port_one_wire_transfer(uint32_t bus, const uint8_t *script, uint32_t len, uint8_t *out, uint32_t out_len)
{
	(void)script;
	return transfer("one-wire", bus, 0, len, out, out_len);
}

int32_t port_gpio_input(uint32_t pin, uint32_t pull)
{
	snprintf(mock.last, sizeof mock.last, "input %u %u", (unsigned)pin, (unsigned)pull);
	return outcome();
}

int32_t port_gpio_read(uint32_t pin)
{
	int32_t code = outcome();

	return code ? code : (int32_t)(pin & 1);
}

int32_t port_gpio_write(uint32_t pin, uint32_t high)
{
	snprintf(mock.last, sizeof mock.last, "write %u %u", (unsigned)pin, (unsigned)high);
	return outcome();
}

int32_t port_gpio_watch(uint32_t actor, uint32_t pin, uint32_t edge)
{
	snprintf(mock.last, sizeof mock.last, "watch %u %u %u", (unsigned)actor, (unsigned)pin, (unsigned)edge);
	return outcome();
}

int32_t port_gpio_shift(uint32_t data, uint32_t clock, uint32_t bits, uint32_t pulses, uint32_t micros, uint32_t *out)
{
	(void)micros;
	*out = data << 24 | clock << 16 | bits << 8 | pulses;
	return outcome();
}

int32_t port_adc_read(uint32_t unit, uint32_t channel, uint32_t bits, uint32_t samples, int32_t *millivolts)
{
	*millivolts = -(int32_t)(unit * 1000 + channel * 100 + bits + samples);
	return outcome();
}

int32_t port_pwm_set(uint32_t unit, uint32_t channel, uint32_t period, uint32_t pulse)
{
	snprintf(mock.last, sizeof mock.last, "pwm %u %u %u %u", (unsigned)unit, (unsigned)channel, (unsigned)period, (unsigned)pulse);
	return outcome();
}

int32_t port_uart_open(uint32_t actor, uint32_t port, const uint32_t config[6])
{
	snprintf(mock.last, sizeof mock.last, "open %u %u %u %u %u %u %u %u", (unsigned)actor, (unsigned)port, (unsigned)config[0],
		 (unsigned)config[1], (unsigned)config[2], (unsigned)config[3], (unsigned)config[4], (unsigned)config[5]);
	return outcome();
}

int32_t port_uart_write(uint32_t actor, uint32_t port, const uint8_t *bytes, uint32_t len)
{
	snprintf(mock.last, sizeof mock.last, "uart %u %u %.*s", (unsigned)actor, (unsigned)port, (int)len, (const char *)bytes);
	return outcome();
}

int32_t port_uart_close(uint32_t actor, uint32_t port)
{
	snprintf(mock.last, sizeof mock.last, "close %u %u", (unsigned)actor, (unsigned)port);
	return outcome();
}

int32_t port_datagram_bind(uint32_t actor, uint32_t port)
{
	snprintf(mock.last, sizeof mock.last, "bind %u %u", (unsigned)actor, (unsigned)port);
	return outcome();
}

int32_t port_datagram_send(uint32_t actor, uint32_t local, const char *peer, uint32_t peer_len, const uint8_t *bytes, uint32_t len)
{
	snprintf(mock.last, sizeof mock.last, "datagram %u %u %.*s %.*s", (unsigned)actor, (unsigned)local, (int)peer_len, peer,
		 (int)len, (const char *)bytes);
	return outcome();
}

int32_t port_datagram_close(uint32_t actor)
{
	snprintf(mock.last, sizeof mock.last, "unbind %u", (unsigned)actor);
	return outcome();
}

int32_t port_http_get(uint32_t actor, const char *url, uint32_t url_len, uint32_t offset, uint32_t len, const char *tag,
		      uint32_t tag_len)
{
	snprintf(mock.last, sizeof mock.last, "get %u %.*s %u %u %.*s", (unsigned)actor, (int)url_len, url, (unsigned)offset,
		 (unsigned)len, (int)tag_len, tag);
	return outcome();
}

void port_release(uint32_t actor)
{
	mock.released = actor;
}

const uint8_t *port_flash_map(uint32_t region, uint32_t offset, uint32_t len)
{
	(void)len;
	return mock.mapped ? mock.flash[region] + offset : NULL;
}

static struct builtin *builtin(const char *name, uint32_t name_len)
{
	char path[512];
	struct builtin *free_place = NULL;
	FILE *file;

	for (size_t i = 0; i < sizeof cache / sizeof cache[0]; i++) {
		if (cache[i].bytes && strlen(cache[i].name) == name_len && memcmp(cache[i].name, name, name_len) == 0)
			return &cache[i];
		if (cache[i].bytes == NULL && free_place == NULL)
			free_place = &cache[i];
	}
	snprintf(path, sizeof path, "%s/%.*s.wasm", modules, (int)name_len, name);
	file = fopen(path, "rb");
	if (file == NULL || free_place == NULL)
		return NULL;
	/* Not malloc: some tests let it fail. Each module is read once and kept. */
	static uint8_t arena[512 * 1024];
	static size_t used;
	free_place->bytes = arena + used;
	free_place->size = (int32_t)fread(free_place->bytes, 1, sizeof arena - used, file);
	used += (size_t)free_place->size + 1;
	fclose(file);
	snprintf(free_place->name, sizeof free_place->name, "%.*s", (int)name_len, name);
	return free_place;
}

int32_t port_builtin_size(const char *name, uint32_t name_len)
{
	const struct builtin *found = builtin(name, name_len);

	return found ? found->size : MOTE_ERR_NOT_FOUND;
}

const uint8_t *port_builtin_map(const char *name, uint32_t name_len)
{
	const struct builtin *found = builtin(name, name_len);

	return found && mock.mapped ? found->bytes : NULL;
}

int32_t port_builtin_read(const char *name, uint32_t name_len, uint8_t *out, uint32_t cap)
{
	const struct builtin *found = builtin(name, name_len);
	int32_t code = outcome();

	if (code)
		return code;
	if (found == NULL || (uint32_t)found->size > cap)
		return MOTE_ERR_NOT_FOUND;
	memcpy(out, found->bytes, (size_t)found->size);
	return found->size;
}
