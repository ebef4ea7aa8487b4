/* Imports: grants and scopes, arguments, ports that fail. */
#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "bounds.h"
#include "check.h"
#include "contract.h"
#include "kernel.h"
#include "mock_ports.h"
#include "script.h"
#include "subjects.h"

static const char *modules;

static void log_lines_are_cut_between_characters(void)
{
	struct script script = { 0 };
	char long_text[300];
	uint32_t at;

	boot(modules);
	memset(long_text, 'x', sizeof long_text);
	memcpy(long_text + 255, "\xc3\xa4", 2);
	at = data(&script, long_text, sizeof long_text);
	op(&script, LOG_WRITE, 3, 3u, at, (uint32_t)sizeof long_text);
	op(&script, LOG_WRITE, 3, 2u, at, 256u);
	op(&script, LOG_WRITE, 3, 0u, at, 0u);
	tell(1, &script);
	CHECK(mock.line_count == 3);
	CHECK(strlen(mock.lines[0]) == strlen("probe: ") + 255 && mock.levels[0] == 3);
	CHECK(strlen(mock.lines[1]) == strlen("probe: ") + 256);
	CHECK(strcmp(mock.lines[2], "probe: ") == 0);
}

static void clocks_and_random(void)
{
	struct script script = { 0 };

	boot(modules);
	op(&script, CLOCK_NOW, 0);
	tell(1, &script);
	CHECK(result_is("e803000000000000"));
	script = (struct script){ 0 };
	op(&script, CLOCK_UNIX, 1, RET);
	tell(1, &script);
	CHECK(result_is("01eeeeeeeeeeeeee0807060504030201") || result_is("01"));
	CHECK(strncmp(last_result() + 16, "0807060504030201", 16) == 0);
	mock.knows_time = false;
	tell(1, &script);
	CHECK(result_is("00"));

	script = (struct script){ 0 };
	op(&script, RANDOM_GET, 2, 4u, RET);
	op(&script, RANDOM_GET, 2, 256u, RET);
	clear();
	tell(1, &script);
	CHECK(SAID("probe: l 00 00010203"));
	script = (struct script){ 0 };
	op(&script, RANDOM_GET, 2, 0u, RET);
	op(&script, RANDOM_GET, 2, 257u, RET);
	clear();
	tell(1, &script);
	CHECK(mock.line_count == 2 && strcmp(mock.lines[0], "probe: l 01 01") == 0 && strcmp(mock.lines[1], mock.lines[0]) == 0);
}

/* A port that fails with any code: the module gets a value, and a bus's bytes only on success. */
static void failures_of_buses_become_values(void)
{
	static const int32_t codes[] = { MOTE_ERR_NACK, MOTE_ERR_TIMEOUT, MOTE_ERR_ARBITRATION, MOTE_ERR_BUSY, -99 };
	static const uint8_t steps[] = { MOTE_STEP_WRITE, 1, 0xd0, MOTE_STEP_READ, 3 };
	char expected[32];

	boot(modules);
	for (uint32_t i = 0; i <= sizeof codes / sizeof codes[0]; i++) {
		int32_t code = i == 0 ? 0 : codes[i - 1];
		struct script script = { 0 };

		op(&script, I2C_TRANSFER, 5, 2u, 0x76u, data(&script, steps, sizeof steps), (uint32_t)sizeof steps, RET);
		mock.fails = code;
		clear();
		tell(1, &script);
		if (code == 0) {
			CHECK(SAID("probe: l 00 027602") && strcmp(mock.last, "i2c 2 118 5 3") == 0);
			continue;
		}
		snprintf(expected, sizeof expected, "probe: l 01 %02x", (unsigned)MOTE_ERR_CASE(code == -99 ? MOTE_ERR_IO : code));
		CHECK(mock_find(0, expected) >= 0);
	}
}

