/* Actors: start, turns, messages, mailboxes, records, what a supervisor may do with them. */
#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "bounds.h"
#include "check.h"
#include "contract.h"
#include "kernel.h"
#include "mailbox.h"
#include "mock_ports.h"
#include "script.h"
#include "subjects.h"

static const char *modules;

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

void life_tests(const char *folder)
{
	modules = folder;
	RUN(boots_once_and_within_ranges);
	RUN(supervisor_that_ends_halts_the_kernel);
	RUN(messages_reach_the_module_as_sent);
	RUN(letters_and_answers);
	RUN(mailboxes_have_quotas);
	RUN(the_ring_is_shared);
	RUN(ticks_health_and_stop);
	RUN(budgets_of_children_are_checked);
	RUN(modules_come_from_flash);
	RUN(sources_without_a_case_end_the_module);
	RUN(messages_wait_for_the_start);
	RUN(news_of_an_end_keeps_its_place);
	RUN(many_modules_at_once);
	RUN(dead_records_make_room);
	RUN(ports_that_call_back_are_refused);
	RUN(nobody_starves);
}
