/* Serial ports of modules: the port of number n is the node label uart<n>, unless console, shell or network have it. */
#include <zephyr/device.h>
#include <zephyr/devicetree.h>
#include <zephyr/drivers/uart.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/ring_buffer.h>

#include "board.h"
#include "contract.h"

#if defined(CONFIG_SERIAL) && defined(CONFIG_UART_INTERRUPT_DRIVEN) && defined(CONFIG_UART_USE_RUNTIME_CONFIGURE)
#define BYTES 256
#define LOST 1
#define WRONG 2

#define IS_CHOSEN(label, use) COND_CODE_1(DT_HAS_CHOSEN(use), (DT_SAME_NODE(DT_NODELABEL(label), DT_CHOSEN(use))), (0))
#define IS_TAKEN(label)                                                                                                    \
	(IS_CHOSEN(label, zephyr_console) || IS_CHOSEN(label, zephyr_shell_uart) || IS_CHOSEN(label, zephyr_uart_pipe))
#define UART(label)                                                                                                        \
	COND_CODE_1(DT_NODE_HAS_STATUS(DT_NODELABEL(label), okay),                                                         \
		    (IS_TAKEN(label) ? NULL : DEVICE_DT_GET(DT_NODELABEL(label))), (NULL))

enum { BAUD, DATA_BITS, PARITY, STOP_BITS, GAP, MOST }; /* of a configuration */

static const struct device *const uarts[] = { UART(uart0), UART(uart1), UART(uart2) };

static struct port {
	uint32_t actor; /* 0: nobody has it */
	uint32_t gap, most;
	uint32_t faults;
	struct k_work_delayable deliver;
	struct ring_buf in, out;
	uint8_t in_bytes[2 * BYTES], out_bytes[BYTES];
} ports[ARRAY_SIZE(uarts)];

/* On the work queue: what has come, in pieces that the module asked for. */
static void deliver(struct k_work *work)
{
	struct port *port = CONTAINER_OF(k_work_delayable_from_work(work), struct port, deliver);
	uint8_t bytes[BYTES];
	uint32_t len;

	do {
		unsigned int key = irq_lock();
		uint32_t faults = port->faults;

		port->faults = 0;
		len = ring_buf_get(&port->in, bytes, port->most);
		irq_unlock(key);
		if (port->actor && (len || faults))
			inbox_uart(port->actor, (uint32_t)(port - ports), bytes, len, faults);
	} while (len == port->most);
}

static void on_interrupt(const struct device *device, void *user)
{
	struct port *port = user;
	uint8_t byte;

	while (uart_irq_update(device) && uart_irq_is_pending(device)) {
		if (uart_irq_rx_ready(device)) {
			while (uart_fifo_read(device, &byte, 1) == 1)
				if (ring_buf_put(&port->in, &byte, 1) == 0)
					port->faults |= LOST;
			if (uart_err_check(device) > 0)
				port->faults |= WRONG;
			k_work_reschedule(&port->deliver,
					  ring_buf_size_get(&port->in) >= port->most ? K_NO_WAIT : K_USEC(port->gap));
		}
		if (uart_irq_tx_ready(device)) {
			uint8_t *bytes;
			uint32_t len = ring_buf_get_claim(&port->out, &bytes, BYTES);
			int sent = len ? uart_fifo_fill(device, bytes, (int)len) : 0;

			ring_buf_get_finish(&port->out, sent > 0 ? (uint32_t)sent : 0);
			if (len == 0)
				uart_irq_tx_disable(device);
		}
	}
}

static const struct device *device_of(uint32_t number)
{
	const struct device *device = number < ARRAY_SIZE(uarts) ? uarts[number] : NULL;

	return device && device_is_ready(device) ? device : NULL;
}

static void shut(uint32_t number)
{
	uart_irq_rx_disable(uarts[number]);
	uart_irq_tx_disable(uarts[number]);
	k_work_cancel_delayable(&ports[number].deliver);
	ports[number].actor = 0;
}

int32_t port_uart_open(uint32_t actor, uint32_t number, const uint32_t config[6])
{
	static const uint8_t parities[] = { UART_CFG_PARITY_NONE, UART_CFG_PARITY_EVEN, UART_CFG_PARITY_ODD };
	const struct device *device = device_of(number);
	const struct uart_config wanted = {
		.baudrate = config[BAUD],
		.parity = parities[config[PARITY]],
		.stop_bits = config[STOP_BITS] == 2 ? UART_CFG_STOP_BITS_2 : UART_CFG_STOP_BITS_1,
		.data_bits = (uint8_t)(UART_CFG_DATA_BITS_5 + config[DATA_BITS] - 5),
		.flow_ctrl = UART_CFG_FLOW_CTRL_NONE,
	};
	struct port *port;

	if (device == NULL)
		return MOTE_ERR_NOT_FOUND;
	port = &ports[number];
	if (port->actor && port->actor != actor)
		return MOTE_ERR_BUSY;
	if (port->actor)
		shut(number);
	if (uart_configure(device, &wanted) != 0)
		return MOTE_ERR_INVALID;
	ring_buf_init(&port->in, sizeof port->in_bytes, port->in_bytes);
	ring_buf_init(&port->out, sizeof port->out_bytes, port->out_bytes);
	k_work_init_delayable(&port->deliver, deliver);
	port->gap = config[GAP];
	port->most = config[MOST];
	port->faults = 0;
	port->actor = actor;
	if (uart_irq_callback_user_data_set(device, on_interrupt, port) != 0) {
		port->actor = 0;
		return MOTE_ERR_IO;
	}
	uart_irq_rx_enable(device);
	return 0;
}

int32_t port_uart_write(uint32_t actor, uint32_t number, const uint8_t *bytes, uint32_t len)
{
	const struct device *device = device_of(number);
	unsigned int key;
	bool fits;

	if (device == NULL || ports[number].actor != actor)
		return MOTE_ERR_NOT_FOUND;
	key = irq_lock();
	fits = ring_buf_space_get(&ports[number].out) >= len;
	if (fits)
		ring_buf_put(&ports[number].out, bytes, len);
	irq_unlock(key);
	if (fits)
		uart_irq_tx_enable(device);
	return fits ? 0 : MOTE_ERR_BUSY;
}

int32_t port_uart_close(uint32_t actor, uint32_t number)
{
	if (device_of(number) == NULL || ports[number].actor != actor)
		return MOTE_ERR_NOT_FOUND;
	shut(number);
	return 0;
}

void serial_release(uint32_t actor)
{
	for (uint32_t i = 0; i < ARRAY_SIZE(ports); i++)
		if (ports[i].actor == actor)
			shut(i);
}
#else
int32_t port_uart_open(uint32_t actor, uint32_t port, const uint32_t config[6])
{
	ARG_UNUSED(actor);
	ARG_UNUSED(port);
	ARG_UNUSED(config);
	return MOTE_ERR_NOT_FOUND;
}

int32_t port_uart_write(uint32_t actor, uint32_t port, const uint8_t *bytes, uint32_t len)
{
	ARG_UNUSED(actor);
	ARG_UNUSED(port);
	ARG_UNUSED(bytes);
	ARG_UNUSED(len);
	return MOTE_ERR_NOT_FOUND;
}

int32_t port_uart_close(uint32_t actor, uint32_t port)
{
	ARG_UNUSED(actor);
	ARG_UNUSED(port);
	return MOTE_ERR_NOT_FOUND;
}

void serial_release(uint32_t actor)
{
	ARG_UNUSED(actor);
}
#endif
