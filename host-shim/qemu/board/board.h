/* The board's own parts. Addresses are those of the linker script's regions and of what QEMU loads behind them. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* Exit codes of the machine; 1 is picolibc's, after a trap. */
enum { BOARD_OFF = 0, BOARD_USAGE = 2, BOARD_ROM = 3, BOARD_FLASH = 4, BOARD_LINK = 5, BOARD_STACK = 6 };

/* Says why on the console and ends the machine. */
_Noreturn void board_die(int code, const char *why);

/* Retired instructions (with QEMU's -icount shift=0: exactly one a nanosecond of virtual time, the same in every run). */
uint64_t board_instructions(void);

/* Serve one command of the host (serve.c). Each board has its own of the five below. */
void board_serve(void);
/* Bytes of the C stack: the deepest since the last mark, and all that there is. */
uint32_t board_stack_deepest(void);
uint32_t board_stack_size(void);
void board_stack_mark(void);
/* Ends the board when the stack has run over. */
void board_stack_check(void);
_Noreturn void board_off(void);

/* Open the image and lay it into the address space. Ends the board when it is not of the layout's size. */
void board_flash_open(const char *path);

/* The modules of the firmware, which QEMU has loaded at LINK_ROM_AT. */
void board_rom_open(void);

/* Bytes that malloc() has given out: now, and at most since the last board_heap_mark(). */
uint32_t board_heap_now(void);
uint32_t board_heap_peak(void);
void board_heap_mark(void);

#endif
