/* What a module may do. The rule for scopes is mote.wit's, types.capability. */
#ifndef MOTE_GRANTS_H
#define MOTE_GRANTS_H

#include <stdbool.h>
#include <stdint.h>

struct mote_grant {
	uint8_t capability; /* MOTE_CAP_* */
	uint8_t scope_len;
	char scope[];
};

/* The grants of one actor, packed one behind the other. */
struct mote_grants {
	bool all; /* the supervisor: every capability with an empty scope */
	uint32_t len;
	uint8_t packed[];
};

/* Whether a scope lets an argument pass: empty = all; one that ends in '/' = prefix; else equality. */
bool mote_scope_allows(const char *scope, uint32_t scope_len, const char *argument, uint32_t len);

/* Whether one of the grants is for the capability and its scope lets the argument pass. requires: grants not NULL. */
bool mote_grants_allow(const struct mote_grants *grants, uint32_t capability, const char *argument, uint32_t len);

/*
 * The same for the scope of a bus: `pattern` is the contract's (#n stands for the number in arguments[n]). The scope follows
 * it; its numbers are decimal or 0x and may be ranges, and it may end in front of any ':' of the pattern.
 */
bool mote_scope_covers(const char *scope, uint32_t scope_len, const char *pattern, const uint64_t *arguments);
bool mote_grants_cover(const struct mote_grants *grants, uint32_t capability, const char *pattern, const uint64_t *arguments);

/* Whether there is one for the capability, whatever its scope. */
bool mote_grants_any(const struct mote_grants *grants, uint32_t capability);

/* Bytes of a list of `count` grants whose scopes have `scopes` bytes together. */
uint32_t mote_grants_size(uint32_t count, uint32_t scopes);

/* Append. requires: the list was sized for it; scope_len <= MOTE_MAX_SCOPE. */
void mote_grants_add(struct mote_grants *grants, uint32_t capability, const char *scope, uint32_t scope_len);

#endif
