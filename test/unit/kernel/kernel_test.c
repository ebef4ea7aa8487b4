/* The kernel with real modules, on a board of mocks. Run with the folder that holds the modules. */
#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "bounds.h"
#include "check.h"
#include "contract.h"
#include "kernel.h"
#include "mailbox.h"
#include "meter.h"
#include "mock_ports.h"
#include "script.h"

static const char *modules;

/* Whether exactly this line is among those since the last call that cleared them. */
#define SAID(line) (mock_find(0, line) >= 0)

static void clear(void)
{
	mock.line_count = 0;
}

/* The return area of the last import, as the probe prints it. */
static const char *last_result(void)
{
	for (uint32_t i = mock.line_count; i-- > 0;) {
		const char *line = strstr(mock.lines[i], ": r ");

		if (line)
			return line + 4;
	}
	return "";
}

static bool result_is(const char *hex)
{
	return strncmp(last_result(), hex, strlen(hex)) == 0;
}

static void boots_once_and_within_ranges(void)
{
	struct mote_budget budget = { 16384, 2048, 100000, 4096 };

	mote_shutdown();
	mock_reset(modules);
	CHECK(mote_step() == 0);
	CHECK(mote_boot("nobody", 6, &budget) == MOTE_ERR_NOT_FOUND);
	CHECK(mote_boot("probe", 0, &budget) == MOTE_ERR_INVALID);
	CHECK(mote_boot("a name of more than thirty-two bytes", 36, &budget) == MOTE_ERR_INVALID);
	budget.memory = 512;
	CHECK(mote_boot("probe", 5, &budget) == MOTE_ERR_INVALID);
	budget = (struct mote_budget){ 16384, 100, 100000, 4096 };
	CHECK(mote_boot("probe", 5, &budget) == MOTE_ERR_INVALID);
	budget = (struct mote_budget){ 16384, 2048, 0, 4096 };
	CHECK(mote_boot("probe", 5, &budget) == MOTE_ERR_INVALID);
	budget = (struct mote_budget){ 16384, 2048, 0x80000000, 4096 };
	CHECK(mote_boot("probe", 5, &budget) == MOTE_ERR_INVALID);
	budget = (struct mote_budget){ 16384, 2048, 100000, MOTE_MAILBOX_BYTES + 1 };
	CHECK(mote_boot("probe", 5, &budget) == MOTE_ERR_INVALID);
	budget = (struct mote_budget){ 16384, 2048, 100000, 4096 };
	CHECK(mote_boot("probe", 5, &budget) == 1);
	CHECK(mote_boot("probe", 5, &budget) == MOTE_ERR_INVALID);
	run();
	CHECK(SAID("probe: s") && !mote_halted() && mote_next_deadline() == UINT64_MAX);
}

static void supervisor_that_ends_halts_the_kernel(void)
{
	struct script script = { 0 };

	boot(modules);
	op(&script, TRAP, 0);
	tell(1, &script);
	CHECK(mote_halted() && mote_step() == 0);
	CHECK(SAID("probe: trap: unreachable executed"));

	mote_shutdown();
	mock_reset(modules);
	CHECK(mote_boot("no-health", 9, &(struct mote_budget){ 16384, 2048, 100000, 4096 }) == 1);
	run();
	CHECK(mote_halted());

	boot(modules);
	script = (struct script){ 0 };
	op(&script, ACTORS_STOP, 2, 1u, RET);
	tell(1, &script);
	CHECK(mote_halted() && SAID("probe: q 0102"));
}

static void messages_reach_the_module_as_sent(void)
{
	static const uint8_t frame[] = { 0x2c, 0x44, 0x93 };
	uint32_t id;

	boot(modules);
	id = spawn("probe", "radio-receive");
	CHECK(id == 2 && SAID("child: s") && SAID("probe: S 2"));
	CHECK(mote_on_radio(frame, 3, -87) == 2); /* the supervisor has every grant */
	run();
	CHECK(SAID("child: f 2c4493 913") && SAID("probe: f 2c4493 913"));
	CHECK(mote_on_radio(frame, 3, -1000) == 2);
	run();
	CHECK(SAID("child: f 2c4493 872"));
	spawn("probe", "mail");
	CHECK(mote_on_radio(frame, 3, 0) == 2);
	CHECK(mote_on_radio(frame, 0, 0) == 0);
	CHECK(mote_on_radio(frame, MOTE_MAX_FRAME + 1, 0) == 0);
	CHECK(mote_on_mqtt(99, "t", 1, frame, 3) == MOTE_ERR_NOT_FOUND);
}

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

