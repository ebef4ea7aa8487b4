/* Timers. */
#include <string.h>

#include "bounds.h"
#include "check.h"
#include "contract.h"
#include "kernel.h"
#include "mock_ports.h"
#include "script.h"
#include "subjects.h"

static const char *modules;

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

void timers_tests(const char *folder)
{
	modules = folder;
	RUN(timers_fire_in_order_once);
	RUN(timers_end_with_their_module);
	RUN(timers_are_bounded);
	RUN(timers_come_again);
}
