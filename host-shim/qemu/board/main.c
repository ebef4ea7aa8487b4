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

_Noreturn void board_die(int code, const char *why)
{
	sys_semihost_write0("board: ");
	sys_semihost_write0(why);
	sys_semihost_write0("\n");
	exit(code);
}

/* Everything below the caller's frame. */
void __attribute__((noinline)) board_stack_mark(void)
{
	uint32_t *top = __builtin_frame_address(0);

	for (volatile uint32_t *word = __heap_end; word < top - 16; word++)
		*word = PAINT;
}

uint32_t board_stack_deepest(void)
{
	const uint32_t *word = __heap_end;

	while (*word == PAINT)
		word++;
	if (word == __heap_end)
		board_die(BOARD_STACK, "the stack has run over");
	return (uint32_t)(__stack - word) * sizeof *word;
}

uint32_t board_stack_size(void)
{
	return (uint32_t)(__stack - __heap_end) * sizeof *__stack;
}

void board_stack_check(void)
{
	if (*(volatile uint32_t *)__heap_end != PAINT)
		board_die(BOARD_STACK, "the stack has run over");
}

_Noreturn void board_off(void)
{
	exit(BOARD_OFF);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		board_die(BOARD_USAGE, "one argument is needed: the flash image");
	board_rom_open();
	board_flash_open(argv[1]);
	link_open();
	board_stack_mark();
	link_begin(LINK_HELLO);
	link_word(LINK_VERSION);
	link_end();
	for (;;)
		board_serve();
}
