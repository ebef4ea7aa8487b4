/* The kernel when memory runs out: the first, second, third ... allocation fails, and all after it or only that one. */
#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "contract.h"
#include "kernel.h"
#include "mock_ports.h"
#include "script.h"

static const char *modules;
static uint32_t allocations, fail_at;
static bool fail_on;

static bool fails(void)
{
	allocations++;
	return fail_at && (fail_on ? allocations >= fail_at : allocations == fail_at);
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *at, size_t size)
{
	return fails() ? NULL : __real_realloc(at, size);
}

static void steps(void)
{
	for (uint32_t i = 0; mote_step(); i++)
		CHECK(i < 1000);
}

/* A child starts, works and is stopped. returns: whether it did all of that. */
static bool life_of_a_child(void)
{
	struct script work = { 0 }, stop = { 0 };
	uint8_t bytes[4096];
	struct child child = plain;
	bool worked;

	child.grants = "settings:keys/ mail";
	mock.line_count = 0;
	spawn_by(1, &child);
	op(&work, RANDOM_GET, 2, 8u, RET);
	mote_on_mqtt(2, "t", 1, bytes, payload(&work, bytes));
	steps();
	op(&stop, ACTORS_STOP, 2, 2u, RET);
	mote_on_mqtt(1, "t", 1, bytes, payload(&stop, bytes));
	steps();
	worked = mock_find(0, "child: l 00 0001020304050607") >= 0 && mock_find(0, "child: q 0102") >= 0;
	CHECK(mote_halted() || mote_actor_record(2) == NULL);
	if (!worked && !mote_halted() && mote_actor_record(1)->state == MOTE_ACTORS_STATE_RUNNING) {
		/* It was told why: at once, as a full table, or as its end. */
		CHECK(mock_find(0, "probe: x 2 memory") >= 0 || mock_find(0, "probe: r 01eeeeee04eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee") >= 0);
	}
	return worked;
}

static uint32_t exhaust(bool mapped)
{
	uint32_t failed = 0;
	bool worked = false;

	for (uint32_t at = 1; !worked; at++) {
		CHECK(at < 2000);
		boot(modules);
		mock.mapped = mapped;
		allocations = 0;
		fail_at = at;
		worked = life_of_a_child();
		failed += !worked;
		CHECK(worked || allocations >= at); /* what cannot shrink stays as large as it was, and nobody is the worse for it */
		worked = allocations < at;
		fail_at = 0;
		CHECK(!mote_halted());
		mock.line_count = 0;
		CHECK(spawn("quiet", "") != 0); /* and the kernel still can */
	}
	return failed;
}

static void one_allocation_fails(void)
{
	fail_on = false;
	CHECK(exhaust(false) > 50);
	CHECK(exhaust(true) > 50);
}

static void all_allocations_from_one_on_fail(void)
{
	fail_on = true;
	CHECK(exhaust(false) > 50);
}

static void supervisor_has_no_memory(void)
{
	static const struct mote_budget budget = { 16384, 4096, 2000000, 8192 };
	int32_t id = 0;

	fail_on = true;
	for (uint32_t at = 1; at < 2000; at++) {
		mote_shutdown();
		mock_reset(modules);
		allocations = 0;
		fail_at = at;
		id = mote_boot("probe", 5, &budget);
		CHECK(id == 1 || id == MOTE_ERR_BUSY);
		steps();
		fail_at = 0;
		if (allocations < at)
			break;
		CHECK(id < 0 || mote_halted() || mote_actor_record(1)->state == MOTE_ACTORS_STATE_RUNNING);
	}
	CHECK(id == 1 && !mote_halted());
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	modules = argv[1];
	RUN(one_allocation_fails);
	RUN(all_allocations_from_one_on_fail);
	RUN(supervisor_has_no_memory);
	mote_shutdown();
	return 0;
}
