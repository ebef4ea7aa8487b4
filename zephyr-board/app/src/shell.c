/* `mote` in Zephyr's shell: provisioning and a look inside. Values of keys are never printed. */
#include <stdlib.h>
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/shell/shell.h>
#include <zephyr/sys/reboot.h>
#include <zephyr/sys/util.h>

#include "board.h"
#include "contract.h"

static int set(const struct shell *shell, bool board, const char *name, const char *kind, const char *text)
{
	uint8_t bytes[BOARD_MAX_VALUE];
	size_t len = strlen(text);
	int error;

	if (strcmp(kind, "hex") == 0) {
		size_t digits = len;

		len = digits % 2 == 0 && digits > 0 ? hex2bin(text, digits, bytes, sizeof bytes) : 0;
		if (len == 0) {
			shell_error(shell, "that is not 1 to %d bytes in hexadecimal", BOARD_MAX_VALUE);
			return -EINVAL;
		}
	} else if (strcmp(kind, "text") == 0 && len <= sizeof bytes) {
		memcpy(bytes, text, len);
	} else {
		shell_error(shell, "hex or text, at most %d bytes", BOARD_MAX_VALUE);
		return -EINVAL;
	}
	error = settings_store(board, name, bytes, len);
	if (error)
		shell_error(shell, "not stored: error %d", error);
	else
		shell_print(shell, "stored; it counts from the next reset");
	return error;
}

static int on_set(const struct shell *shell, size_t count, char **words)
{
	ARG_UNUSED(count);
	return set(shell, false, words[1], words[2], words[3]);
}

static int on_board(const struct shell *shell, size_t count, char **words)
{
	ARG_UNUSED(count);
	return set(shell, true, words[1], "text", words[2]);
}

static int on_status(const struct shell *shell, size_t count, char **words)
{
	static const char *const regions[] = MOTE_FLASH_REGION_NAMES;
	uint8_t value[BOARD_MAX_VALUE];
	int32_t len = port_settings_get("device/base", strlen("device/base"), value, sizeof value);
	uint32_t geometry[4];

	ARG_UNUSED(count);
	ARG_UNUSED(words);
	shell_print(shell, "device   %.*s", (int)MAX(len, 0), len > 0 ? (const char *)value : "");
	shell_print(shell, "up       %llu ms", (unsigned long long)port_clock_now());
	shell_print(shell, "broker   %s", port_mqtt_connected() ? "connected" : "not connected");
	shell_print(shell, "dropped  %u events", (unsigned int)inbox_dropped());
	for (uint32_t i = 0; i < MOTE_FLASH_REGION_COUNT; i++)
		if (port_flash_describe(i, geometry) == 0)
			shell_print(shell, "%-8s %u bytes in sectors of %u", regions[i], geometry[0], geometry[1]);
		else
			shell_print(shell, "%-8s not there", regions[i]);
	return 0;
}

static int on_reset(const struct shell *shell, size_t count, char **words)
{
	ARG_UNUSED(shell);
	ARG_UNUSED(count);
	ARG_UNUSED(words);
	sys_reboot(SYS_REBOOT_COLD);
	return 0;
}

SHELL_STATIC_SUBCMD_SET_CREATE(commands,
	SHELL_CMD_ARG(status, NULL, "What this board is and how it fares", on_status, 1, 0),
	SHELL_CMD_ARG(set, NULL, "Provision a value for modules: set <name> hex|text <value>", on_set, 4, 0),
	SHELL_CMD_ARG(board, NULL, "Provision broker, user, password, wifi-ssid or wifi-psk: board <name> <text>", on_board, 3, 0),
	SHELL_CMD_ARG(reset, NULL, "Restart", on_reset, 1, 0),
	SHELL_SUBCMD_SET_END);
SHELL_CMD_REGISTER(mote, &commands, "The mote board", NULL);
