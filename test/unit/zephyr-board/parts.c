/* Answers one line for each line of input: topic HEX, filter HEX, match HEX HEX, radio RSSI BYTES (p is a pause). */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rc1180_frame.h"
#include "topics.h"

/* In a block of its own size, so that one byte past it is caught. */
static char *bytes_of(const char *hex, size_t *len)
{
	size_t size = strcmp(hex, "-") == 0 ? 0 : strlen(hex) / 2;
	char *bytes = malloc(size ? size : 1);

	for (size_t i = 0; i < size; i++) {
		unsigned int byte;

		sscanf(hex + 2 * i, "%2x", &byte);
		bytes[i] = (char)byte;
	}
	*len = size;
	return bytes;
}

static void radio(int with_rssi, const char *text)
{
	struct rc1180 parser = { .with_rssi = with_rssi != 0 };
	uint32_t now = UINT32_MAX - 3; /* time wraps */
	const char *gap = "";

	while (*text) {
		unsigned int byte;
		int8_t rssi;

		if (*text == 'p') {
			now += RC1180_PAUSE + 1;
			text++;
			continue;
		}
		sscanf(text, "%2x", &byte);
		text += 2;
		now++;
		if (!rc1180_take(&parser, (uint8_t)byte, now, &rssi))
			continue;
		printf("%s", gap);
		gap = " ";
		for (unsigned int i = 0; i <= parser.bytes[0]; i++)
			printf("%02x", parser.bytes[i]);
		printf(" %d", rssi);
	}
	printf("\n");
}

int main(void)
{
	static char line[8192], what[16], first[4096], second[4096];

	while (fgets(line, sizeof line, stdin)) {
		size_t first_len = 0, second_len = 0;
		char *a, *b;
		int words = sscanf(line, "%15s %4095s %4095s", what, first, second);

		if (words < 2)
			return 2;
		if (strcmp(what, "radio") == 0) {
			radio(atoi(first), second);
			continue;
		}
		a = bytes_of(first, &first_len);
		b = bytes_of(words > 2 ? second : "-", &second_len);
		if (strcmp(what, "topic") == 0)
			printf("%d\n", topic_valid(a, first_len));
		else if (strcmp(what, "filter") == 0)
			printf("%d\n", filter_valid(a, first_len));
		else
			printf("%d\n", filter_matches(a, first_len, b, second_len));
		free(a);
		free(b);
	}
	return 0;
}
