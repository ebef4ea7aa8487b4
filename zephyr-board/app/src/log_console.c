/* The log on the console whatever that is: Zephyr's own back end writes to a UART, and an emulated machine may have none to spare. */
#include <zephyr/kernel.h>
#include <zephyr/logging/log_backend.h>
#include <zephyr/logging/log_ctrl.h>
#include <zephyr/logging/log_output.h>
#include <zephyr/sys/printk.h>

static uint8_t buffer[128];

static int write_out(uint8_t *data, size_t length, void *context)
{
	ARG_UNUSED(context);
	printk("%.*s", (int)length, (const char *)data);
	return (int)length;
}

LOG_OUTPUT_DEFINE(console_output, write_out, buffer, sizeof buffer);

static void process(const struct log_backend *const backend, union log_msg_generic *message)
{
	ARG_UNUSED(backend);
	log_output_msg_process(&console_output, &message->log, LOG_OUTPUT_FLAG_LEVEL | LOG_OUTPUT_FLAG_TIMESTAMP | LOG_OUTPUT_FLAG_FORMAT_TIMESTAMP);
}

static void panic(const struct log_backend *const backend)
{
	ARG_UNUSED(backend);
	log_output_flush(&console_output);
}

static const struct log_backend_api api = { .process = process, .panic = panic };

LOG_BACKEND_DEFINE(console_backend, api, true);
