/* The queue of messages of all actors: one ring, first in first out, as large as their quotas together want it. */
#ifndef MOTE_MAILBOX_H
#define MOTE_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

/* A message that waits: fixed words and two runs of bytes. Which word and run means what, the sender and message.c know. */
struct mote_mail {
	uint32_t to;     /* actor id */
	uint32_t kind;   /* MOTE_ACTOR_MESSAGE_* */
	uint32_t scalar; /* rssi of a frame, sender of a letter */
	uint32_t len[2];
};

/* Bytes that a message with these runs takes from the ring and from its receiver's quota; UINT32_MAX when they overflow. */
uint32_t mote_mailbox_cost(uint32_t len0, uint32_t len1);

/*
 * Make the ring as large as that, but not larger than MOTE_MAILBOX_BYTES, nor smaller than what waits in it. returns: false
 * when there is no memory; the ring then is as it was.
 */
bool mote_mailbox_fit(uint32_t bytes);

/* requires: run[i] holds mail->len[i] bytes. ensures: copied as a whole, or false and nothing is changed. */
bool mote_mailbox_put(const struct mote_mail *mail, const void *const run[2]);

/* The oldest message without its bytes; false when there is none. */
bool mote_mailbox_peek(struct mote_mail *mail);

/* Copy run 0 or 1 of the oldest message. requires: peek() gave `mail`; out has room for mail->len[run]. */
void mote_mailbox_read(const struct mote_mail *mail, int run, uint8_t *out);

/* Drop the oldest message. requires: peek() gave `mail`. */
void mote_mailbox_pop(const struct mote_mail *mail);

/* Empty the ring, and give its memory back. */
void mote_mailbox_reset(void);

#endif
