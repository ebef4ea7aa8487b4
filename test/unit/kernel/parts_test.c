/* The kernel's parts that need no module: mailbox, scopes and grants. */
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
	for (uint32_t round = 0; round < 40000; round++) {
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
	mail.len[0]++;
	CHECK(!mote_mailbox_put(&mail, runs));
	mail.len[0]--;
	CHECK(mote_mailbox_put(&mail, runs));
	mail.len[0] = 0;
	CHECK(!mote_mailbox_put(&mail, runs));
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
	RUN(grants_are_found_by_capability_and_scope);
	return 0;
}
