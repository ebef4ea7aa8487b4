/* Modules that are part of the firmware: they stand in the image and are read in place. */
#include <string.h>

#include "board.h"
#include "contract.h"
#include "firmware.h"

static const struct firmware_module *find(const char *name, uint32_t len)
{
	for (uint32_t i = 0; i < firmware_module_count; i++)
		if (strlen(firmware_modules[i].name) == len && memcmp(firmware_modules[i].name, name, len) == 0)
			return &firmware_modules[i];
	return NULL;
}

int32_t port_builtin_size(const char *name, uint32_t name_len)
{
	const struct firmware_module *module = find(name, name_len);

	return module ? (int32_t)module->size : MOTE_ERR_NOT_FOUND;
}

const uint8_t *port_builtin_map(const char *name, uint32_t name_len)
{
	const struct firmware_module *module = find(name, name_len);

	return module ? module->bytes : NULL;
}

int32_t port_builtin_read(const char *name, uint32_t name_len, uint8_t *out, uint32_t len)
{
	const struct firmware_module *module = find(name, name_len);

	if (module == NULL)
		return MOTE_ERR_NOT_FOUND;
	if (module->size > len)
		return MOTE_ERR_TOO_BIG;
	memcpy(out, module->bytes, module->size);
	return (int32_t)module->size;
}
