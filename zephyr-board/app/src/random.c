/*
 * Random bytes: Zephyr's cryptographic generator, which an entropy driver seeds. A machine without one has no random numbers,
 * unless its configuration asks for Zephyr's test generator: then they are predictable, and the log says so.
 */
#include "board.h"
#include "compat.h"
#include "contract.h"

int32_t port_random(uint8_t *out, uint32_t len)
{
#if defined(CONFIG_CSPRNG_ENABLED)
	return sys_csrand_get(out, len) == 0 ? 0 : MOTE_ERR_IO;
#elif defined(CONFIG_TEST_RANDOM_GENERATOR)
	static bool said;

	if (!said)
		board_note(MOTE_LOG_LEVEL_WARN, "random: predictable numbers, for emulation only");
	said = true;
	sys_rand_get(out, len);
	return 0;
#else
	(void)out;
	(void)len;
	return MOTE_ERR_IO;
#endif
}
