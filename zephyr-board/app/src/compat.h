/* The only file that knows Zephyr versions. Written for 3.5 to 4.4; what was built is in docs/hardware.md. */
#ifndef COMPAT_H
#define COMPAT_H

#if __has_include(<zephyr/version.h>)
#include <zephyr/version.h>
#else
#include <version.h>
#endif

#if __has_include(<zephyr/random/random.h>)
#include <zephyr/random/random.h>
#else
#include <zephyr/random/rand32.h>
#endif

#include <zephyr/fatal.h>
#include <zephyr/storage/flash_map.h>

/* net_mgmt events have 64 bits since 4.2. */
#if ZEPHYR_VERSION_CODE >= ZEPHYR_VERSION(4, 2, 0)
typedef uint64_t compat_mgmt_event;
#else
typedef uint32_t compat_mgmt_event;
#endif

/* mqtt_disconnect() takes a second argument since 4.2. */
#if ZEPHYR_VERSION_CODE >= ZEPHYR_VERSION(4, 2, 0)
#define compat_mqtt_disconnect(client) mqtt_disconnect(client, NULL)
#else
#define compat_mqtt_disconnect(client) mqtt_disconnect(client)
#endif

/* The frame that a fatal error hands over got a new name in 3.7. */
#if ZEPHYR_VERSION_CODE >= ZEPHYR_VERSION(3, 7, 0)
typedef struct arch_esf compat_esf;
#else
typedef z_arch_esf_t compat_esf;
#endif

/* Since 4.3 a chip select says whether it is a pin. */
#if ZEPHYR_VERSION_CODE >= ZEPHYR_VERSION(4, 3, 0)
#define compat_spi_select(control, pin) ((control)->gpio = *(pin), (control)->cs_is_gpio = (pin)->port != NULL)
#else
#define compat_spi_select(control, pin) ((control)->gpio = *(pin))
#endif

/* Partitions of the newest trees are mapped-partition nodes with a macro of their own. */
#ifdef PARTITION_ID
#define COMPAT_PARTITION_ID(label) PARTITION_ID(label)
#else
#define COMPAT_PARTITION_ID(label) FIXED_PARTITION_ID(label)
#endif

/* Espressif's header of the flash's window, since IDF 5 and before. */
#if __has_include(<spi_flash_mmap.h>)
#define COMPAT_FLASH_MMAP_HEADER <spi_flash_mmap.h>
#else
#define COMPAT_FLASH_MMAP_HEADER <esp_spi_flash.h>
#endif

#endif
