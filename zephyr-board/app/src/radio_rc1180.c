/*
 * A Radiocrafts RC1180-MBUS3 at the UART of the alias mote-radio: it receives. It cannot send what a module composes, because
 * the part itself adds C, M and A fields from its own configuration; port_radio_send() says so.
 */
#include <zephyr/device.h>
#include <zephyr/drivers/uart.h>
#include <zephyr/kernel.h>

#include "board.h"
#include "contract.h"
#include "rc1180_frame.h"

static const struct device *const uart = DEVICE_DT_GET(DT_ALIAS(mote_radio));
static struct rc1180 parser = { .with_rssi = IS_ENABLED(CONFIG_MOTE_RADIO_RC1180_RSSI) };

/* The inbox allocates, so frames leave the interrupt through this. */
K_MSGQ_DEFINE(heard, 2, 1024, 2);

static void on_byte(const struct device *device, void *argument)
{
	uint8_t byte;

	ARG_UNUSED(argument);
	while (uart_irq_update(device) && uart_irq_rx_ready(device))
		while (uart_fifo_read(device, &byte, 1) == 1) {
			/* One slot: the byte and the time, modulo 256 ms; the thread reads long before that is over. */
			uint16_t slot = (uint16_t)(byte | (k_uptime_get_32() & 0xff) << 8);

			k_msgq_put(&heard, &slot, K_NO_WAIT);
		}
}

static void run(void *a, void *b, void *c)
{
	uint32_t time = 0;
	uint16_t slot;
	int8_t rssi;

	ARG_UNUSED(a);
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	for (;;) {
		k_msgq_get(&heard, &slot, K_FOREVER);
		/* The time of the slot, at most 255 ms ago. */
		time = k_uptime_get_32();
		time -= (time - (slot >> 8)) & 0xff;
		if (rc1180_take(&parser, (uint8_t)slot, time, &rssi))
			inbox_radio(parser.bytes, parser.bytes[0] + 1u, rssi);
	}
}

K_THREAD_STACK_DEFINE(radio_stack, CONFIG_MOTE_RADIO_STACK_SIZE);

void radio_start(void)
{
	static struct k_thread thread;

	if (!device_is_ready(uart)) {
		board_note(MOTE_LOG_LEVEL_ERROR, "radio: its UART is not ready");
		return;
	}
	k_thread_create(&thread, radio_stack, K_THREAD_STACK_SIZEOF(radio_stack), run, NULL, NULL, NULL, CONFIG_MOTE_MQTT_PRIORITY, 0,
			K_NO_WAIT);
	k_thread_name_set(&thread, "radio");
	uart_irq_callback_user_data_set(uart, on_byte, NULL);
	uart_irq_rx_enable(uart);
}

int32_t port_radio_send(const uint8_t *frame, uint32_t len)
{
	(void)frame;
	(void)len;
	return MOTE_ERR_OFFLINE;
}
