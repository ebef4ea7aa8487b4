/*
 * What the owner provisioned. Modules see names of the contract ("device/base"), kept below "mote/" in Zephyr's settings; what only
 * the board may know (broker, Wi-Fi) stands below "board/", out of every module's reach. The image can bring values of its own
 * (firmware.h); a stored value wins.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/settings/settings.h>

#include "board.h"
#include "contract.h"
#include "firmware.h"

struct reading {
	uint8_t *out;
	uint32_t room;
	int32_t answer; /* length or MOTE_ERR_* */
};

static bool ready;

int settings_start(void)
{
	int error = settings_subsys_init();

	ready = error == 0;
	return error;
}

static int on_value(const char *key, size_t len, settings_read_cb read, void *source, void *argument)
{
	struct reading *reading = argument;
	uint8_t value[BOARD_MAX_VALUE];
	ssize_t got;

	if (key != NULL && *key != '\0')
		return 0; /* something below the name */
	if (len > sizeof value || (got = read(source, value, sizeof value)) < 0) {
		reading->answer = MOTE_ERR_IO;
		return 0;
	}
	if ((uint32_t)got > reading->room) {
		reading->answer = MOTE_ERR_TOO_BIG;
		return 0;
	}
	memcpy(reading->out, value, (size_t)got);
	reading->answer = (int32_t)got;
	return 0;
}

static bool full_name(char *out, size_t room, const char *tree, const char *name, uint32_t len)
{
	int wanted;

	if (len == 0 || memchr(name, '\0', len) || memchr(name, '=', len))
		return false;
	wanted = snprintf(out, room, "%s/%.*s", tree, (int)len, name);
	return wanted > 0 && (size_t)wanted < room;
}

static int32_t stored(const char *tree, const char *name, uint32_t len, uint8_t *out, uint32_t room)
{
	struct reading reading = { .out = out, .room = room, .answer = MOTE_ERR_NOT_FOUND };
	char whole[SETTINGS_MAX_NAME_LEN + 1];

	if (!ready || !full_name(whole, sizeof whole, tree, name, len))
		return MOTE_ERR_NOT_FOUND;
	if (settings_load_subtree_direct(whole, on_value, &reading) != 0)
		return MOTE_ERR_IO;
	return reading.answer;
}

int32_t port_settings_get(const char *name, uint32_t name_len, uint8_t *out, uint32_t cap)
{
	int32_t answer = stored("mote", name, name_len, out, cap);

	for (uint32_t i = 0; answer == MOTE_ERR_NOT_FOUND && i < firmware_setting_count; i++) {
		const struct firmware_setting *setting = &firmware_settings[i];

		if (strlen(setting->name) != name_len || memcmp(setting->name, name, name_len) != 0)
			continue;
		if (setting->len > cap)
			return MOTE_ERR_TOO_BIG;
		memcpy(out, setting->value, setting->len);
		answer = (int32_t)setting->len;
	}
	return answer;
}

int32_t settings_board(const char *name, char *out, size_t room)
{
	int32_t len = stored("board", name, strlen(name), (uint8_t *)out, (uint32_t)room - 1);

	out[len > 0 ? len : 0] = '\0';
	return len;
}

int settings_store(bool board, const char *name, const uint8_t *value, size_t len)
{
	char whole[SETTINGS_MAX_NAME_LEN + 1];

	if (len > BOARD_MAX_VALUE || !full_name(whole, sizeof whole, board ? "board" : "mote", name, strlen(name)))
		return -EINVAL;
	return settings_save_one(whole, value, len);
}