static void timers_fire_in_order_once(void)
{
	struct script script = { 0 };

	boot(modules);
	op(&script, TIMER_SET, 3, 7u, 50u, RET);
	op(&script, TIMER_SET, 3, 8u, 20u, RET);
	op(&script, TIMER_SET, 3, 9u, 20u, RET);
	op(&script, TIMER_SET, 3, 10u, 30u, RET);
	op(&script, TIMER_CANCEL, 1, 10u);
	op(&script, TIMER_CANCEL, 1, 4711u);
	op(&script, TIMER_SET, 3, 8u, 40u, RET); /* replaces */
	op(&script, TIMER_SET, 3, 7u, 40u, RET); /* ... and comes after its equal, though it stands before it */
	tell(1, &script);
	CHECK(mote_next_deadline() == 1020);
	clear();
	mock.now = 1019;
	run();
	CHECK(mock.line_count == 0);
	mock.now = 2000;
	run();
	CHECK(mock.line_count == 3);
	CHECK(strcmp(mock.lines[0], "probe: T 9") == 0 && strcmp(mock.lines[1], "probe: T 8") == 0 &&
	      strcmp(mock.lines[2], "probe: T 7") == 0);
	CHECK(mote_next_deadline() == UINT64_MAX);
	run();
	CHECK(mock.line_count == 3);
}

static void timers_end_with_their_module(void)
{
	struct script script = { 0 };

	boot(modules);
	CHECK(spawn("probe", "") == 2);
	op(&script, TIMER_SET, 3, 1u, 10u, RET);
	tell(2, &script);
	CHECK(mote_next_deadline() == 1010);
	script.code_len = 0;
	op(&script, TRAP, 0);
	tell(2, &script);
	CHECK(mote_next_deadline() == UINT64_MAX);
	mock.now = 2000;
	run();
}

static void timers_are_bounded(void)
{
	struct script script = { 0 };

	boot(modules);
	for (uint32_t i = 0; i < MOTE_MAX_TIMERS; i++)
		op(&script, TIMER_SET, 3, i, 0x7fffffffu, RET);
	tell(1, &script);
	CHECK(result_is("00"));
	script = (struct script){ 0 };
	op(&script, TIMER_SET, 3, 100u, 1u, RET);
	tell(1, &script);
	CHECK(result_is("0104")); /* busy */
	script = (struct script){ 0 };
	op(&script, TIMER_SET, 3, 0u, 0x80000000u, RET);
	tell(1, &script);
	CHECK(result_is("0101")); /* invalid */
	CHECK(mote_next_deadline() == 1000 + 0x7fffffffu);
}

