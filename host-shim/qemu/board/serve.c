/* The host's commands, one at a time: the same on bare metal and under Zephyr. */
#include "board.h"
#include "kernel.h"
#include "link.h"

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
	link_word(board_stack_deepest());
	link_word(board_stack_size());
	link_end();
	board_heap_mark();
	board_stack_mark();
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

void board_serve(void)
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
	case LINK_OFF: board_off();
	default: number = link_event(command[0], at, len);
	}
	done(number, board_instructions() - start - link_outside);
	board_stack_check();
}
