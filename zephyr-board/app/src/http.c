/* Files of web servers: this board asks none yet; its updates come over MQTT. */
#include "board.h"
#include "contract.h"

int32_t port_http_get(uint32_t actor, const char *url, uint32_t url_len, uint32_t offset, uint32_t len, const char *tag,
		      uint32_t tag_len)
{
	(void)actor, (void)url, (void)url_len, (void)offset, (void)len, (void)tag, (void)tag_len;
	return MOTE_ERR_OFFLINE;
}
