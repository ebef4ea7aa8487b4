/* Zephyr's emulated UART 1, at the other end of which is the host's part: it learns the configuration that the driver has got. */
#include <string.h>

#include <zephyr/drivers/serial/uart_emul.h>
#include <zephyr/drivers/uart.h>
#include <zephyr/kernel.h>

#include "host.h"

enum { ACTOR = 1, PORT = 1, GAP = 1, MOST = 256 };

static const struct device *const uart = DEVICE_DT_GET(DT_NODELABEL(uart1));

static uint8_t sent[MOST];
static uint32_t sent_len;

/* On the driver's thread, a byte at a time. */
static void on_sent(const struct device *device, size_t size, void *user)
{
	ARG_UNUSED(size);
	ARG_UNUSED(user);
	sent_len += uart_emul_get_tx_data(device, sent + sent_len, sizeof sent - sent_len);
}

static void configure(void)
{
	static struct uart_config known;
	struct uart_config config = { 0 };

	uart_config_get(uart, &config);
	if (memcmp(&config, &known, sizeof config) != 0) {
		const uint32_t words[6] = { config.baudrate, 5u + config.data_bits - UART_CFG_DATA_BITS_5,
					    config.parity == UART_CFG_PARITY_EVEN ? 1 : config.parity == UART_CFG_PARITY_ODD ? 2 : 0,
					    config.stop_bits == UART_CFG_STOP_BITS_2 ? 2 : 1, GAP, MOST };

		known = config;
		host_uart_open(ACTOR, PORT, words);
	}
}

int32_t __real_port_uart_write(uint32_t actor, uint32_t port, const uint8_t *bytes, uint32_t len);

/* The driver's thread goes before this one: everything is out when the port returns. */
int32_t __wrap_port_uart_write(uint32_t actor, uint32_t port, const uint8_t *bytes, uint32_t len)
{
	int32_t error;

	sent_len = 0;
	error = __real_port_uart_write(actor, port, bytes, len);
	if (sent_len) {
		configure();
		host_uart_write(ACTOR, PORT, sent, sent_len);
	}
	return error;
}

void host_bytes(const uint8_t *bytes, uint32_t len)
{
	uart_emul_put_rx_data(uart, (uint8_t *)bytes, len);
}

static int wire(void)
{
	uart_emul_callback_tx_data_ready_set(uart, on_sent, NULL);
	return 0;
}

SYS_INIT(wire, APPLICATION, 0);