static void timers_come_again(void)
{
	struct script script = { 0 };

	boot(modules);
	op(&script, TIMER_EVERY, 3, 5u, 100u, RET);
	tell(1, &script);
	CHECK(mote_next_deadline() == 1100);
	mock.now = 1100;
	clear();
	run();
	CHECK(SAID("probe: T 5") && mote_next_deadline() == 1200);
	/* 350 ms late: one message, and the next one in step. */
	mock.now = 1550;
	clear();
	run();
	CHECK(SAID("probe: T 5") && mock.line_count == 1 && mote_next_deadline() == 1600);
	script = (struct script){ 0 };
	op(&script, TIMER_CANCEL, 1, 5u);
	tell(1, &script);
	CHECK(mote_next_deadline() == UINT64_MAX);
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
		{ MQTT_PUBLISH, 6, { 100, 1, 100, 1, 2, RET } },
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

static void letters_and_answers(void)
{
	struct script reply = { 0 }, send = { 0 };
	uint8_t bytes[4096];
	uint32_t id, at;

	boot(modules);
	id = spawn("probe", "");
	at = text(&reply, "\0\0"); /* an empty script for the probe that gets it */
	op(&reply, MAIL_REPLY, 3, at, 2u, RET);
	at = data(&send, bytes, payload(&reply, bytes));
	op(&send, MAIL_SEND, 4, id, at, send.data_len, RET);
	clear();
	tell(1, &send);
	CHECK(SAID("child: m 1") && SAID("probe: m 2"));
	/* An answer without a letter. */
	tell(id, &reply);
	CHECK(result_is("0102"));
	send.code_len = 0;
	op(&send, MAIL_SEND, 4, 77u, at, 2u, RET);
	tell(1, &send);
	CHECK(result_is("0102"));
}

static void mailboxes_have_quotas(void)
{
	struct script script = { 0 };
	struct child child = plain;
	uint32_t id, taken = 0;
	uint8_t frame[180] = { 0 };

	boot(modules);
	child.mailbox = 1000;
	child.grants = "radio-receive";
	id = spawn_by(1, &child);
	/* 180 + 20 bytes each: five fit; the supervisor's 8192 bytes take all ten. */
	for (int i = 0; i < 10; i++)
		taken += mote_on_radio(frame, sizeof frame, 0);
	CHECK(taken == 15);
	CHECK(mote_actor_record(id)->dropped == 5 && mote_actor_record(id)->waiting == 1000);
	run();
	CHECK(mote_actor_record(id)->waiting == 0 && mote_actor_record(id)->handled == 5);
	op(&script, MAIL_SEND, 4, id, 2048u, 981u, RET);
	tell(1, &script);
	CHECK(result_is("0103")); /* never fits: too-big */
	CHECK(mote_actor_record(id)->dropped == 5);
	script.code_len = 0;
	for (int i = 0; i < 51; i++)
		op(&script, ACTORS_TICK, 2, id, RET);
	clear();
	tell(1, &script);
	CHECK(result_is("0104")); /* the 51st is one too many: busy */
	CHECK(mote_actor_record(id)->dropped == 6 && mote_actor_record(id)->handled == 55);
}

static void the_ring_is_shared(void)
{
	static uint8_t big[4000];
	struct child child = plain;

	boot(modules);
	child.memory = 16384;
	child.mailbox = MOTE_MAILBOX_BYTES;
	CHECK(spawn_by(1, &child) == 2);
	CHECK(mote_on_mqtt(2, "", 0, big, sizeof big) == 0);
	CHECK(mote_on_mqtt(2, "", 0, big, sizeof big) == 0);
	CHECK(mote_on_mqtt(1, "", 0, big, sizeof big) == 0);
	CHECK(mote_on_mqtt(1, "", 0, big, sizeof big) == 0);
	CHECK(mote_on_mqtt(2, "", 0, big, sizeof big) == MOTE_ERR_BUSY); /* within the quota, but the ring is full */
	run();
	CHECK(mote_on_mqtt(2, "", 0, big, sizeof big) == 0);
	CHECK(mote_actor_record(2)->dropped == 1);
}

static void ticks_health_and_stop(void)
{
	struct script script = { 0 };
	uint32_t id;

	boot(modules);
	id = spawn("probe", "mqtt-subscribe");
	op(&script, ACTORS_TICK, 2, id, RET);
	op(&script, ACTORS_CHECK, 2, id, RET);
	op(&script, ACTORS_CHECK, 2, id, RET);
	clear();
	tell(1, &script);
	CHECK(SAID("child: t") && SAID("probe: h 2 1"));
	script = (struct script){ 0 };
	op(&script, WELL, 1, 0u);
	op(&script, MQTT_SUBSCRIBE, 3, 100u, 1u, RET);
	tell(id, &script);
	script = (struct script){ 0 };
	op(&script, ACTORS_CHECK, 2, id, RET);
	tell(1, &script);
	CHECK(SAID("probe: h 2 0"));
	script = (struct script){ 0 };
	op(&script, ACTORS_INSPECT, 2, id, RET);
	tell(1, &script);
	/* running, handled 2 (tick, script), denied 0, dropped 0, fuel, memory 8192 */
	CHECK(strncmp(last_result(), "00", 2) == 0 && strncmp(last_result() + 8, "01", 2) == 0);
	CHECK(strncmp(last_result() + 16, "020000000000000000000000", 24) == 0);
	CHECK(strcmp(last_result() + 48, "00200000") == 0);
	script = (struct script){ 0 };
	op(&script, MAIL_SEND, 4, id, 2048u, 0u, RET); /* the last message before the stop: no letter to answer any more */
	tell(1, &script);
	script = (struct script){ 0 };
	op(&script, ACTORS_STOP, 2, id, RET);
	op(&script, ACTORS_TICK, 2, id, RET);
	clear();
	tell(1, &script);
	CHECK(SAID("child: q 0102") && mock.forgotten == id && mote_actor_record(id) == NULL);
	CHECK(result_is("0102")); /* already gone for others */
	CHECK(mock_find(0, "probe: x 2 ") < 0);
	tell(1, &script);
	CHECK(result_is("0102"));
}

static void modules_that_do_not_load(void)
{
	static const struct {
		const char *module, *reason;
	} cases[] = {
		{ "no-health", "load: missing export health" },
		{ "health-by-debug-name", "load: missing export health" },
		{ "handle-of-four", "load: wrong signature of export handle" },
		{ "health-i64", "load: wrong signature of export health" },
		{ "unknown-import", "load: unknown import log.writ" },
		{ "wrong-import", "load: wrong signature of import log.write" },
		{ "memory-import", "load: imports a memory" },
		{ "global-import", "load: unknown import env.g" },
		{ "two-pages", "load: linear memory limitation exceeded" },
		{ "data-outside", "load: data segment out of bounds" },
		{ "global-spins", "load: not a constant expression" },
		{ "global-loads", "load: not a constant expression" },
		{ "element-spins", "load: not a constant expression" },
		{ "many-results", "load: compiling function overran its stack height limit" },
		{ "loops", "trap: stack overflow" },
		{ "ill-typed", "load: compiling function underran the stack" },
		{ "nested-10000", "load: blocks nested too deep" },
		{ "too-many-arguments", "load: compiling function overran its stack height limit" },
		{ "no-such-local", "load: local index out of bounds" },
		{ "bad-magic", "load: malformed Wasm binary" },
		{ "empty", "load: underrun while parsing Wasm binary" },
		{ "truncated", "load: malformed Wasm binary" },
		{ "start-traps", "trap: unreachable executed" },
		{ "start-spins", "fuel" },
		{ "start-section-spins", "fuel" },
	};

	for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char line[128];

		boot(modules);
		CHECK(spawn(cases[i].module, "") == 2);
		snprintf(line, sizeof line, "probe: x 2 %s", cases[i].reason);
		if (!SAID(line))
			fprintf(stderr, "%s: want %s, got %s\n", cases[i].module, cases[i].reason, mote_actor_record(2)->reason);
		CHECK(SAID(line) && !SAID("probe: S 2"));
		CHECK(mote_actor_record(2)->state == MOTE_ACTORS_STATE_DEAD && mote_actor_record(2)->instance == NULL);
		CHECK(spawn("quiet", "") == 3 && SAID("probe: S 3"));
	}
}

