/* The interface. Ethernet comes up by itself (CONFIG_NET_CONFIG_SETTINGS, DHCP); Wi-Fi joins the network of board/wifi-ssid. */
#include <string.h>

#include <zephyr/kernel.h>

#include "board.h"
#include "compat.h"
#include "contract.h"

#ifdef CONFIG_WIFI
#include <zephyr/net/net_if.h>
#include <zephyr/net/wifi_mgmt.h>

#define RETRY K_SECONDS(10)

static struct net_mgmt_event_callback on_wifi_event;
static struct k_work_delayable join_again;

static void join(struct k_work *work)
{
	static char ssid[WIFI_SSID_MAX_LEN + 1], psk[WIFI_PSK_MAX_LEN + 1];
	struct wifi_connect_req_params wanted = { 0 };
	int32_t ssid_len = settings_board("wifi-ssid", ssid, sizeof ssid);
	int32_t psk_len = settings_board("wifi-psk", psk, sizeof psk);

	ARG_UNUSED(work);
	if (ssid_len <= 0) {
		board_note(MOTE_LOG_LEVEL_WARN, "wifi: no board/wifi-ssid is provisioned");
		return;
	}
	wanted.ssid = (const uint8_t *)ssid;
	wanted.ssid_length = (uint8_t)ssid_len;
	wanted.psk = (const uint8_t *)psk;
	wanted.psk_length = (uint8_t)MAX(psk_len, 0);
	wanted.security = psk_len > 0 ? WIFI_SECURITY_TYPE_PSK : WIFI_SECURITY_TYPE_NONE;
	wanted.channel = WIFI_CHANNEL_ANY;
	wanted.mfp = WIFI_MFP_OPTIONAL;
	wanted.timeout = SYS_FOREVER_MS;
	if (net_mgmt(NET_REQUEST_WIFI_CONNECT, net_if_get_default(), &wanted, sizeof wanted) != 0)
		k_work_schedule(&join_again, RETRY);
}

static void on_wifi(struct net_mgmt_event_callback *callback, compat_mgmt_event event, struct net_if *interface)
{
	const struct wifi_status *status = callback->info;

	ARG_UNUSED(interface);
	if (event == NET_EVENT_WIFI_CONNECT_RESULT && status->status == 0) {
		board_note(MOTE_LOG_LEVEL_INFO, "wifi: joined");
		return;
	}
	board_note(MOTE_LOG_LEVEL_WARN, "wifi: not joined");
	k_work_schedule(&join_again, RETRY);
}

void net_start(void)
{
	k_work_init_delayable(&join_again, join);
	net_mgmt_init_event_callback(&on_wifi_event, on_wifi, NET_EVENT_WIFI_CONNECT_RESULT | NET_EVENT_WIFI_DISCONNECT_RESULT);
	net_mgmt_add_event_callback(&on_wifi_event);
	k_work_schedule(&join_again, K_SECONDS(1));
}
#else
void net_start(void)
{
}
#endif
