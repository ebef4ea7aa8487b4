/*
 * The kernel in a Zephyr image, driven by test/conformance: the serial link of host-shim/qemu, Zephyr underneath. Flash is the
 * application's own port on Zephyr's driver; the other ports are the host's.
 */
#include <semihost.h>
#include <zephyr/kernel.h>
#include <zephyr/storage/flash_map.h>

/* Two headers have this name: the link's, and the application's for flash.c. */
#include "../../../host-shim/qemu/board/board.h"
#include "compat.h"
#include "contract.h"
#include "link.h"
#include "ports.h"

int flash_start(void);

_Noreturn void board_die(int code, const char *why)
{
	sys_semihost_write0("board: ");
	sys_semihost_write0(why);
	sys_semihost_write0("\n");
	sys_semihost_exit(ADP_Stopped_ApplicationExit, (uintptr_t)code);
	CODE_UNREACHABLE;
}

void k_sys_fatal_error_handler(unsigned int reason, const compat_esf *frame)
{
	ARG_UNUSED(reason);
	ARG_UNUSED(frame);
	board_die(BOARD_STACK, "a fatal error of Zephyr");
}

/* The depth is that since the start: Zephyr paints once, and guards the end itself. */
uint32_t board_stack_deepest(void)
{
	size_t unused = 0;

	k_thread_stack_space_get(k_current_get(), &unused);
	return CONFIG_MAIN_STACK_SIZE - (uint32_t)unused;
}

uint32_t board_stack_size(void)
{
	return CONFIG_MAIN_STACK_SIZE;
}

void board_stack_mark(void)
{
}

void board_stack_check(void)
{
}

_Noreturn void board_off(void)
{
	sys_semihost_exit(ADP_Stopped_ApplicationExit, BOARD_OFF);
	CODE_UNREACHABLE;
}

/* RAM begins as zeros, flash does not. */
static void erase_flash(void)
{
	uint32_t geometry[4];

	if (flash_start() != 0)
		board_die(BOARD_FLASH, "the partitions cannot be opened");
	for (uint32_t region = 0; region < MOTE_FLASH_REGION_COUNT; region++) {
		if (port_flash_describe(region, geometry) != 0 && region == MOTE_FLASH_REGION_DELIVERY)
			continue; /* a board may have none */
		if (port_flash_erase(region, 0, geometry[0]) != 0)
			board_die(BOARD_FLASH, "the flash cannot be erased");
	}
}

int main(void)
{
	erase_flash();
	board_rom_open();
#ifndef CONFIG_EMUL
	/* The link's UART wakes wfi; its interrupt is never taken. */
	(void)irq_lock();
#endif
	link_open();
	link_begin(LINK_HELLO);
	link_word(LINK_VERSION);
	link_end();
	for (;;)
		board_serve();
}
