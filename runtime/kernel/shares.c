#include "shares.h"

#include <string.h>

#include "imports.h"

static struct mote_share table[MOTE_MAX_SHARES];

_Static_assert(sizeof table[0].name == MOTE_MAX_NAME, "a share is named like a module");

static struct mote_share *find(const char *name, uint32_t name_len)
{
	for (uint32_t i = 0; i < MOTE_MAX_SHARES; i++)
		if (table[i].name_len == name_len && memcmp(table[i].name, name, name_len) == 0)
			return &table[i];
	return NULL;
}

int32_t mote_share(const char *name, uint32_t name_len, uint32_t region, uint32_t offset, uint32_t len)
{
	struct mote_share *share = find(name, name_len);

	if (share == NULL && len)
		share = find("", 0);
	if (share == NULL)
		return len ? MOTE_ERR_BUSY : 0;
	memset(share, 0, sizeof *share);
	if (len == 0)
		return 0;
	memcpy(share->name, name, name_len);
	share->name_len = (uint8_t)name_len;
	share->region = region;
	share->offset = offset;
	share->len = len;
	return 0;
}

const struct mote_share *mote_share_find(const char *name, uint32_t name_len)
{
	return name_len ? find(name, name_len) : NULL;
}

void mote_shares_reset(void)
{
	memset(table, 0, sizeof table);
}
