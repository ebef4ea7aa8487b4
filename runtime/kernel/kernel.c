#include "kernel.h"

#include <stdlib.h>
#include <string.h>

#include "imports.h"
#include "mailbox.h"
#include "ports.h"
#include "shares.h"
#include "supervision.h"
#include "timers.h"
#include "turn.h"

static struct {
	uint32_t supervisor; /* its id; 0 before boot */
	bool halted;
	bool stepping;     /* a port that calls back is refused */
	uint32_t source;   /* of work that goes first in the next step */
	uint32_t place;    /* of the actor table that is looked at first */
	struct mote_source firmware; /* the supervisor that is part of it, and its budget */
	struct mote_budget budget;
	struct mote_source successor; /* the one in its place, when there is */
	struct mote_budget successor_budget;
	enum { FIRMWARE, ASKED, SUCCESSOR } who; /* is the supervisor; ASKED: the successor starts in the next step */
	uint64_t patience; /* with the successor ends at this time */
} kernel;

/* Let this module be the supervisor. returns: 0 or a negative MOTE_ERR_*. */
static int32_t supervise(const struct mote_source *source, const struct mote_budget *budget)
{
	struct mote_grants *grants = calloc(1, mote_grants_size(0, 0));
	struct mote_actor *actor = NULL;
	int32_t error = MOTE_ERR_BUSY;

	if (grants == NULL)
		goto cleanup;
	grants->all = true;
	actor = mote_actor_new(kernel.firmware.name, kernel.firmware.name_len, source, budget, grants, &error);
	if (actor == NULL)
		goto cleanup;
	grants = NULL;
	kernel.supervisor = actor->id;
	error = 0;
cleanup:
	free(grants);
	return error;
}

/* As after a reset, with another supervisor. */
static void restart(const struct mote_source *source, const struct mote_budget *budget)
{
	mote_actors_reset();
	mote_mailbox_reset();
	mote_shares_reset();
	kernel.halted = supervise(source, budget) != 0;
}

static void fall_back(void)
{
	static const char text[] = "the successor is not well: back to the firmware's";

	port_log(MOTE_LOG_LEVEL_WARN, "kernel", 6, text, sizeof text - 1);
	kernel.who = FIRMWARE;
	restart(&kernel.firmware, &kernel.budget);
}

int32_t mote_handover(const struct mote_actor *caller, const struct mote_source *source, const struct mote_budget *budget,
		      uint32_t patience)
{
	if (caller->id != kernel.supervisor || kernel.who != FIRMWARE)
		return MOTE_ERR_DENIED;
	kernel.successor = *source;
	kernel.successor_budget = *budget;
	kernel.patience = port_clock_now() + patience;
	kernel.who = ASKED;
	return 0;
}

int32_t mote_feed(const struct mote_actor *caller, uint32_t patience)
{
	if (caller->id != kernel.supervisor || kernel.who != SUCCESSOR)
		return MOTE_ERR_NOT_FOUND;
	kernel.patience = port_clock_now() + patience;
	return 0;
}

int32_t mote_boot(const char *name, uint32_t name_len, const struct mote_budget *budget)
{
	int32_t error;

	if (kernel.supervisor || name_len < 1 || name_len > MOTE_MAX_NAME || !mote_budget_valid(budget))
		return MOTE_ERR_INVALID;
	kernel.firmware = (struct mote_source){ .kind = MOTE_ACTORS_SOURCE_BUILTIN, .name_len = (uint8_t)name_len };
	memcpy(kernel.firmware.name, name, name_len);
	kernel.budget = *budget;
	error = mote_port_result(port_builtin_size(name, name_len));
	if (error == 0)
		error = supervise(&kernel.firmware, budget);
	return error ? error : (int32_t)kernel.supervisor;
}

void mote_shutdown(void)
{
	mote_actors_reset();
	mote_mailbox_reset();
	mote_shares_reset();
	memset(&kernel, 0, sizeof kernel);
}

uint32_t mote_on_radio(const uint8_t *frame, uint32_t len, int32_t rssi)
{
	uint32_t taken = 0;

	rssi = rssi < INT8_MIN ? INT8_MIN : rssi > INT8_MAX ? INT8_MAX : rssi; /* frame.rssi is an s8 */
	if (kernel.stepping || len == 0 || len > MOTE_MAX_FRAME)
		return 0;
	for (uint32_t place = 0, places = mote_actor_places(); place < places; place++) {
		struct mote_actor *actor = mote_actor_at(place);

		if (actor == NULL || actor->state == MOTE_ACTORS_STATE_DEAD || actor->work & MOTE_WORK_STOP ||
		    !mote_grants_allow(actor->grants, MOTE_CAP_RADIO_RECEIVE, "", 0))
			continue;
		taken += mote_post(actor, MOTE_ACTOR_MESSAGE_RADIO, (uint32_t)rssi, frame, len, NULL, 0) == 0;
	}
	return taken;
}

