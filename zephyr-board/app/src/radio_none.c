/* A board without a radio: it neither hears nor sends. */
#include "board.h"
#include "contract.h"

void radio_start(void)
{
}

int32_t port_radio_send(const uint8_t *frame, uint32_t len)
{
	(void)frame;
	(void)len;
	return MOTE_ERR_OFFLINE;
}