static void modules_that_load_in_spite_of_looks(void)
{
	static const char *const names[] = { "quiet", "merged", "no-memory", "nested-60", "start-section" };

	for (uint32_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		boot(modules);
		CHECK(spawn(names[i], "") == 2);
		CHECK(SAID("probe: S 2"));
	}
	CHECK(SAID("child: hi"));
}

static void modules_that_fail_while_they_run(void)
{
	static const struct {
		uint32_t opcode, argument;
		const char *reason;
	} cases[] = {
		{ TRAP, 0, "trap: unreachable executed" },
		{ SPIN, 0, "fuel" },
		{ BURN, 1000000, "fuel" },
		{ RECURSE, 100000, "trap: stack overflow" },
		{ WIDE, 100000, "trap: stack overflow" },
		{ LOAD, 8192, "trap: out of bounds memory access" },
		{ LOAD, 0xffffffff, "trap: out of bounds memory access" },
		{ DIVIDE, 0, "trap: integer divide by zero" },
	};
	static const uint32_t stacks[] = { 2048, 4096, 16384 };

	for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (uint32_t k = 0; k < sizeof stacks / sizeof stacks[0]; k++) {
			struct script script = { 0 };
			struct child child = plain;
			char line[128];

			boot(modules);
			child.stack = stacks[k];
			CHECK(spawn_by(1, &child) == 2);
			op(&script, cases[i].opcode, 1, cases[i].argument);
			tell(2, &script);
			snprintf(line, sizeof line, "probe: x 2 %s", cases[i].reason);
			CHECK(SAID(line));
			CHECK(mote_meter_depth == MOTE_MAX_DEPTH || mote_meter_depth > 0);
			CHECK(mote_on_mqtt(2, "", 0, NULL, 0) == MOTE_ERR_NOT_FOUND);
		}
	}
	boot(modules);
	CHECK(spawn("reset-logs", "radio-receive") == 2);
	mote_on_radio((const uint8_t *)"x", 1, 0);
	run();
	CHECK(SAID("probe: x 2 trap: import called out of turn"));
	boot(modules);
	CHECK(spawn("handle-traps", "") == 2 && spawn("health-traps", "") == 3 && spawn("stop-spins", "") == 4);
	{
		struct script script = { 0 };

		op(&script, ACTORS_TICK, 2, 2u, RET);
		op(&script, ACTORS_CHECK, 2, 3u, RET);
		op(&script, ACTORS_STOP, 2, 4u, RET);
		tell(1, &script);
		CHECK(SAID("probe: x 2 trap: unreachable executed") && SAID("probe: x 3 trap: unreachable executed"));
		CHECK(mock_find(0, "probe: x 4 fuel") < 0 && mote_actor_record(4) == NULL);
	}
}

