/* Firmware updates are MCUboot's: a new image runs on trial and is swapped back at the next reset unless it confirms itself. */
#include "board.h"
#include "contract.h"

#ifdef CONFIG_MOTE_FIRMWARE_TRIAL
#include <zephyr/dfu/mcuboot.h>

void firmware_confirm(void)
{
	if (boot_is_img_confirmed())
		return;
	if (boot_write_img_confirmed() == 0)
		board_note(MOTE_LOG_LEVEL_INFO, "this firmware has reached its broker and stays");
	else
		board_note(MOTE_LOG_LEVEL_ERROR, "this firmware cannot be confirmed");
}
#else
void firmware_confirm(void)
{
}
#endif
