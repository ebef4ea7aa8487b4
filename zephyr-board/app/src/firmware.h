/* What prepare.mjs makes for this image: the modules inside it, the supervisor's budget, and what was provisioned at build time. */
#ifndef FIRMWARE_H
#define FIRMWARE_H

#include <stdint.h>

#include "kernel.h"

struct firmware_module {
	const char *name;
	const uint8_t *bytes;
	uint32_t size;
};

struct firmware_setting {
	const char *name;
	const uint8_t *value;
	uint32_t len;
};

extern const struct firmware_module firmware_modules[];
extern const uint32_t firmware_module_count;
extern const char firmware_supervisor[];
extern const struct mote_budget firmware_budget;

/* Values for a device that has none of its own under that name. */
extern const struct firmware_setting firmware_settings[];
extern const uint32_t firmware_setting_count;

#endif