static void who_ends_gives_its_ports_back(void)
{
	struct script script = { 0 };
	uint32_t id;

	boot(modules);
	id = spawn("probe", "");
	op(&script, UART_OPEN, 8, 1u, 9600u, 8u, 0u, 1u, 1u, 1u, RET);
	tell(id, &script);
	CHECK(mote_actor_record(id)->denied == 1 && mock.released == 0);
	script = (struct script){ 0 };
	op(&script, UART_OPEN, 8, 1u, 9600u, 8u, 1u, 1u, 1u, 1u, RET);
	tell(1, &script);
	CHECK(strcmp(mock.last, "open 1 1 9600 8 1 1 1 1") == 0);
	mote_shutdown();
	CHECK(mock.released == 1);
}

static void every_guarded_import_needs_its_grant(void)
{
	static const struct {
		uint32_t opcode, count, argument[6];
	} calls[] = {
		{ SETTINGS_GET, 3, { 100, 1, RET } },	    { RADIO_SEND, 3, { 100, 1, RET } },
		{ MQTT_PUBLISH, 6, { 100, 1, 100, 1, 0, RET } }, { MQTT_SUBSCRIBE, 3, { 100, 1, RET } },
		{ FLASH_DESCRIBE, 2, { 0, RET } },	    { FLASH_READ, 4, { 0, 0, 4, RET } },
		{ FLASH_PROGRAM, 5, { 0, 0, 100, 4, RET } },  { FLASH_ERASE, 4, { 0, 0, 1024, RET } },
		{ MAIL_SEND, 4, { 1, 100, 1, RET } },	    { ACTORS_STOP, 2, { 1, RET } },
		{ ACTORS_TICK, 2, { 1, RET } },		    { ACTORS_CHECK, 2, { 1, RET } },
		{ ACTORS_INSPECT, 2, { 1, RET } },	    { I2C_TRANSFER, 5, { 0, 0, 100, 0, RET } },
		{ ONE_WIRE_TRANSFER, 4, { 0, 100, 1, RET } }, { GPIO_READ, 2, { 0, RET } },
		{ GPIO_SHIFT, 6, { 0, 1, 1, 1, 1, RET } },    { ADC_READ, 5, { 0, 0, 0, 1, RET } },
		{ DATAGRAM_SEND, 5, { 100, 1, 100, 1, RET } },
	};
	const uint32_t count = sizeof calls / sizeof calls[0];
	uint32_t id;

	boot(modules);
	id = spawn("probe", "");
	for (uint32_t i = 0; i < count; i++) {
		struct script script = { 0 };
		const uint32_t *a = calls[i].argument;

		op(&script, calls[i].opcode, calls[i].count, a[0], a[1], a[2], a[3], a[4], a[5]);
		clear();
		tell(id, &script);
		CHECK(SAID("child: l 01 00") || result_is("0100") || result_is("01eeeeee00"));
		CHECK(mote_actor_record(id)->denied == i + 1);
		CHECK(mote_actor_record(id)->state == MOTE_ACTORS_STATE_RUNNING);
	}
	/* spawn, too, and it is counted. */
	CHECK(spawn_by(id, &plain) == 0 && result_is("01eeeeee00"));
	CHECK(mote_actor_record(id)->denied == count + 1);
	CHECK(mock.last[0] == '\0');
}

