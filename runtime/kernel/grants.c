#include "grants.h"

#include <string.h>

bool mote_scope_allows(const char *scope, uint32_t scope_len, const char *argument, uint32_t len)
{
	if (scope_len == 0)
		return true;
	if (scope[scope_len - 1] == '/')
		return len >= scope_len && memcmp(scope, argument, scope_len) == 0;
	return len == scope_len && memcmp(scope, argument, scope_len) == 0;
}

/* A number of at most 32 bits, in decimal or after 0x in hexadecimal; *at moves behind it. */
static bool read_number(const char **at, const char *end, uint64_t *number)
{
	const char *from = *at;
	uint32_t base = 10;

	if (end - from > 2 && from[0] == '0' && from[1] == 'x') {
		base = 16;
		from += 2;
	}
	*number = 0;
	for (*at = from; *at < end && *number <= UINT32_MAX; (*at)++) {
		uint32_t digit = (uint32_t)(uint8_t)**at - '0', letter = ((uint8_t)**at | 0x20u) - 'a';

		if (digit > 9)
			digit = letter < 6 ? letter + 10 : base;
		if (digit >= base)
			break;
		*number = *number * base + digit;
	}
	return *at > from && *number <= UINT32_MAX;
}

bool mote_scope_covers(const char *scope, uint32_t scope_len, const char *pattern, const uint64_t *arguments)
{
	const char *end = scope + scope_len;
	uint64_t first, last, number;

	if (scope_len == 0)
		return true;
	for (; *pattern; pattern++) {
		if (scope == end)
			return *pattern == ':';
		if (*pattern != '#') {
			if (*scope++ != *pattern)
				return false;
			continue;
		}
		if (!read_number(&scope, end, &first))
			return false;
		last = first;
		if (scope < end && *scope == '-') {
			scope++;
			if (!read_number(&scope, end, &last))
				return false;
		}
		number = (uint32_t)arguments[*++pattern - '0'];
		if (number < first || number > last)
			return false;
	}
	return scope == end;
}

static const struct mote_grant *grant_at(const struct mote_grants *grants, uint32_t at)
{
	return (const struct mote_grant *)(grants->packed + at);
}

bool mote_grants_allow(const struct mote_grants *grants, uint32_t capability, const char *argument, uint32_t len)
{
	uint32_t at = 0;

	if (grants->all)
		return true;
	while (at < grants->len) {
		const struct mote_grant *grant = grant_at(grants, at);

		if (grant->capability == capability && mote_scope_allows(grant->scope, grant->scope_len, argument, len))
			return true;
		at += sizeof *grant + grant->scope_len;
	}
	return false;
}

bool mote_grants_cover(const struct mote_grants *grants, uint32_t capability, const char *pattern, const uint64_t *arguments)
{
	uint32_t at = 0;

	if (grants->all)
		return true;
	while (at < grants->len) {
		const struct mote_grant *grant = grant_at(grants, at);

		if (grant->capability == capability && mote_scope_covers(grant->scope, grant->scope_len, pattern, arguments))
			return true;
		at += sizeof *grant + grant->scope_len;
	}
	return false;
}

bool mote_grants_any(const struct mote_grants *grants, uint32_t capability)
{
	uint32_t at = 0;

	if (grants->all)
		return true;
	while (at < grants->len) {
		const struct mote_grant *grant = grant_at(grants, at);

		if (grant->capability == capability)
			return true;
		at += sizeof *grant + grant->scope_len;
	}
	return false;
}

uint32_t mote_grants_size(uint32_t count, uint32_t scopes)
{
	return sizeof(struct mote_grants) + count * sizeof(struct mote_grant) + scopes;
}

void mote_grants_add(struct mote_grants *grants, uint32_t capability, const char *scope, uint32_t scope_len)
{
	struct mote_grant *grant = (struct mote_grant *)(grants->packed + grants->len);

	grant->capability = (uint8_t)capability;
	grant->scope_len = (uint8_t)scope_len;
	if (scope_len != 0)
		memcpy(grant->scope, scope, scope_len);
	grants->len += sizeof *grant + scope_len;
}
