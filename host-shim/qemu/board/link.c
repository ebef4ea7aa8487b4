#include "link.h"

#include <stddef.h>
#include <string.h>

#include "board.h"

/* QEMU's virt: hw/riscv/virt.c. A 16550 at interrupt 10 of the PLIC, context 0 is hart 0 in machine mode. */
#define UART ((volatile uint8_t *)0x10000000)
enum { DATA, INTERRUPTS, FIFO, STATUS = 5 };
enum { READY = 0x01, EMPTY = 0x20 };
#define UART_IRQ 10
#define PLIC_PRIORITY(irq) (*(volatile uint32_t *)(0x0c000000 + 4 * (irq)))
#define PLIC_ENABLE (*(volatile uint32_t *)0x0c002000)
#define PLIC_THRESHOLD (*(volatile uint32_t *)0x0c200000)
#define PLIC_CLAIM (*(volatile uint32_t *)0x0c200004)
#define MIE_MEIE (1 << 11)

/* RFC 1055 */
enum { END = 0xc0, ESC = 0xdb, ESC_END = 0xdc, ESC_ESC = 0xdd };

uint64_t link_outside;
static uint64_t asked_at;

void link_open(void)
{
	UART[FIFO] = 1;
	UART[INTERRUPTS] = 1;
	PLIC_PRIORITY(UART_IRQ) = 1;
	PLIC_ENABLE = 1 << UART_IRQ;
	PLIC_THRESHOLD = 0;
	/* mstatus.MIE stays 0: a pending interrupt ends wfi and is never taken. */
	__asm__ volatile("csrs mie, %0" ::"r"(MIE_MEIE));
}

static uint8_t get(void)
{
	while (!(UART[STATUS] & READY)) {
		uint32_t irq;

		__asm__ volatile("wfi");
		irq = PLIC_CLAIM;
		if (irq)
			PLIC_CLAIM = irq;
	}
	return UART[DATA];
}

static void put(uint8_t byte)
{
	while (!(UART[STATUS] & EMPTY))
		;
	UART[DATA] = byte;
}

uint32_t link_receive(uint8_t *frame, uint32_t cap)
{
	uint32_t len = 0;

	for (;;) {
		uint8_t byte = get();

		if (byte == END) {
			if (len)
				return len;
			continue;
		}
		if (byte == ESC)
			byte = get() == ESC_END ? END : ESC;
		if (len == cap)
			board_die(BOARD_LINK, "a frame is too long");
		frame[len++] = byte;
	}
}

void link_bytes(const void *bytes, uint32_t len)
{
	const uint8_t *from = bytes;

	for (uint32_t i = 0; i < len; i++) {
		if (from[i] == END || from[i] == ESC) {
			put(ESC);
			put(from[i] == END ? ESC_END : ESC_ESC);
		} else {
			put(from[i]);
		}
	}
}

void link_begin(uint8_t code)
{
	asked_at = board_instructions();
	link_bytes(&code, 1);
}

void link_word(uint32_t word)
{
	const uint8_t bytes[4] = { (uint8_t)word, (uint8_t)(word >> 8), (uint8_t)(word >> 16), (uint8_t)(word >> 24) };

	link_bytes(bytes, sizeof bytes);
}

void link_end(void)
{
	put(END);
}

int32_t link_ask(void *out, uint32_t cap, uint32_t *len)
{
	static uint8_t answer[5 + LINK_MAX_ANSWER];
	uint32_t got, extra;

	link_end();
	got = link_receive(answer, sizeof answer);
	if (got < 5 || answer[0] != LINK_ANSWER || got - 5 > cap)
		board_die(BOARD_LINK, "that was no answer");
	extra = got - 5;
	if (extra)
		memcpy(out, answer + 5, extra);
	if (len)
		*len = extra;
	link_outside += board_instructions() - asked_at;
	return (int32_t)link_load(answer + 1);
}

uint32_t link_load(const uint8_t *from)
{
	return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}