/* However large its own stack is: C's is not. */
static void calls_inside_each_other_are_bounded(void)
{
	for (uint32_t depth = 100; depth <= 150; depth += 50) {
		struct script script = { 0 };
		struct child child = plain;

		boot(modules);
		child.stack = 16384;
		CHECK(spawn_by(1, &child) == 2);
		op(&script, RECURSE, 1, depth);
		for (int i = 0; i < 5 && mote_actor_record(2)->state == MOTE_ACTORS_STATE_RUNNING; i++)
			tell(2, &script);
		if (depth == 150)
			CHECK(SAID("probe: x 2 trap: stack overflow"));
		else
			CHECK(mote_actor_record(2)->handled == 5);
	}
}

static void arguments_of_a_call_are_part_of_the_stack(void)
{
	struct child child = plain;

	boot(modules);
	child.module = "many-arguments";
	child.stack = 512; /* the call alone needs 720; AddressSanitizer watches what lies behind */
	CHECK(spawn_by(1, &child) == 2);
	CHECK(SAID("probe: x 2 trap: stack overflow"));
	child.stack = 4096;
	CHECK(spawn_by(1, &child) == 3);
	CHECK(SAID("probe: S 3"));
}

static void memory_is_what_the_budget_says(void)
{
	struct script script = { 0 };
	uint32_t id;

	boot(modules);
	id = spawn("probe", "");
	op(&script, LOAD, 1, 8191u);
	op(&script, GROW, 1, 1u);
	op(&script, GROW, 1, 0xffffffffu);
	op(&script, GROW, 1, 0u);
	op(&script, LOAD, 1, 8191u);
	tell(id, &script);
	CHECK(SAID("child: g 4294967295 1") && SAID("child: g 1 1"));
	CHECK(mock_find((uint32_t)mock_find(0, "child: g 1 1"), "child: v 0") > 0);
	/* A message larger than the memory ends it, not the kernel. */
	{
		static uint8_t big[4000];
		struct child child = plain;

		child.memory = 4096;
		id = spawn_by(1, &child);
		CHECK(mote_on_mqtt(id, "", 0, big, sizeof big) == 0);
		run();
		CHECK(SAID("probe: x 3 trap: address outside memory"));
	}
	CHECK(spawn("no-memory", "radio-receive") == 4);
	CHECK(mote_on_radio((const uint8_t *)"x", 1, 0) == 2);
	run();
	CHECK(SAID("probe: x 4 trap: address outside memory"));
}

static void realloc_inside_an_import(void)
{
	static const struct {
		uint32_t what;
		const char *reason;
	} cases[] = {
		{ OUTSIDE, "trap: address outside memory" },
		{ REALLOC_TRAPS, "trap: unreachable executed" },
		{ REALLOC_SPINS, "fuel" },
		{ REALLOC_IMPORTS, "trap: import called out of turn" },
		{ REALLOC_RECURSES, "trap: stack overflow" },
		{ REALLOC_GROWS, NULL },
		{ REALLOC_CLOBBERS, NULL }, /* deep frames above the import's must not touch the caller's */
	};

	for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (uint32_t inside = 0; inside < 2; inside++) {
			struct script script = { 0 };
			struct child child = plain;
			char line[128];

			boot(modules);
			child.stack = 8192;
			CHECK(spawn_by(1, &child) == 2);
			op(&script, REALLOC, 2, cases[i].what, 0u);
			if (inside)
				op(&script, RECURSE_THEN_RANDOM, 2, 10u, 8u);
			op(&script, MQTT_CONNECTED, 0);
			tell(2, &script);
			if (!inside)
				CHECK(mote_on_mqtt(2, "", 0, (const uint8_t *)"\0\0", 2) == 0);
			run();
			if (cases[i].reason) {
				snprintf(line, sizeof line, "probe: x 2 %s", cases[i].reason);
				CHECK(SAID(line));
			} else {
				CHECK(mote_actor_record(2)->state == MOTE_ACTORS_STATE_RUNNING);
				CHECK(!inside || (SAID("child: l 00 0001020304050607") && SAID("child: R 11")));
				CHECK(result_is("01000000eeeeeeee")); /* the script went on after it */
			}
			CHECK(!mote_halted());
		}
	}
}

