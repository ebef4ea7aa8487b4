/* Topics and filters of MQTT 3.1.1 (clause 4.7), relative to the base topic. Plain C; every text is bytes and a length. */
#ifndef TOPICS_H
#define TOPICS_H

#include <stdbool.h>
#include <stddef.h>

/* A topic to publish to: 1 to 256 bytes of UTF-8 without wildcards or control characters. */
bool topic_valid(const char *topic, size_t len);

/* A filter: `+` only as a whole level, `#` only as the last one (clause 4.7.1). */
bool filter_valid(const char *filter, size_t len);

/* requires: a valid filter and a valid topic. `#` also matches the level above it (clause 4.7.1.2). */
bool filter_matches(const char *filter, size_t filter_len, const char *topic, size_t topic_len);

#endif
