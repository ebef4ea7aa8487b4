#include "topics.h"

#include <stdint.h>
#include <string.h>

#define MAX_TOPIC 256

/* The length of the UTF-8 character (RFC 3629) at text, 0 when there is none or it is a control character. */
static size_t character(const uint8_t *text, size_t len)
{
	uint32_t code = text[0];
	size_t size = code < 0x80 ? 1 : code < 0xc2 ? 0 : code < 0xe0 ? 2 : code < 0xf0 ? 3 : code < 0xf5 ? 4 : 0;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (size == 0 || size > len)
		return 0;
	if (size > 1)
		code &= 0x7fu >> size;
	for (size_t i = 1; i < size; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (code < least[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return code < 0x20 || (code >= 0x7f && code <= 0x9f) ? 0 : size;
}

static bool plain(const char *text, size_t len)
{
	if (len == 0 || len > MAX_TOPIC)
		return false;
	for (size_t at = 0, size; at < len; at += size) {
		size = character((const uint8_t *)text + at, len - at);
		if (size == 0)
			return false;
	}
	return true;
}

/* Bytes of the level at text, without its slash. */
static size_t level(const char *text, size_t len)
{
	const char *slash = memchr(text, '/', len);

	return slash ? (size_t)(slash - text) : len;
}

bool topic_valid(const char *topic, size_t len)
{
	return plain(topic, len) && !memchr(topic, '+', len) && !memchr(topic, '#', len);
}

bool filter_valid(const char *filter, size_t len)
{
	if (!plain(filter, len))
		return false;
	for (size_t at = 0; at <= len;) {
		size_t size = level(filter + at, len - at);
		bool wild = memchr(filter + at, '+', size) || memchr(filter + at, '#', size);

		if (wild && size != 1)
			return false;
		if (wild && filter[at] == '#' && at + 1 != len)
			return false;
		at += size + 1;
	}
	return true;
}

bool filter_matches(const char *filter, size_t filter_len, const char *topic, size_t topic_len)
{
	size_t at = 0, to = 0;

	/* Past its end a text has no more levels; at its end, after a slash, one that is empty. */
	while (at <= filter_len) {
		size_t wanted = level(filter + at, filter_len - at), have;

		if (wanted == 1 && filter[at] == '#')
			return true;
		if (to > topic_len)
			return false;
		have = level(topic + to, topic_len - to);
		if (!(wanted == 1 && filter[at] == '+') && (wanted != have || memcmp(filter + at, topic + to, have) != 0))
			return false;
		at += wanted + 1;
		to += have + 1;
	}
	return to > topic_len;
}