/* At every depth the import's nested call either works or is a stack overflow; nothing is written past the end. */
static void realloc_at_the_edge_of_the_stack(void)
{
	uint32_t worked = 0, overflowed = 0;

	for (uint32_t stack = 512; stack <= 4096; stack += stack < 2048 ? 8 : 512) {
		for (uint32_t depth = 1; depth < 120; depth += stack < 2048 ? 37 : 7) {
			struct script script = { 0 };
			struct child child = plain;

			boot(modules);
			child.stack = stack;
			CHECK(spawn_by(1, &child) == 2);
			op(&script, RECURSE_THEN_RANDOM, 2, depth, 8u);
			clear();
			tell(2, &script);
			if (SAID("child: l 00 0001020304050607"))
				worked++;
			else if (SAID("probe: x 2 trap: stack overflow"))
				overflowed++;
			else
				CHECK(false);
		}
	}
	CHECK(worked > 50 && overflowed > 50);
}

static uint32_t fuel_of(uint32_t opcode, uint32_t argument)
{
	struct script script = { 0 };
	struct child child = plain;

	boot(modules);
	child.stack = 8192;
	CHECK(spawn_by(1, &child) == 2);
	op(&script, opcode, 1, argument);
	tell(2, &script);
	CHECK(mote_actor_record(2)->state == MOTE_ACTORS_STATE_RUNNING);
	return mote_actor_record(2)->fuel_peak;
}

static void fuel_counts_loops_and_calls(void)
{
	uint32_t base = fuel_of(BURN, 0);

	CHECK(fuel_of(BURN, 0) == base);
	CHECK(fuel_of(BURN, 1000) - base >= 999 && fuel_of(BURN, 1000) - base <= 1001);
	CHECK(fuel_of(BURN, 2000) - fuel_of(BURN, 1000) == 1000);
	CHECK(fuel_of(RECURSE, 60) - fuel_of(RECURSE, 20) == 40);
	base = fuel_of(BURN, 1000);
	CHECK(mote_on_mqtt(2, "", 0, NULL, 0) == 0);
	run();
	CHECK(mote_actor_record(2)->fuel_peak == base); /* a peak stays */
}

static void fuel_is_exact(void)
{
	struct script script = { 0 };
	uint32_t need = fuel_of(BURN, 5000);

	op(&script, BURN, 1, 5000u);
	for (uint32_t less = 0; less < 2; less++) {
		struct child child = plain;

		boot(modules);
		child.fuel = need - less;
		CHECK(spawn_by(1, &child) == 2);
		tell(2, &script);
		CHECK(SAID("probe: x 2 fuel") == (less == 1));
		CHECK(mote_actor_record(2)->fuel_peak == need - less);
	}
}

static void budgets_of_children_are_checked(void)
{
	static const struct {
		uint32_t memory, stack, fuel, mailbox;
	} bad[] = {
		{ 1023, 2048, 1, 100 },	       { 65537, 2048, 1, 100 },	 { 8192, 511, 1, 100 },
		{ 8192, 16385, 1, 100 },       { 8192, 2048, 0, 100 },	 { 8192, 2048, 0x80000000, 100 },
		{ 8192, 2048, 1, 19 },	       { 8192, 2048, 1, MOTE_MAILBOX_BYTES + 1 },
	};
	struct child child;

	boot(modules);
	for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		child = plain;
		child.memory = bad[i].memory;
		child.stack = bad[i].stack;
		child.fuel = bad[i].fuel;
		child.mailbox = bad[i].mailbox;
		CHECK(spawn_by(1, &child) == 0 && result_is("01eeeeee01"));
	}
	child = plain;
	child.name = "";
	CHECK(spawn_by(1, &child) == 0 && result_is("01eeeeee01"));
	child.name = "a name of more than thirty-two bytes";
	CHECK(spawn_by(1, &child) == 0 && result_is("01eeeeee03"));
	child = plain;
	child.module = "nobody";
	CHECK(spawn_by(1, &child) == 0 && result_is("01eeeeee02"));
	child.module = "nobody, with a name of more than thirty-two bytes";
	CHECK(spawn_by(1, &child) == 0 && result_is("01eeeeee03"));
	child = plain;
	child.grants = "mail mail mail mail mail mail mail mail mail mail mail mail mail mail mail mail mail mail mail mail mail "
		       "mail mail mail mail";
	CHECK(spawn_by(1, &child) == 0 && result_is("01eeeeee03"));
	child.grants = "settings:12345678901234567890123456789012345678901234567890123456789012345";
	CHECK(spawn_by(1, &child) == 0 && result_is("01eeeeee03"));
	CHECK(mote_actor_record(2) == NULL);
}

