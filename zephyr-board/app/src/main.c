/* Power-on: start the parts, boot the kernel with its supervisor, then turn events into steps until the supervisor ends. */
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/logging/log_ctrl.h>
#include <zephyr/sys/reboot.h>

#include "board.h"
#include "compat.h"
#include "contract.h"
#include "firmware.h"

/* The watchdog wants a sign of life more often than this, ms. */
#define LONGEST_SLEEP 5000

static void restart(void)
{
	LOG_PANIC(); /* from here on lines leave at once */
	k_msleep(100); /* for back ends that send in the background */
	sys_reboot(SYS_REBOOT_COLD);
	k_sleep(K_FOREVER); /* where nothing can reset */
}

int main(void)
{
	int32_t supervisor;

	if (settings_start() != 0)
		board_note(MOTE_LOG_LEVEL_ERROR, "settings: none, the device has no identity");
	if (flash_start() != 0)
		board_note(MOTE_LOG_LEVEL_ERROR, "flash: no partition for modules");
	radio_start();
	net_start();
	mqtt_start();

	supervisor = mote_boot(firmware_supervisor, strlen(firmware_supervisor), &firmware_budget);
	if (supervisor <= 0) {
		board_note(MOTE_LOG_LEVEL_ERROR, "the kernel does not boot %s: error %d", firmware_supervisor, (int)supervisor);
		restart();
	}
	for (;;) {
		watchdog_feed();
		if (inbox_next())
			continue;
		if (mote_halted()) {
			board_note(MOTE_LOG_LEVEL_ERROR, "the supervisor ended");
			restart();
		}
		inbox_wait(mote_next_deadline(), LONGEST_SLEEP);
	}
}

#ifdef CONFIG_MOTE_RESTART_ON_FATAL
/* A board without eyes on it is worth more after a reset than halted. */
void k_sys_fatal_error_handler(unsigned int reason, const compat_esf *frame)
{
	ARG_UNUSED(reason);
	ARG_UNUSED(frame);
	LOG_PANIC();
	sys_reboot(SYS_REBOOT_COLD);
	CODE_UNREACHABLE;
}
#endif