static void scopes_limit_what_a_grant_allows(void)
{
	struct script script = { 0 };
	uint32_t id, inside, outside, topic;

	boot(modules);
	id = spawn("probe", "settings:keys/ mqtt-publish:telemetry mqtt-subscribe:cmd/ flash:slots radio-send:x");
	inside = text(&script, "keys/1");
	outside = text(&script, "id");
	topic = text(&script, "telemetry");
	op(&script, SETTINGS_GET, 3, inside, 6u, RET);
	op(&script, SETTINGS_GET, 3, outside, 2u, RET);
	clear();
	tell(id, &script);
	CHECK(SAID("child: l 00 6b6579732f31") && SAID("child: l 01 00"));
	script.code_len = 0;
	op(&script, MQTT_PUBLISH, 6, topic, 9u, inside, 6u, 1u, RET);
	tell(id, &script);
	CHECK(result_is("00") && strcmp(mock.last, "publish telemetry keys/1 1") == 0);
	script.code_len = 0;
	op(&script, MQTT_PUBLISH, 6, topic, 8u, inside, 6u, 1u, RET);
	tell(id, &script);
	CHECK(result_is("0100"));
	script.code_len = 0;
	op(&script, FLASH_ERASE, 4, 0u, 0u, 1024u, RET);
	tell(id, &script);
	CHECK(result_is("0100"));
	script.code_len = 0;
	op(&script, FLASH_ERASE, 4, 1u, 0u, 1024u, RET);
	tell(id, &script);
	CHECK(result_is("00") && mock.flash[1][1023] == 0xff && mock.flash[1][1024] == 0);
	/* A scope where the contract knows none is not met by anything. */
	script.code_len = 0;
	op(&script, RADIO_SEND, 3, inside, 1u, RET);
	tell(id, &script);
	CHECK(result_is("0100"));
	CHECK(mote_actor_record(id)->denied == 4);
}

static void who_may_read_flash_may_not_write_it(void)
{
	static const struct {
		const char *grants;
		uint32_t denied; /* of: read, program, erase in slots, read in journal */
	} kinds[] = {
		{ "flash", 0 }, { "flash:slots", 1 }, { "flash:slots:read", 3 }, { "flash:slots:write", 2 }, { "flash:slots:r", 4 },
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct script script = { 0 };
		uint32_t id, bytes;

		boot(modules);
		id = spawn("probe", kinds[i].grants);
		bytes = text(&script, "12345678");
		op(&script, FLASH_ERASE, 4, 1u, 0u, 1024u, RET);
		op(&script, FLASH_PROGRAM, 5, 1u, 0u, bytes, 8u, RET);
		op(&script, FLASH_READ, 4, 1u, 0u, 8u, RET);
		op(&script, FLASH_READ, 4, 0u, 0u, 8u, RET);
		tell(id, &script);
		CHECK(mote_actor_record(id)->denied == kinds[i].denied);
		CHECK((mock.flash[1][0] == '1') == (kinds[i].denied < 3 && strstr(kinds[i].grants, ":read") == NULL));
	}
}

static void a_module_passes_on_only_what_it_holds(void)
{
	struct child child = plain;
	uint32_t id;

	boot(modules);
	id = spawn("probe", "actors settings:keys/ mail");
	child.grants = "settings:keys/ mail";
	CHECK(spawn_by(id, &child) != 0);
	child.grants = "settings:keys/meter/";
	CHECK(spawn_by(id, &child) != 0);
	child.grants = "settings";
	CHECK(spawn_by(id, &child) == 0 && result_is("01eeeeee00"));
	child.grants = "settings:key";
	CHECK(spawn_by(id, &child) == 0 && result_is("01eeeeee00"));
	child.grants = "mail radio-send";
	CHECK(spawn_by(id, &child) == 0 && result_is("01eeeeee00"));
	CHECK(mote_actor_record(id)->denied == 3);
}