static void modules_come_from_flash(void)
{
	struct script script = { 0 };
	uint32_t name;
	FILE *file;
	char path[512];
	uint32_t size;

	boot(modules);
	snprintf(path, sizeof path, "%s/probe.wasm", modules);
	file = fopen(path, "rb");
	CHECK(file != NULL);
	size = (uint32_t)fread(mock.flash[1] + 1024, 1, MOCK_FLASH - 1024, file);
	fclose(file);
	name = text(&script, "flashed");
	for (uint32_t mapped = 0; mapped < 2; mapped++) {
		mock.mapped = mapped;
		script.code_len = 0;
		op(&script, ACTORS_SPAWN, 13, name, 7u, MOTE_ACTORS_SOURCE_FLASH, 1u, 1024u, size, 8192u, 2048u, 100000u, 1024u,
		   0u, 0u, RET);
		clear();
		tell(1, &script);
		CHECK(SAID("flashed: s"));
		CHECK((mote_actor_record(2 + mapped)->image == NULL) == mapped);
	}
	mock.mapped = false;
	script.code_len = 0;
	op(&script, ACTORS_SPAWN, 13, name, 7u, MOTE_ACTORS_SOURCE_FLASH, 1u, 1024u, MOCK_FLASH - 1023u, 8192u, 2048u, 100000u,
	   1024u, 0u, 0u, RET);
	tell(1, &script);
	CHECK(result_is("01eeeeee01"));
	script.code_len = 0;
	op(&script, ACTORS_SPAWN, 13, name, 7u, MOTE_ACTORS_SOURCE_FLASH, 1u, 0xfffffff0u, 32u, 8192u, 2048u, 100000u, 1024u, 0u,
	   0u, RET);
	tell(1, &script);
	CHECK(result_is("01eeeeee01"));
}

static void sources_without_a_case_end_the_module(void)
{
	static const uint32_t sources[][2] = { { MOTE_ACTORS_SOURCE_FLASH, MOTE_FLASH_REGION_COUNT }, { MOTE_ACTORS_SOURCE_COUNT, 0 } };

	for (uint32_t i = 0; i < 2; i++) {
		struct script script = { 0 };
		uint32_t name;

		boot(modules);
		CHECK(spawn("probe", "actors") == 2);
		name = text(&script, "x");
		op(&script, ACTORS_SPAWN, 13, name, 1u, sources[i][0], sources[i][1], 0u, 16u, 8192u, 2048u, 100000u, 1024u, 0u,
		   0u, RET);
		tell(2, &script);
		CHECK(SAID("probe: x 2 trap: no such case"));
	}
}

/* A letter sent in the turn of the spawn arrives, after the start. */
static void messages_wait_for_the_start(void)
{
	struct script script = { 0 };
	uint32_t name, module, empty;
	int started, arrived;

	boot(modules);
	name = text(&script, "child");
	module = text(&script, "probe");
	empty = data(&script, "\0\0", 2);
	for (int i = 0; i < 3; i++)
		op(&script, ACTORS_SPAWN, 13, name, 5u, 0u, module, 5u, 0u, 8192u, 2048u, 100000u, 1024u, 0u, 0u, RET);
	op(&script, MAIL_SEND, 4, 4u, empty, 2u, RET);
	clear();
	tell(1, &script);
	started = mock_find(0, "child: s");
	arrived = mock_find(0, "child: m 1");
	CHECK(started >= 0 && arrived > started && mote_actor_record(4)->handled == 1);
}

static void news_of_an_end_keeps_its_place(void)
{
	const struct mote_source source = { .kind = MOTE_ACTORS_SOURCE_BUILTIN };
	const struct mote_budget budget = { 8192, 2048, 1000, 1000 };
	struct mote_actor *last = NULL;
	int32_t error = 0;

	mote_shutdown();
	mock_reset(modules);
	for (uint32_t i = 0; i < MOTE_MAX_ACTORS; i++) {
		last = mote_actor_new("x", 1, &source, &budget, NULL, &error);
		CHECK(last != NULL);
		last->spawner = 1;
		mote_actor_end(last, "fuel");
	}
	CHECK(mote_actor_new("y", 1, &source, &budget, NULL, &error) == NULL && error == MOTE_ERR_BUSY);
	last->notice = 0; /* it was told */
	CHECK(mote_actor_new("y", 1, &source, &budget, NULL, &error) != NULL);
	CHECK(mote_actor_record(MOTE_MAX_ACTORS) == NULL && mote_actor_record(MOTE_MAX_ACTORS + 1) != NULL);
}

