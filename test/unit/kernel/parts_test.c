/* The kernel's parts that need no module: mailbox, scopes and grants. */
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "check.h"
#include "contract.h"
#include "grants.h"
#include "mailbox.h"

static uint8_t pattern[4096];

static uint32_t next_random(void)
{
	static uint32_t state = 0x9e3779b9;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static void mailbox_wraps_at_every_offset(void)
{
	enum { DEPTH = 64 };
	static struct mote_mail model[DEPTH];
	uint8_t out[600];
	uint32_t first = 0, count = 0, bytes = 0, refused = 0, passed = 0;

	mote_mailbox_reset();
	CHECK(mote_mailbox_fit(MOTE_MAILBOX_BYTES));
	for (uint32_t round = 0; round < 40000; round++) {
		if (round % 50 == 0) { /* it moves, with what is in it */
			CHECK(mote_mailbox_fit(round % 100 ? bytes + next_random() % 2000 : 0));
			CHECK(mote_mailbox_fit(MOTE_MAILBOX_BYTES + round % 2));
		}
		if (next_random() % 100 < 55 && count < DEPTH) {
			struct mote_mail mail = { .to = round, .kind = round % 8, .scalar = ~round,
						  .len = { next_random() % 600, next_random() % 600 } };
			bool fits = mote_mailbox_cost(mail.len[0], mail.len[1]) <= MOTE_MAILBOX_BYTES - bytes;

			CHECK(mote_mailbox_put(&mail, (const void *const[2]){ pattern + round % 97, pattern + round % 89 }) == fits);
			refused += !fits;
			if (fits) {
				model[(first + count++) % DEPTH] = mail;
				bytes += mote_mailbox_cost(mail.len[0], mail.len[1]);
			}
		} else if (count > 0) {
			const struct mote_mail *want = &model[first];
			struct mote_mail mail;

			CHECK(mote_mailbox_peek(&mail));
			CHECK(memcmp(&mail, want, sizeof mail) == 0);
			mote_mailbox_read(&mail, 1, out);
			CHECK(memcmp(out, pattern + mail.to % 89, mail.len[1]) == 0);
			mote_mailbox_read(&mail, 0, out);
			CHECK(memcmp(out, pattern + mail.to % 97, mail.len[0]) == 0);
			mote_mailbox_pop(&mail);
			bytes -= mote_mailbox_cost(mail.len[0], mail.len[1]);
			first = (first + 1) % DEPTH;
			count--;
			passed++;
		} else {
			struct mote_mail mail;

			CHECK(!mote_mailbox_peek(&mail));
		}
	}
	CHECK(refused > 100 && passed > 10000);
}

static void mailbox_takes_exactly_its_size(void)
{
	static uint8_t big[MOTE_MAILBOX_BYTES];
	struct mote_mail mail = { .len = { MOTE_MAILBOX_BYTES - MOTE_MESSAGE_OVERHEAD, 0 } };
	const void *const runs[2] = { big, NULL };

	mote_mailbox_reset();
	CHECK(!mote_mailbox_put(&(struct mote_mail){ 0 }, runs));
	CHECK(mote_mailbox_fit(UINT32_MAX));
	mail.len[0]++;
	CHECK(!mote_mailbox_put(&mail, runs));
	mail.len[0]--;
	CHECK(mote_mailbox_put(&mail, runs));
	mail.len[0] = 0;
	CHECK(!mote_mailbox_put(&mail, runs));
	CHECK(mote_mailbox_fit(0)); /* not smaller than what waits */
	CHECK(mote_mailbox_peek(&mail) && mail.len[0] == MOTE_MAILBOX_BYTES - MOTE_MESSAGE_OVERHEAD);
	mote_mailbox_pop(&mail);
	CHECK(mote_mailbox_fit(2 * MOTE_MESSAGE_OVERHEAD));
	mail.len[0] = MOTE_MESSAGE_OVERHEAD + 1;
	CHECK(!mote_mailbox_put(&mail, runs));
	mail.len[0]--;
	CHECK(mote_mailbox_put(&mail, runs));
	CHECK(mote_mailbox_cost(0xffffffff, 0xffffffff) == 0xffffffff);
	CHECK(mote_mailbox_cost(0xfffffff0, 0) == 0xffffffff);
	mote_mailbox_reset();
}

static void scopes_follow_the_contract(void)
{
	static const struct {
		const char *scope, *argument;
		bool allowed;
	} cases[] = {
		{ "", "", true },
		{ "", "anything", true },
		{ "telemetry", "telemetry", true },
		{ "telemetry", "telemetr", false },
		{ "telemetry", "telemetry/", false },
		{ "telemetry", "", false },
		{ "keys/", "keys/1", true },
		{ "keys/", "keys/", true },
		{ "keys/", "keys", false },
		{ "keys/", "key", false },
		{ "keys/", "Keys/1", false },
		{ "/", "/x", true },
		{ "/", "x", false },
		{ "a/b/", "a/b/c/d", true },
		{ "a/b/", "a/bc", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		CHECK(mote_scope_allows(cases[i].scope, (uint32_t)strlen(cases[i].scope), cases[i].argument,
					(uint32_t)strlen(cases[i].argument)) == cases[i].allowed);
}

static void scopes_of_buses_follow_their_pattern(void)
{
	static const struct {
		const char *scope, *pattern;
		uint64_t arguments[2];
		bool allows;
	} cases[] = {
		{ "", "i2c#0:#1", { 3, 9 }, true },
		{ "i2c0", "i2c#0:#1", { 0, 0x76 }, true },
		{ "i2c0", "i2c#0:#1", { 1, 0x76 }, false },
		{ "i2c0:0x76", "i2c#0:#1", { 0, 0x76 }, true },
		{ "i2c0:0x76", "i2c#0:#1", { 0, 0x77 }, false },
		{ "i2c0:0x76-0x77", "i2c#0:#1", { 0, 0x77 }, true },
		{ "i2c0:0x76-0x77", "i2c#0:#1", { 0, 0x78 }, false },
		{ "i2c0:0x76-0x77", "i2c#0:#1", { 0, 0x75 }, false },
		{ "i2c0:0X76", "i2c#0:#1", { 0, 0x76 }, false },
		{ "i2c0:0xfF", "i2c#0:#1", { 0, 0xff }, true },
		{ "i2c0-2:118", "i2c#0:#1", { 2, 118 }, true },
		{ "i2c0:", "i2c#0:#1", { 0, 0 }, false },
		{ "i2c", "i2c#0:#1", { 0, 0 }, false },
		{ "i2c0:0x", "i2c#0:#1", { 0, 0 }, false },
		{ "i2c0:1-", "i2c#0:#1", { 0, 1 }, false },
		{ "i2c0:1-2-3", "i2c#0:#1", { 0, 2 }, false },
		{ "i2c0:1 ", "i2c#0:#1", { 0, 1 }, false },
		{ "i2c0:4294967295", "i2c#0:#1", { 0, 0xffffffff }, true },
		{ "i2c0:4294967296", "i2c#0:#1", { 0, 0 }, false },
		{ "i2c0:0-0xffffffff", "i2c#0:#1", { 0, 0xffffffff }, true },
		{ "i2c0:18446744073709551616", "i2c#0:#1", { 0, 0 }, false },
		{ "i2c0:2-1", "i2c#0:#1", { 0, 1 }, false },
		{ "i2c0/", "i2c#0:#1", { 0, 1 }, false },
		/* The upper half of a core value is none of an i32. */
		{ "i2c0:1", "i2c#0:#1", { 0, 0xffffffff00000001 }, true },
		{ "9", "#0:in", { 9 }, true },
		{ "9:in", "#0:in", { 9 }, true },
		{ "0x9:in", "#0:in", { 9 }, true },
		{ "9:i", "#0:in", { 9 }, false },
		{ "9:inn", "#0:in", { 9 }, false },
		{ "9:out", "#0:in", { 9 }, false },
		{ "9:in", "#0:out", { 9 }, false },
		{ "0x9a:in", "#0:in", { 9 }, false },
		{ "onewire0", "onewire#0", { 0 }, true },
		{ "onewire", "onewire#0", { 0 }, false },
	};

	for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		CHECK(mote_scope_covers(cases[i].scope, (uint32_t)strlen(cases[i].scope), cases[i].pattern, cases[i].arguments) ==
		      cases[i].allows);
}

/* Any bytes are a scope: nothing beyond its end is read (the sanitizer watches), and what it allows it also says. */
static void any_bytes_may_be_a_scope(void)
{
	static const char letters[] = "i2c0123456789:-xaf";
	static const uint64_t arguments[2] = { 0, 1 };
	uint32_t allowed = 0;

	for (uint32_t round = 0; round < 200000; round++) {
		uint32_t len = next_random() % 14;
		char *scope = malloc(len ? len : 1);

		for (uint32_t i = 0; i < len; i++)
			scope[i] = letters[next_random() % (sizeof letters - 1)];
		if (round % 4 == 0 && len > 4)
			memcpy(scope, "i2c0:", 5);
		if (mote_scope_covers(scope, len, "i2c#0:#1", arguments)) {
			allowed++;
			CHECK(len == 0 || memcmp(scope, "i2c", 3) == 0);
		}
		free(scope);
	}
	CHECK(allowed > 100);
}

static void grants_are_found_by_capability_and_scope(void)
{
	struct mote_grants *grants = calloc(1, mote_grants_size(3, 10));

	CHECK(grants != NULL);
	CHECK(!mote_grants_allow(grants, MOTE_CAP_MAIL, "", 0));
	mote_grants_add(grants, MOTE_CAP_SETTINGS, "keys/", 5);
	mote_grants_add(grants, MOTE_CAP_MAIL, "", 0);
	mote_grants_add(grants, MOTE_CAP_FLASH, "slots", 5);
	CHECK(mote_grants_allow(grants, MOTE_CAP_MAIL, "", 0));
	CHECK(mote_grants_allow(grants, MOTE_CAP_SETTINGS, "keys/1", 6));
	CHECK(!mote_grants_allow(grants, MOTE_CAP_SETTINGS, "id", 2));
	CHECK(mote_grants_allow(grants, MOTE_CAP_FLASH, "slots", 5));
	CHECK(!mote_grants_allow(grants, MOTE_CAP_FLASH, "journal", 7));
	CHECK(!mote_grants_allow(grants, MOTE_CAP_ACTORS, "", 0));
	grants->all = true;
	CHECK(mote_grants_allow(grants, MOTE_CAP_ACTORS, "", 0));
	free(grants);
}

int main(void)
{
	for (size_t i = 0; i < sizeof pattern; i++)
		pattern[i] = (uint8_t)next_random();
	RUN(mailbox_wraps_at_every_offset);
	RUN(mailbox_takes_exactly_its_size);
	RUN(scopes_follow_the_contract);
	RUN(scopes_of_buses_follow_their_pattern);
	RUN(any_bytes_may_be_a_scope);
	RUN(grants_are_found_by_capability_and_scope);
	return 0;
}