int32_t mote_on_mqtt(uint32_t id, const char *topic, uint32_t topic_len, const uint8_t *payload, uint32_t len)
{
	struct mote_actor *actor = mote_actor_find(id);

	if (kernel.stepping)
		return MOTE_ERR_BUSY;
	if (actor == NULL)
		return MOTE_ERR_NOT_FOUND;
	return mote_post(actor, MOTE_ACTOR_MESSAGE_MQTT, 0, topic, topic_len, payload, len);
}

int32_t mote_on_gpio(uint32_t id, uint32_t pin, uint32_t high, uint32_t count, uint32_t at)
{
	struct mote_actor *actor = mote_actor_find(id);
	const uint32_t words[] = { high != 0, count, at }; /* what turn.c reads */

	if (kernel.stepping)
		return MOTE_ERR_BUSY;
	return actor ? mote_post(actor, MOTE_ACTOR_MESSAGE_GPIO, pin, words, sizeof words, NULL, 0) : MOTE_ERR_NOT_FOUND;
}

int32_t mote_on_uart(uint32_t id, uint32_t port, const uint8_t *bytes, uint32_t len, uint32_t faults)
{
	struct mote_actor *actor = mote_actor_find(id);

	if (kernel.stepping)
		return MOTE_ERR_BUSY;
	if (actor == NULL)
		return MOTE_ERR_NOT_FOUND;
	if (len > MOTE_MAX_UART_BYTES || port > UINT16_MAX)
		return MOTE_ERR_TOO_BIG;
	return mote_post(actor, MOTE_ACTOR_MESSAGE_UART, port | faults << 16, bytes, len, NULL, 0);
}

int32_t mote_on_datagram(uint32_t id, const char *peer, uint32_t peer_len, uint32_t local, const uint8_t *bytes, uint32_t len)
{
	struct mote_actor *actor = mote_actor_find(id);
	bool only_local;

	if (kernel.stepping)
		return MOTE_ERR_BUSY;
	if (actor == NULL || actor->state == MOTE_ACTORS_STATE_DEAD)
		return MOTE_ERR_NOT_FOUND;
	if (peer_len > MOTE_MAX_PEER || len > MOTE_MAX_DATAGRAM)
		return MOTE_ERR_TOO_BIG;
	if (!mote_datagram_allows(actor->grants, peer, peer_len, &only_local) || (only_local && !local))
		return MOTE_ERR_DENIED;
	return mote_post(actor, MOTE_ACTOR_MESSAGE_DATAGRAM, 0, peer, peer_len, bytes, len);
}

int32_t mote_on_http(uint32_t id, const uint8_t *head, uint32_t head_len, const uint8_t *bytes, uint32_t len)
{
	struct mote_actor *actor = mote_actor_find(id);

	if (kernel.stepping)
		return MOTE_ERR_BUSY;
	if (actor == NULL || actor->state == MOTE_ACTORS_STATE_DEAD)
		return MOTE_ERR_NOT_FOUND;
	if (head_len < MOTE_HTTP_HEAD)
		return MOTE_ERR_INVALID;
	if (head_len > MOTE_HTTP_HEAD + MOTE_MAX_TAG || len > MOTE_MAX_HTTP)
		return MOTE_ERR_TOO_BIG;
	return mote_post(actor, MOTE_ACTOR_MESSAGE_HTTP, 0, head, head_len, bytes, len);
}

static void remove_actor(struct mote_actor *actor)
{
	mote_turn_stop(actor);
	mote_actor_remove(actor);
}

