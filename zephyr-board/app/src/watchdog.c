/* The board's watchdog. It fires when the kernel's thread hangs: a message that never ends is stopped by its fuel long before. */
#include <zephyr/device.h>
#include <zephyr/kernel.h>

#include "board.h"
#include "contract.h"

#if DT_NODE_HAS_STATUS(DT_ALIAS(watchdog0), okay) && defined(CONFIG_WATCHDOG)
#include <zephyr/drivers/watchdog.h>

static const struct device *const watchdog = DEVICE_DT_GET(DT_ALIAS(watchdog0));
static int channel = -1;

static bool arm(void)
{
	struct wdt_timeout_cfg window = {
		.window = { .min = 0, .max = CONFIG_MOTE_WATCHDOG_SECONDS * MSEC_PER_SEC },
		.flags = WDT_FLAG_RESET_SOC,
	};

	if (!device_is_ready(watchdog))
		return false;
	channel = wdt_install_timeout(watchdog, &window);
	return channel >= 0 && wdt_setup(watchdog, WDT_OPT_PAUSE_HALTED_BY_DBG) == 0;
}

void watchdog_feed(void)
{
	static bool tried;

	if (!tried) {
		tried = true;
		if (!arm()) {
			channel = -1;
			board_note(MOTE_LOG_LEVEL_WARN, "the watchdog does not start");
		}
	}
	if (channel >= 0)
		wdt_feed(watchdog, channel);
}
#else
void watchdog_feed(void)
{
}
#endif
