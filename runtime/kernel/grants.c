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