static void tell(struct mote_actor *about)
{
	struct mote_actor *to;
	struct mote_message message = { .scalar = about->id };

	if (about->notice & MOTE_NOTICE_STARTED) {
		about->notice &= (uint8_t)~MOTE_NOTICE_STARTED;
		message.kind = MOTE_ACTOR_MESSAGE_STARTED;
		to = mote_actor_find(about->spawner);
	} else if (about->notice & MOTE_NOTICE_EXITED) {
		about->notice &= (uint8_t)~MOTE_NOTICE_EXITED;
		message.kind = MOTE_ACTOR_MESSAGE_EXITED;
		message.run[0] = (const uint8_t *)about->reason;
		message.len[0] = (uint32_t)strlen(about->reason);
		to = mote_actor_find(about->spawner);
	} else {
		about->notice &= (uint8_t)~MOTE_NOTICE_HEALTH;
		message.kind = MOTE_ACTOR_MESSAGE_HEALTH;
		message.flag = about->healthy;
		to = mote_actor_find(about->asker);
	}
	if (to && to->state == MOTE_ACTORS_STATE_RUNNING)
		mote_turn_message(to, &message);
}

/* One thing that cannot be lost: a start, a stop, a check, or the news of one. Stops first: they give memory back. */
static bool do_work(void)
{
	uint32_t places = mote_actor_places();
	uint32_t place = kernel.place;

	for (uint32_t i = 0; i < places; i++) {
		struct mote_actor *actor = mote_actor_at(i);

		if (actor && actor->work & MOTE_WORK_STOP) {
			remove_actor(actor);
			return true;
		}
	}

	for (uint32_t i = 0; i < places; i++, place++) {
		struct mote_actor *actor;

		if (place >= places)
			place = 0;
		actor = mote_actor_at(place);
		if (actor == NULL || (actor->work == 0 && actor->notice == 0))
			continue;
		kernel.place = place + 1;
		if (actor->work & MOTE_WORK_START)
			mote_turn_start(actor);
		else if (actor->notice)
			tell(actor);
		else
			mote_turn_check(actor);
		return true;
	}
	return false;
}

static bool do_timer(void)
{
	struct mote_actor *actor = NULL;
	struct mote_timer *timer = mote_timers_first(&actor);
	struct mote_message message = { .kind = MOTE_ACTOR_MESSAGE_TIMER };

	if (timer == NULL || timer->due > port_clock_now())
		return false;
	message.scalar = timer->id;
	mote_timers_fired(actor, timer, port_clock_now());
	if (actor->work & MOTE_WORK_STOP)
		return true;
	mote_turn_message(actor, &message);
	return true;
}

static bool do_mail(void)
{
	struct mote_mail mail;

	while (mote_mailbox_peek(&mail)) {
		struct mote_actor *actor = mote_actor_find(mail.to);
		struct mote_message message = { .kind = mail.kind, .scalar = mail.scalar, .mail = &mail,
						.len = { mail.len[0], mail.len[1] } };

		if (actor == NULL || actor->state == MOTE_ACTORS_STATE_DEAD) {
			mote_mailbox_pop(&mail);
			continue;
		}
		if (actor->state == MOTE_ACTORS_STATE_STARTING)
			mote_turn_start(actor);
		else
			mote_turn_message(actor, &message);
		return true;
	}
	return false;
}

int32_t mote_step(void)
{
	/* In turn, so that none of them can starve another. */
	static bool (*const sources[])(void) = { do_work, do_timer, do_mail };
	const uint32_t count = sizeof sources / sizeof sources[0];
	struct mote_actor *supervisor;
	bool done = false;

	if (kernel.stepping || kernel.halted || kernel.supervisor == 0)
		return 0;
	if (kernel.who == ASKED) {
		kernel.who = SUCCESSOR;
		restart(&kernel.successor, &kernel.successor_budget);
	} else if (kernel.who == SUCCESSOR && port_clock_now() >= kernel.patience)
		fall_back();
	kernel.stepping = true;
	for (uint32_t i = 0; i < count && !done; i++) {
		uint32_t source = (kernel.source + i) % count;

		done = sources[source]();
		if (done)
			kernel.source = (source + 1) % count;
	}
	kernel.stepping = false;
	supervisor = mote_actor_record(kernel.supervisor);
	kernel.halted = supervisor == NULL || supervisor->state == MOTE_ACTORS_STATE_DEAD;
	if (kernel.halted && kernel.who == SUCCESSOR) {
		fall_back();
		done = true;
	}
	return done || kernel.who == ASKED;
}

uint64_t mote_next_deadline(void)
{
	struct mote_actor *actor;
	const struct mote_timer *timer = mote_timers_first(&actor);

	const uint64_t due = timer ? timer->due : UINT64_MAX;

	return kernel.who == SUCCESSOR && kernel.patience < due ? kernel.patience : due;
}

int32_t mote_halted(void)
{
	return kernel.halted;
}
