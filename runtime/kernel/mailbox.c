#include "mailbox.h"

#include <stdlib.h>
#include <string.h>

#include "bounds.h"

_Static_assert(sizeof(struct mote_mail) == MOTE_MESSAGE_OVERHEAD, "the overhead that bounds.h documents");

static uint8_t *ring;
static uint32_t size; /* of the ring */
static uint32_t head; /* of the oldest message */
static uint32_t used;

/* Bytes from here to where the ring begins anew. requires: at < 2 * size. */
static uint32_t wrap(uint32_t *at)
{
	if (*at >= size)
		*at -= size;
	return size - *at;
}

static void copy_in(uint32_t at, const void *bytes, uint32_t len)
{
	uint32_t first;

	if (len == 0)
		return;
	first = wrap(&at);
	if (first > len)
		first = len;
	memcpy(ring + at, bytes, first);
	memcpy(ring, (const uint8_t *)bytes + first, len - first);
}

static void copy_out(void *out, uint32_t at, uint32_t len)
{
	uint32_t first;

	if (len == 0)
		return;
	first = wrap(&at);
	if (first > len)
		first = len;
	memcpy(out, ring + at, first);
	memcpy((uint8_t *)out + first, ring, len - first);
}

bool mote_mailbox_fit(uint32_t bytes)
{
	uint8_t *moved = NULL;

	if (bytes > MOTE_MAILBOX_BYTES)
		bytes = MOTE_MAILBOX_BYTES;
	if (bytes < used)
		bytes = used;
	if (bytes == size)
		return true;
	if (bytes) {
		moved = malloc(bytes);
		if (moved == NULL)
			return false;
		copy_out(moved, head, used);
	}
	free(ring);
	ring = moved;
	size = bytes;
	head = 0;
	return true;
}

uint32_t mote_mailbox_cost(uint32_t len0, uint32_t len1)
{
	uint64_t cost = (uint64_t)MOTE_MESSAGE_OVERHEAD + len0 + len1;

	return cost > UINT32_MAX ? UINT32_MAX : (uint32_t)cost;
}

bool mote_mailbox_put(const struct mote_mail *mail, const void *const run[2])
{
	uint32_t cost = mote_mailbox_cost(mail->len[0], mail->len[1]);
	uint32_t at = head + used;

	if (cost > size - used)
		return false;
	copy_in(at, mail, sizeof *mail);
	copy_in(at + sizeof *mail, run[0], mail->len[0]);
	copy_in(at + sizeof *mail + mail->len[0], run[1], mail->len[1]);
	used += cost;
	return true;
}

bool mote_mailbox_peek(struct mote_mail *mail)
{
	if (used == 0)
		return false;
	copy_out(mail, head, sizeof *mail);
	return true;
}

void mote_mailbox_read(const struct mote_mail *mail, int run, uint8_t *out)
{
	copy_out(out, head + sizeof *mail + (run ? mail->len[0] : 0), mail->len[run]);
}

void mote_mailbox_pop(const struct mote_mail *mail)
{
	uint32_t cost = mote_mailbox_cost(mail->len[0], mail->len[1]);

	head += cost;
	wrap(&head);
	used -= cost;
}

void mote_mailbox_reset(void)
{
	used = 0;
	mote_mailbox_fit(0);
}
