/* Lines for people, through Zephyr's deferred log. A module's text must not drive a terminal or forge a line. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>

#include "board.h"
#include "contract.h"

LOG_MODULE_REGISTER(mote, CONFIG_MOTE_LOG_LEVEL);

/* The contract keeps 256 bytes of a text; each may take four when escaped. */
#define MAX_TEXT 256
#define MAX_NAME 32

static void write_line(uint32_t level, const char *who, const char *text)
{
	switch (level) {
	case MOTE_LOG_LEVEL_DEBUG:
		LOG_DBG("%s: %s", who, text);
		break;
	case MOTE_LOG_LEVEL_INFO:
		LOG_INF("%s: %s", who, text);
		break;
	case MOTE_LOG_LEVEL_WARN:
		LOG_WRN("%s: %s", who, text);
		break;
	default:
		LOG_ERR("%s: %s", who, text);
	}
}

static void escape(char *out, size_t room, const char *text, uint32_t len)
{
	size_t at = 0;

	for (uint32_t i = 0; i < len && at + 5 <= room; i++) {
		uint8_t c = (uint8_t)text[i];
		/* C1 controls and the separators U+2028 and U+2029 in UTF-8. */
		bool c1 = c == 0xc2 && i + 1 < len && (uint8_t)text[i + 1] < 0xa0;
		bool separator = c == 0xe2 && i + 2 < len && (uint8_t)text[i + 1] == 0x80 && ((uint8_t)text[i + 2] | 1) == 0xa9;

		if (c < 0x20 || c == 0x7f || c1 || separator)
			at += (size_t)snprintf(out + at, room - at, "\\x%02x", c);
		else
			out[at++] = (char)c;
	}
	out[at] = '\0';
}

/* Static: only the kernel's thread logs for modules. */
void port_log(uint32_t level, const char *who, uint32_t who_len, const char *text, uint32_t text_len)
{
	static char name[4 * MAX_NAME + 1], line[4 * MAX_TEXT + 1];

	escape(name, sizeof name, who, MIN(who_len, MAX_NAME));
	escape(line, sizeof line, text, MIN(text_len, MAX_TEXT));
	write_line(level, name, line);
}

void board_note(uint32_t level, const char *format, ...)
{
	char line[160];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	write_line(level, "board", line);
}