static void addresses_outside_memory_end_the_module(void)
{
	/* memory is 8192 bytes */
	static const struct {
		uint32_t opcode, count, argument[6];
	} calls[] = {
		{ LOG_WRITE, 3, { 0, 8192, 1 } },
		{ LOG_WRITE, 3, { 0, 8191, 2 } },
		{ LOG_WRITE, 3, { 0, 0xffffffff, 1 } },
		{ LOG_WRITE, 3, { 0, 0xffffffff, 0xffffffff } },
		{ LOG_WRITE, 3, { 0, 1, 0xffffffff } },
		{ CLOCK_UNIX, 1, { 8192 - 8 } },
		{ CLOCK_UNIX, 1, { 0xfffffff8 } },
		{ TIMER_SET, 3, { 1, 1, 8191 } },
		{ RANDOM_GET, 2, { 1, 8192 - 8 } },
		{ SETTINGS_GET, 3, { 8000, 193, RET } },
		{ SETTINGS_GET, 3, { 100, 1, 8192 } },
		{ RADIO_SEND, 3, { 8000, 193, RET } },
		{ MQTT_PUBLISH, 6, { 8192, 1, 100, 1, 0, RET } },
		{ MQTT_PUBLISH, 6, { 100, 1, 8192, 1, 0, RET } },
		{ MQTT_PUBLISH, 6, { 100, 1, 100, 1, 0, 8191 } },
		{ MQTT_SUBSCRIBE, 3, { 100, 0x7fffffff, RET } },
		{ FLASH_DESCRIBE, 2, { 0, 8180 } },
		{ FLASH_READ, 4, { 0, 0, 4, 8188 } },
		{ FLASH_PROGRAM, 5, { 0, 0, 8190, 4, RET } },
		{ MAIL_SEND, 4, { 1, 8190, 4, RET } },
		{ MAIL_REPLY, 3, { 8190, 4, RET } },
		{ ACTORS_INSPECT, 2, { 1, 8192 - 24 } },
		{ CLOCK_UNIX, 1, { 1001 } }, /* not aligned */
		{ RANDOM_GET, 2, { 4, 1002 } },
	};

	for (uint32_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		struct script script = { 0 };
		const uint32_t *a = calls[i].argument;
		uint32_t id;

		boot(modules);
		id = spawn("probe", "settings radio-send mqtt-publish mqtt-subscribe flash mail actors");
		op(&script, calls[i].opcode, calls[i].count, a[0], a[1], a[2], a[3], a[4], a[5]);
		tell(id, &script);
		CHECK(SAID("probe: x 2 trap: address outside memory"));
		CHECK(!mote_halted());
	}
}

static void numbers_without_a_case_end_the_module(void)
{
	static const struct {
		uint32_t opcode, count, argument[6];
	} calls[] = {
		{ LOG_WRITE, 3, { 4, 100, 1 } },
		{ MQTT_PUBLISH, 6, { 100, 1, 100, 1, MOTE_MQTT_QOS_COUNT, RET } },
		{ FLASH_DESCRIBE, 2, { MOTE_FLASH_REGION_COUNT, RET } },
		{ FLASH_ERASE, 4, { 0xffffffff, 0, 1024, RET } },
	};

	for (uint32_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		struct script script = { 0 };
		const uint32_t *a = calls[i].argument;
		uint32_t id;

		boot(modules);
		id = spawn("probe", "mqtt-publish flash");
		op(&script, calls[i].opcode, calls[i].count, a[0], a[1], a[2], a[3], a[4], a[5]);
		tell(id, &script);
		CHECK(SAID("probe: x 2 trap: no such case"));
	}
}

