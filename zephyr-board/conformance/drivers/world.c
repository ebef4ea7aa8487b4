/*
 * The link in an image whose threads and timers run: commands and answers are awaited with interrupts off, because waiting polls
 * the UART's, and what the host tells of pins and serial ports goes to Zephyr's emulators instead of the kernel.
 */
#include <stdarg.h>

#include <zephyr/kernel.h>

#include "../../app/src/board.h"
#include "host.h"
#include "link.h"

#define MIE_MEIE (1 << 11)
/* A module's longest pause between bytes is a second; tests ask for less. */
#define PATIENCE 200

void __real_link_open(void);
uint32_t __real_link_receive(uint8_t *frame, uint32_t cap);
int32_t __real_link_ask(void *out, uint32_t cap, uint32_t *len);
int32_t __real_link_event(uint8_t code, const uint8_t *at, uint32_t len);

static unsigned int alone(void)
{
	unsigned int key = irq_lock();

	__asm__ volatile("csrs mie, %0" ::"r"(MIE_MEIE));
	return key;
}

static void together(unsigned int key)
{
	__asm__ volatile("csrc mie, %0" ::"r"(MIE_MEIE));
	irq_unlock(key);
}

void __wrap_link_open(void)
{
	unsigned int key = alone();

	__real_link_open();
	together(key);
}

uint32_t __wrap_link_receive(uint8_t *frame, uint32_t cap)
{
	unsigned int key = alone();
	uint32_t len = __real_link_receive(frame, cap);

	together(key);
	if (frame[0] != LINK_ANSWER)
		host_pins();
	return len;
}

int32_t __wrap_link_ask(void *out, uint32_t cap, uint32_t *len)
{
	unsigned int key = alone();
	int32_t number = __real_link_ask(out, cap, len);

	together(key);
	return number;
}

/* Until the port's message has come through the work queue to the kernel. */
static int32_t settle(void)
{
	for (int waited = 0; waited < PATIENCE; waited++) {
		if (inbox_next())
			return 0;
		k_msleep(1);
	}
	return 0;
}

int32_t __wrap_link_event(uint8_t code, const uint8_t *at, uint32_t len)
{
	if (code == LINK_GPIO)
		host_level(link_load(at + 4), link_load(at + 8));
	else if (code == LINK_UART)
		host_bytes(at + 12, len - 12);
	else
		return __real_link_event(code, at, len);
	return settle();
}

void port_release(uint32_t actor)
{
	pins_release(actor);
	serial_release(actor);
	host_release(actor);
}

void board_note(uint32_t level, const char *format, ...)
{
	ARG_UNUSED(level);
	ARG_UNUSED(format);
}
