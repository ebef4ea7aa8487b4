/* Commands of the link that tell the kernel what happened on a pin, a serial port or a socket. */
#include "board.h"
#include "kernel.h"
#include "link.h"

static int32_t on_datagram(const uint8_t *at, uint32_t len)
{
	uint32_t peer_len = link_load(at + 8);

	if (peer_len > len - 12)
		board_die(BOARD_LINK, "a peer is longer than its frame");
	return mote_on_datagram(link_load(at), (const char *)at + 12, peer_len, link_load(at + 4), at + 12 + peer_len,
				len - 12 - peer_len);
}

static int32_t on_http(const uint8_t *at, uint32_t len)
{
	uint32_t head_len = link_load(at + 4);

	if (head_len > len - 8)
		board_die(BOARD_LINK, "a head is longer than its frame");
	return mote_on_http(link_load(at), at + 8, head_len, at + 8 + head_len, len - 8 - head_len);
}

uint32_t link_least_event(uint8_t code)
{
	switch (code) {
	case LINK_GPIO: return 20;
	case LINK_UART:
	case LINK_DATAGRAM: return 12;
	case LINK_HTTP: return 8;
	default: return 0;
	}
}

int32_t link_event(uint8_t code, const uint8_t *at, uint32_t len)
{
	switch (code) {
	case LINK_GPIO:
		return mote_on_gpio(link_load(at), link_load(at + 4), link_load(at + 8), link_load(at + 12), link_load(at + 16));
	case LINK_UART: return mote_on_uart(link_load(at), link_load(at + 4), at + 12, len - 12, link_load(at + 8));
	case LINK_DATAGRAM: return on_datagram(at, len);
	case LINK_HTTP: return on_http(at, len);
	default: board_die(BOARD_LINK, "no such command");
	}
}
