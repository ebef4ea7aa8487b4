/* What the engine meets: modules that do not load or fail, memory, stack, fuel. */
#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "bounds.h"
#include "check.h"
#include "contract.h"
#include "kernel.h"
#include "meter.h"
#include "mock_ports.h"
#include "script.h"
#include "subjects.h"

static const char *modules;

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
	child.stack = 512; /* the call needs 480 beside the slots of its caller; AddressSanitizer watches what lies behind */
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

void engine_tests(const char *folder)
{
	modules = folder;
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
}