static void flash_is_checked_against_its_geometry(void)
{
	static const struct {
		uint32_t opcode, offset, len;
		const char *want;
	} calls[] = {
		{ FLASH_ERASE, 0, 0, "0101" },		{ FLASH_ERASE, 0, 1000, "0101" },
		{ FLASH_ERASE, 512, 1024, "0101" },	{ FLASH_ERASE, MOCK_FLASH, 1024, "0101" },
		{ FLASH_ERASE, 1024, 0xfffffc00, "0101" }, { FLASH_ERASE, MOCK_FLASH - 1024, 1024, "00" },
		{ FLASH_PROGRAM, 2, 4, "0101" },		{ FLASH_PROGRAM, 0, 3, "0101" },
		{ FLASH_PROGRAM, MOCK_FLASH - 4, 8, "0101" }, { FLASH_PROGRAM, 0xfffffffc, 8, "0101" },
		{ FLASH_PROGRAM, MOCK_FLASH - 4, 4, "00" },
	};
	struct script script = { 0 };

	boot(modules);
	for (uint32_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		script = (struct script){ 0 };
		if (calls[i].opcode == FLASH_ERASE)
			op(&script, FLASH_ERASE, 4, 1u, calls[i].offset, calls[i].len, RET);
		else
			op(&script, FLASH_PROGRAM, 5, 1u, calls[i].offset, 64u, calls[i].len, RET);
		tell(1, &script);
		CHECK(result_is(calls[i].want));
	}
	script = (struct script){ 0 };
	op(&script, FLASH_DESCRIBE, 2, 1u, RET);
	tell(1, &script);
	CHECK(strncmp(last_result(), "00eeeeee", 2) == 0 && strncmp(last_result() + 8, "004000000004000004000000ff", 26) == 0);
	memcpy(mock.flash[0] + 100, "abcd", 4);
	script = (struct script){ 0 };
	op(&script, FLASH_READ, 4, 0u, 100u, 4u, RET);
	op(&script, FLASH_READ, 4, 0u, 0u, 4097u, RET);
	op(&script, FLASH_READ, 4, 0u, 0u, 0u, RET);
	op(&script, FLASH_READ, 4, 0u, MOCK_FLASH - 1u, 2u, RET);
	op(&script, FLASH_READ, 4, 0u, 0u, 4096u, RET);
	clear();
	tell(1, &script);
	CHECK(SAID("probe: l 00 61626364"));
	CHECK(strcmp(mock.lines[1], "probe: l 01 01") == 0 && strcmp(mock.lines[2], mock.lines[1]) == 0 &&
	      strcmp(mock.lines[3], mock.lines[1]) == 0 && strncmp(mock.lines[4], "probe: l 00", 11) == 0);
}

static void errors_of_ports_become_values(void)
{
	static const struct {
		int32_t code;
		const char *want;
	} codes[] = { { MOTE_ERR_OFFLINE, "0106" }, { MOTE_ERR_IO, "0105" }, { -100, "0105" }, { INT32_MIN, "0105" } };
	struct script script = { 0 };
	uint32_t at;

	boot(modules);
	at = text(&script, "frame");
	op(&script, RADIO_SEND, 3, at, 5u, RET);
	for (uint32_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		mock.fails = codes[i].code;
		tell(1, &script);
		CHECK(result_is(codes[i].want));
	}
	tell(1, &script);
	CHECK(result_is("00") && strcmp(mock.last, "radio frame") == 0);
	script = (struct script){ 0 };
	op(&script, RADIO_SEND, 3, 0u, MOTE_MAX_FRAME + 1, RET);
	tell(1, &script);
	CHECK(result_is("0103")); /* too-big */
	script = (struct script){ 0 };
	at = text(&script, "?x empty");
	op(&script, SETTINGS_GET, 3, at, 2u, RET);
	op(&script, SETTINGS_GET, 3, at + 3, 5u, RET);
	clear();
	tell(1, &script);
	CHECK(SAID("probe: l 01 02") && SAID("probe: l 00"));
}

void imports_tests(const char *folder)
{
	modules = folder;
	RUN(log_lines_are_cut_between_characters);
	RUN(clocks_and_random);
	RUN(every_guarded_import_needs_its_grant);
	RUN(scopes_limit_what_a_grant_allows);
	RUN(who_may_read_flash_may_not_write_it);
	RUN(a_module_passes_on_only_what_it_holds);
	RUN(failures_of_buses_become_values);
	RUN(who_ends_gives_its_ports_back);
	RUN(addresses_outside_memory_end_the_module);
	RUN(numbers_without_a_case_end_the_module);
	RUN(flash_is_checked_against_its_geometry);
	RUN(errors_of_ports_become_values);
}
