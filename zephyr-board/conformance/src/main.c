/*
 * The kernel in a Zephyr image, driven by test/conformance: the serial link of host-shim/qemu, Zephyr underneath. Flash is the
 * application's own port on Zephyr's driver; the other ports are the host's.
 */
#include <semihost.h>
#include <zephyr/kernel.h>
#include <zephyr/storage/flash_map.h>

/* Two headers have this name: the link's, and the application's for flash.c. */
#include "../../../host-shim/qemu/board/board.h"
#include "contract.h"
#include "kernel.h"
#include "link.h"
#include "ports.h"

int flash_start(void);

static uint8_t command[LINK_MAX_COMMAND];

uint64_t board_instructions(void)
{
	uint32_t high, low, again;

	do {
		__asm__ volatile("rdinstreth %0" : "=r"(high));
		__asm__ volatile("rdinstret %0" : "=r"(low));
		__asm__ volatile("rdinstreth %0" : "=r"(again));
	} while (high != again);
	return (uint64_t)high << 32 | low;
}

_Noreturn void board_die(int code, const char *why)
{
	sys_semihost_write0("board: ");
	sys_semihost_write0(why);
	sys_semihost_write0("\n");
	sys_semihost_exit(ADP_Stopped_ApplicationExit, (uintptr_t)code);
	CODE_UNREACHABLE;
}

void k_sys_fatal_error_handler(unsigned int reason, const z_arch_esf_t *frame)
{
	ARG_UNUSED(reason);
	ARG_UNUSED(frame);
	board_die(BOARD_STACK, "a fatal error of Zephyr");
}

static void done(int32_t number, uint64_t instructions)
{
	uint64_t deadline = mote_next_deadline();

	link_begin(LINK_DONE);
	link_word((uint32_t)number);
	link_word((uint32_t)mote_halted());
	link_word((uint32_t)deadline);
	link_word((uint32_t)(deadline >> 32));
	link_word((uint32_t)instructions);
	link_word((uint32_t)(instructions >> 32));
	link_end();
}

/* The stack's depth is that since the start: Zephyr paints once. */
static void gauge(void)
{
	size_t unused = 0;

	k_thread_stack_space_get(k_current_get(), &unused);
	link_begin(LINK_DONE);
	link_word(board_heap_now());
	link_word(board_heap_peak());
	link_word(CONFIG_MAIN_STACK_SIZE - unused);
	link_word(CONFIG_MAIN_STACK_SIZE);
	link_end();
	board_heap_mark();
}

static int32_t boot(const uint8_t *at, uint32_t len)
{
	struct mote_budget budget = { link_load(at), link_load(at + 4), link_load(at + 8), link_load(at + 12) };

	return mote_boot((const char *)at + 16, len - 16, &budget);
}

static int32_t on_mqtt(const uint8_t *at, uint32_t len)
{
	uint32_t topic_len = link_load(at + 4);

	if (topic_len > len - 8)
		board_die(BOARD_LINK, "a topic is longer than its frame");
	return mote_on_mqtt(link_load(at), (const char *)at + 8, topic_len, at + 8 + topic_len, len - 8 - topic_len);
}

static uint32_t least(uint8_t code)
{
	switch (code) {
	case LINK_BOOT: return 16;
	case LINK_RADIO: return 4;
	case LINK_MQTT: return 8;
	default: return link_least_event(code);
	}
}

static void serve(void)
{
	uint32_t len = link_receive(command, sizeof command) - 1;
	const uint8_t *at = command + 1;
	uint64_t start;
	int32_t number = 0;

	if (len < least(command[0]))
		board_die(BOARD_LINK, "a command is too short");
	link_outside = 0;
	start = board_instructions();
	switch (command[0]) {
	case LINK_BOOT: number = boot(at, len); break;
	case LINK_RADIO: number = (int32_t)mote_on_radio(at + 4, len - 4, (int32_t)link_load(at)); break;
	case LINK_MQTT: number = on_mqtt(at, len); break;
	case LINK_STEP: number = mote_step(); break;
	case LINK_GAUGE: gauge(); return;
	case LINK_OFF: sys_semihost_exit(ADP_Stopped_ApplicationExit, BOARD_OFF); return;
	default: number = link_event(command[0], at, len);
	}
	done(number, board_instructions() - start - link_outside);
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
	/* The link's UART wakes wfi; its interrupt is never taken. */
	(void)irq_lock();
	link_open();
	link_begin(LINK_HELLO);
	link_word(LINK_VERSION);
	link_end();
	for (;;)
		serve();
}
