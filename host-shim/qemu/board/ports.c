/* The ports that the host answers: clock, random, settings, radio, MQTT. The log goes to the console, by semihosting. */
#include "ports.h"

#include <semihost.h>
#include <stddef.h>

#include "board.h"
#include "contract.h"
#include "link.h"

static char line[1600];
static uint32_t line_len;

/* What is no printable ASCII would break the line or the terminal: \xNN, which the host undoes. */
static void say(const char *text, uint32_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (uint32_t i = 0; i < len && line_len + 6 < sizeof line; i++) {
		uint8_t byte = (uint8_t)text[i];

		if (byte >= 0x20 && byte < 0x7f && byte != '\\') {
			line[line_len++] = (char)byte;
		} else {
			line[line_len++] = '\\';
			line[line_len++] = 'x';
			line[line_len++] = digits[byte >> 4];
			line[line_len++] = digits[byte & 15];
		}
	}
}

void port_log(uint32_t level, const char *who, uint32_t who_len, const char *text, uint32_t text_len)
{
	uint64_t before = board_instructions();

	line_len = 0;
	line[line_len++] = (char)('0' + level);
	line[line_len++] = ' ';
	say(who, who_len);
	line[line_len++] = '\t';
	say(text, text_len);
	line[line_len++] = '\n';
	line[line_len] = '\0';
	sys_semihost_write0(line); /* SYS_WRITE to ":tt" goes to QEMU's own output */
	link_outside += board_instructions() - before;
}

static uint64_t ask_u64(uint8_t code, int32_t *number)
{
	uint8_t bytes[8] = { 0 };

	link_begin(code);
	*number = link_ask(bytes, sizeof bytes, NULL);
	return link_load(bytes) | (uint64_t)link_load(bytes + 4) << 32;
}

uint64_t port_clock_now(void)
{
	int32_t number;

	return ask_u64(LINK_NOW, &number);
}

bool port_clock_unix(uint64_t *ms)
{
	int32_t known;
	uint64_t time = ask_u64(LINK_UNIX, &known);

	if (known)
		*ms = time;
	return known;
}

int32_t port_random(uint8_t *out, uint32_t len)
{
	link_begin(LINK_RANDOM);
	link_word(len);
	return link_ask(out, len, NULL);
}

int32_t port_settings_get(const char *name, uint32_t name_len, uint8_t *out, uint32_t cap)
{
	link_begin(LINK_SETTING);
	link_word(cap);
	link_bytes(name, name_len);
	return link_ask(out, cap, NULL);
}

int32_t port_radio_send(const uint8_t *frame, uint32_t len)
{
	link_begin(LINK_SEND);
	link_bytes(frame, len);
	return link_ask(NULL, 0, NULL);
}

bool port_mqtt_connected(void)
{
	link_begin(LINK_CONNECTED);
	return link_ask(NULL, 0, NULL);
}

int32_t port_mqtt_publish(const char *topic, uint32_t topic_len, const uint8_t *payload, uint32_t len, uint32_t qos)
{
	link_begin(LINK_PUBLISH);
	link_word(qos);
	link_word(topic_len);
	link_bytes(topic, topic_len);
	link_bytes(payload, len);
	return link_ask(NULL, 0, NULL);
}

int32_t port_mqtt_subscribe(uint32_t actor, const char *filter, uint32_t len)
{
	link_begin(LINK_SUBSCRIBE);
	link_word(actor);
	link_bytes(filter, len);
	return link_ask(NULL, 0, NULL);
}

void port_mqtt_forget(uint32_t actor)
{
	link_begin(LINK_FORGET);
	link_word(actor);
	link_ask(NULL, 0, NULL);
}
