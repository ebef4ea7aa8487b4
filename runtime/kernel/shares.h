/* Verified bytes in flash that modules may read by a name. */
#ifndef MOTE_SHARES_H
#define MOTE_SHARES_H

#include <stdint.h>

#define MOTE_MAX_SHARES 5

struct mote_share {
	uint8_t name_len; /* 0: free */
	char name[32];
	uint32_t region, offset, len;
};

/* Replace what this name has; len 0 takes it away. requires: name_len 1 .. 32. returns: 0 or MOTE_ERR_BUSY: no place. */
int32_t mote_share(const char *name, uint32_t name_len, uint32_t region, uint32_t offset, uint32_t len);

/* NULL when there is none. */
const struct mote_share *mote_share_find(const char *name, uint32_t name_len);

/* Forget all. */
void mote_shares_reset(void);

#endif
