/* Uptime from the kernel timer, the time of day from a time server. */
#include <zephyr/kernel.h>

#ifdef CONFIG_SNTP
#include <zephyr/net/sntp.h>
#endif

#include "board.h"
#include "contract.h"

/* Unix time at power-on, ms; 0 while unknown. Written by the network's thread, read by the kernel's. */
static uint64_t unix_at_start;
static struct k_spinlock lock;

uint64_t port_clock_now(void)
{
	return (uint64_t)k_uptime_get();
}

bool port_clock_unix(uint64_t *ms)
{
	k_spinlock_key_t key = k_spin_lock(&lock);
	uint64_t start = unix_at_start;

	k_spin_unlock(&lock, key);
	if (start == 0)
		return false;
	*ms = start + port_clock_now();
	return true;
}

void clock_ask(void)
{
#ifdef CONFIG_SNTP
	struct sntp_time time;

	if (CONFIG_MOTE_TIME_SERVER[0] == '\0')
		return;
	if (sntp_simple(CONFIG_MOTE_TIME_SERVER, 3000, &time) != 0) {
		board_note(MOTE_LOG_LEVEL_WARN, "no time from " CONFIG_MOTE_TIME_SERVER);
		return;
	}
	k_spinlock_key_t key = k_spin_lock(&lock);

	unix_at_start = time.seconds * 1000 + ((uint64_t)time.fraction * 1000 >> 32) - port_clock_now();
	k_spin_unlock(&lock, key);
#endif
}