static void many_modules_at_once(void)
{
	boot(modules);
	for (uint32_t i = 0; i < 64; i++) {
		CHECK(spawn("quiet", "radio-receive") == 2 + i);
		mock.line_count = 0;
	}
	CHECK(mote_on_radio((const uint8_t *)"hello", 5, -50) == 65);
	run();
	for (uint32_t i = 0; i < 64; i++)
		CHECK(mote_actor_record(2 + i)->handled == 1);
	for (uint32_t i = 65; i < MOTE_MAX_ACTORS; i++)
		CHECK(spawn("quiet", "") == 1 + i);
	mock.line_count = 0;
	CHECK(spawn("quiet", "") == 0 && result_is("01eeeeee04")); /* busy */
}

static void dead_records_make_room(void)
{
	boot(modules);
	for (uint32_t i = 0; i < 3 * MOTE_MAX_ACTORS; i++) {
		uint32_t id = spawn("start-traps", "");

		CHECK(id == 0x100 || id == (2 + i) % 0x100); /* the probe prints its low byte */
		mock.line_count = 0;
	}
	CHECK(spawn("quiet", "") != 0);
	CHECK(mote_actor_record(1)->state == MOTE_ACTORS_STATE_RUNNING);
}

static void call_back(void)
{
	static const struct mote_budget budget = { 16384, 2048, 100000, 4096 };

	CHECK(mote_step() == 0);
	CHECK(mote_on_radio((const uint8_t *)"x", 1, 0) == 0);
	CHECK(mote_on_mqtt(1, "", 0, NULL, 0) == MOTE_ERR_BUSY);
	CHECK(mote_boot("probe", 5, &budget) < 0);
}

static void ports_that_call_back_are_refused(void)
{
	boot(modules);
	mock.on_log = call_back;
	CHECK(spawn("probe", "") == 2);
	mock.on_log = NULL;
}

/* A module that asks for its next turn at once does not keep others from theirs. */
static void nobody_starves(void)
{
	struct script script = { 0 };
	uint8_t bytes[4096];

	boot(modules);
	CHECK(spawn("probe", "") == 2);
	op(&script, TIMER_SET, 3, 1000u, 0u, RET); /* the probe sets this one anew whenever it fires */
	CHECK(mote_on_mqtt(1, "t", 1, bytes, payload(&script, bytes)) == 0);
	mote_step();
	CHECK(mote_next_deadline() == mock.now);
	CHECK(mote_on_mqtt(2, "", 0, NULL, 0) == 0);
	for (int i = 0; i < 4; i++)
		mote_step();
	CHECK(mote_actor_record(2)->handled == 1 && mote_next_deadline() == mock.now);
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	modules = argv[1];
	RUN(boots_once_and_within_ranges);
	RUN(supervisor_that_ends_halts_the_kernel);
	RUN(messages_reach_the_module_as_sent);
	RUN(log_lines_are_cut_between_characters);
	RUN(clocks_and_random);
	RUN(timers_fire_in_order_once);
	RUN(timers_end_with_their_module);
	RUN(timers_are_bounded);
	RUN(every_guarded_import_needs_its_grant);
	RUN(scopes_limit_what_a_grant_allows);
	RUN(a_module_passes_on_only_what_it_holds);
	RUN(timers_come_again);
	RUN(failures_of_buses_become_values);
	RUN(who_ends_gives_its_ports_back);
	RUN(addresses_outside_memory_end_the_module);
	RUN(numbers_without_a_case_end_the_module);
	RUN(flash_is_checked_against_its_geometry);
	RUN(errors_of_ports_become_values);
	RUN(letters_and_answers);
	RUN(mailboxes_have_quotas);
	RUN(the_ring_is_shared);
	RUN(ticks_health_and_stop);
	RUN(modules_that_do_not_load);
	RUN(modules_that_load_in_spite_of_looks);
	RUN(modules_that_fail_while_they_run);
	RUN(calls_inside_each_other_are_bounded);
	RUN(arguments_of_a_call_are_part_of_the_stack);
	RUN(memory_is_what_the_budget_says);
	RUN(realloc_inside_an_import);
	RUN(realloc_at_the_edge_of_the_stack);
	RUN(fuel_counts_loops_and_calls);
	RUN(fuel_is_exact);
	RUN(budgets_of_children_are_checked);
	RUN(modules_come_from_flash);
	RUN(sources_without_a_case_end_the_module);
	RUN(messages_wait_for_the_start);
	RUN(news_of_an_end_keeps_its_place);
	RUN(many_modules_at_once);
	RUN(dead_records_make_room);
	RUN(ports_that_call_back_are_refused);
	RUN(nobody_starves);
	mote_shutdown();
	return 0;
}
