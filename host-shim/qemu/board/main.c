/*
 * mote on QEMU's virt, rv32imac without an operating system: serves the host's commands, one at a time.
 * Usage (the arguments come by semihosting): board <flash image>
 */
#include <semihost.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "kernel.h"
#include "link.h"

#define PAINT 0xa5a5a5a5u

/* Of picolibc's linker script: the heap ends where the stack begins. */
extern uint32_t __heap_end[], __stack[];

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
	exit(code);
}

/* Everything below the caller's frame. */
static void __attribute__((noinline)) paint(void)
{
	uint32_t *top = __builtin_frame_address(0);

	for (volatile uint32_t *word = __heap_end; word < top - 16; word++)
		*word = PAINT;
}

static uint32_t deepest(void)
{
	const uint32_t *word = __heap_end;

	while (*word == PAINT)
		word++;
	if (word == __heap_end)
		board_die(BOARD_STACK, "the stack has run over");
	return (uint32_t)(__stack - word) * sizeof *word;
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

static void gauge(void)
{
	link_begin(LINK_DONE);
	link_word(board_heap_now());
	link_word(board_heap_peak());
	link_word(deepest());
	link_word((uint32_t)(__stack - __heap_end) * sizeof *__stack);
	link_end();
	board_heap_mark();
	paint();
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

/* The least that a command's frame holds beside its code. */
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
	case LINK_OFF: exit(BOARD_OFF);
	default: number = link_event(command[0], at, len);
	}
	done(number, board_instructions() - start - link_outside);
	if (*(volatile uint32_t *)__heap_end != PAINT)
		board_die(BOARD_STACK, "the stack has run over");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		board_die(BOARD_USAGE, "one argument is needed: the flash image");
	board_rom_open();
	board_flash_open(argv[1]);
	link_open();
	paint();
	link_begin(LINK_HELLO);
	link_word(LINK_VERSION);
	link_end();
	for (;;)
		serve();
}
