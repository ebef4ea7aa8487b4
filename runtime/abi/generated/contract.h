/* Generated from runtime/abi/mote.wit by `npm run generate`. Do not edit. */
#ifndef MOTE_CONTRACT_H
#define MOTE_CONTRACT_H

#define MOTE_ABI_VERSION "0.1"

/*
 * types.error as an int32_t: -(n + 1) for the n-th case, so that 0 and above is success.
 * In a return area stands n: MOTE_ERR_CASE() converts.
 */
enum mote_error {
	/* The module's manifest does not grant it. Counted by the kernel. */
	MOTE_ERR_DENIED = -1,
	/* An argument is out of range. */
	MOTE_ERR_INVALID = -2,
	MOTE_ERR_NOT_FOUND = -3,
	/* Longer than the receiver's bound. */
	MOTE_ERR_TOO_BIG = -4,
	/* A queue is full: try again later. */
	MOTE_ERR_BUSY = -5,
	/* The device failed: bus, flash or socket. */
	MOTE_ERR_IO = -6,
	/* There is no connection at the moment. */
	MOTE_ERR_OFFLINE = -7,
	/* Nothing on the bus answered, or it refused a byte. */
	MOTE_ERR_NACK = -8,
	/* The bus did not answer in time: a clock held low, a line that never came back. */
	MOTE_ERR_TIMEOUT = -9,
	/* Another master won the bus. */
	MOTE_ERR_ARBITRATION = -10,
};
#define MOTE_ERR_COUNT 10
#define MOTE_ERR_NAMES { "denied", "invalid", "not-found", "too-big", "busy", "io", "offline", "nack", "timeout", "arbitration" }
#define MOTE_ERR_CASE(error) (-(error) - 1)

/* types.capability. MOTE_CAP_NAMES holds the names as a manifest writes them. */
enum mote_capability {
	/* Scope: the setting's name. */
	MOTE_CAP_SETTINGS = 0,
	MOTE_CAP_RADIO_RECEIVE = 1,
	MOTE_CAP_RADIO_SEND = 2,
	/* Scope: the topic, below the device's own base topic. */
	MOTE_CAP_MQTT_PUBLISH = 3,
	/* Scope: the topic filter, below the device's own base topic. */
	MOTE_CAP_MQTT_SUBSCRIBE = 4,
	/* Scope: the region's name, or of one thing that is done with it: `slots:read`, `slots:write`. */
	MOTE_CAP_FLASH = 5,
	/* Start, watch and stop other modules. */
	MOTE_CAP_ACTORS = 6,
	/* Send to other modules. Scope: the module's name, for `mail.post`; only an empty one allows `mail.send`. */
	MOTE_CAP_MAIL = 7,
	/* Scope: `i2c<bus>:<address>`; a 10-bit address is 0xa000 + address. */
	MOTE_CAP_I2C = 8,
	/* Scope: `spi<bus>:<select>`. */
	MOTE_CAP_SPI = 9,
	/* Scope: `<pin>:in` or `<pin>:out`. */
	MOTE_CAP_GPIO = 10,
	/* Scope: `adc<unit>:<channel>`. */
	MOTE_CAP_ADC = 11,
	/* Scope: `pwm<unit>:<channel>`. */
	MOTE_CAP_PWM = 12,
	/* Scope: `uart<port>`. */
	MOTE_CAP_UART = 13,
	/* Scope: `onewire<bus>`. */
	MOTE_CAP_ONE_WIRE = 14,
	/* Scope: the peer as `host:port`, or `local`: every peer on the board's own links. */
	MOTE_CAP_DATAGRAM = 15,
	/* Scope: the name of the component that is shared. */
	MOTE_CAP_DATA = 16,
	/* Scope: the address, for instance `https://releases.example/`. */
	MOTE_CAP_HTTP = 17,
};
#define MOTE_CAP_COUNT 18
#define MOTE_CAP_NAMES { "settings", "radio-receive", "radio-send", "mqtt-publish", "mqtt-subscribe", "flash", "actors", "mail", "i2c", "spi", "gpio", "adc", "pwm", "uart", "one-wire", "datagram", "data", "http" }
#define MOTE_CAP_NONE (-1)

/* types.step */
enum mote_step {
	/* i2c: STOP. spi: deselect. one-wire: reset, and `nack` when nothing is present. Without a length. */
	MOTE_STEP_STOP = 0,
	/* Length 1 to 255, then the bytes. */
	MOTE_STEP_WRITE = 1,
	/* Length 1 to 255. */
	MOTE_STEP_READ = 2,
	/* Without a length: microseconds as u16, little endian. On i2c a STOP comes before it. */
	MOTE_STEP_DELAY = 3,
	/* spi: length and bytes as with `write`; as many come back, full duplex. */
	MOTE_STEP_EXCHANGE = 4,
	/* one-wire: length n, then n bytes of directions, bit 0 first: a search (ROM SEARCH) goes through 8 n bits. For each bit the direction counts where parts disagree. n bytes of the bits taken come back, then n bytes in which the bits are set where parts disagreed; `nack` when none answers. */
	MOTE_STEP_SEARCH = 5,
};
#define MOTE_STEP_COUNT 6

/* log.level */
enum mote_log_level {
	MOTE_LOG_LEVEL_DEBUG = 0,
	MOTE_LOG_LEVEL_INFO = 1,
	MOTE_LOG_LEVEL_WARN = 2,
	MOTE_LOG_LEVEL_ERROR = 3,
};
#define MOTE_LOG_LEVEL_COUNT 4
#define MOTE_LOG_LEVEL_NAMES { "debug", "info", "warn", "error" }

/* radio.frame */
#define MOTE_RADIO_FRAME_AT_BYTES 0
#define MOTE_RADIO_FRAME_AT_RSSI 8
#define MOTE_RADIO_FRAME_SIZE 12
#define MOTE_RADIO_FRAME_ALIGN 4

/* mqtt.qos */
enum mote_mqtt_qos {
	MOTE_MQTT_QOS_AT_MOST_ONCE = 0,
	MOTE_MQTT_QOS_AT_LEAST_ONCE = 1,
	MOTE_MQTT_QOS_RETAINED = 2,
};
#define MOTE_MQTT_QOS_COUNT 3
#define MOTE_MQTT_QOS_NAMES { "at-most-once", "at-least-once", "retained" }

/* mqtt.publication */
#define MOTE_MQTT_PUBLICATION_AT_TOPIC 0
#define MOTE_MQTT_PUBLICATION_AT_PAYLOAD 8
#define MOTE_MQTT_PUBLICATION_SIZE 16
#define MOTE_MQTT_PUBLICATION_ALIGN 4

/* flash.region */
enum mote_flash_region {
	MOTE_FLASH_REGION_JOURNAL = 0,
	MOTE_FLASH_REGION_SLOTS = 1,
	MOTE_FLASH_REGION_DELIVERY = 2,
};
#define MOTE_FLASH_REGION_COUNT 3
#define MOTE_FLASH_REGION_NAMES { "journal", "slots", "delivery" }

/* flash.geometry */
#define MOTE_FLASH_GEOMETRY_AT_SIZE 0
#define MOTE_FLASH_GEOMETRY_AT_SECTOR 4
#define MOTE_FLASH_GEOMETRY_AT_ALIGN 8
#define MOTE_FLASH_GEOMETRY_AT_ERASED 12
#define MOTE_FLASH_GEOMETRY_SIZE 16
#define MOTE_FLASH_GEOMETRY_ALIGN 4

/* mail.letter */
#define MOTE_MAIL_LETTER_AT_SENDER 0
#define MOTE_MAIL_LETTER_AT_PAYLOAD 4
#define MOTE_MAIL_LETTER_SIZE 12
#define MOTE_MAIL_LETTER_ALIGN 4

/* actors.grant */
#define MOTE_ACTORS_GRANT_AT_CAPABILITY 0
#define MOTE_ACTORS_GRANT_AT_SCOPE 4
#define MOTE_ACTORS_GRANT_SIZE 12
#define MOTE_ACTORS_GRANT_ALIGN 4

/* actors.budget */
#define MOTE_ACTORS_BUDGET_AT_MEMORY 0
#define MOTE_ACTORS_BUDGET_AT_STACK 4
#define MOTE_ACTORS_BUDGET_AT_FUEL 8
#define MOTE_ACTORS_BUDGET_AT_MAILBOX 12
#define MOTE_ACTORS_BUDGET_SIZE 16
#define MOTE_ACTORS_BUDGET_ALIGN 4

/* actors.extent */
#define MOTE_ACTORS_EXTENT_AT_REGION 0
#define MOTE_ACTORS_EXTENT_AT_OFFSET 4
#define MOTE_ACTORS_EXTENT_AT_LEN 8
#define MOTE_ACTORS_EXTENT_SIZE 12
#define MOTE_ACTORS_EXTENT_ALIGN 4

/* actors.source */
enum mote_actors_source {
	/* A module that is part of the firmware, by name. */
	MOTE_ACTORS_SOURCE_BUILTIN = 0,
	/* Bytes in flash. The caller has verified them. */
	MOTE_ACTORS_SOURCE_FLASH = 1,
};
#define MOTE_ACTORS_SOURCE_COUNT 2

/* actors.state */
enum mote_actors_state {
	MOTE_ACTORS_STATE_STARTING = 0,
	MOTE_ACTORS_STATE_RUNNING = 1,
	MOTE_ACTORS_STATE_DEAD = 2,
};
#define MOTE_ACTORS_STATE_COUNT 3
#define MOTE_ACTORS_STATE_NAMES { "starting", "running", "dead" }

/* actors.stats */
#define MOTE_ACTORS_STATS_AT_STATE 0
#define MOTE_ACTORS_STATS_AT_HANDLED 4
#define MOTE_ACTORS_STATS_AT_DENIED 8
#define MOTE_ACTORS_STATS_AT_DROPPED 12
#define MOTE_ACTORS_STATS_AT_FUEL_PEAK 16
#define MOTE_ACTORS_STATS_AT_MEMORY 20
#define MOTE_ACTORS_STATS_SIZE 24
#define MOTE_ACTORS_STATS_ALIGN 4

/* actors.exit */
#define MOTE_ACTORS_EXIT_AT_ACTOR 0
#define MOTE_ACTORS_EXIT_AT_REASON 4
#define MOTE_ACTORS_EXIT_SIZE 12
#define MOTE_ACTORS_EXIT_ALIGN 4

/* actors.vitals */
#define MOTE_ACTORS_VITALS_AT_ACTOR 0
#define MOTE_ACTORS_VITALS_AT_HEALTHY 4
#define MOTE_ACTORS_VITALS_SIZE 8
#define MOTE_ACTORS_VITALS_ALIGN 4

/* spi.mode */
enum mote_spi_mode {
	MOTE_SPI_MODE_MODE0 = 0,
	MOTE_SPI_MODE_MODE1 = 1,
	MOTE_SPI_MODE_MODE2 = 2,
	MOTE_SPI_MODE_MODE3 = 3,
};
#define MOTE_SPI_MODE_COUNT 4
#define MOTE_SPI_MODE_NAMES { "mode0", "mode1", "mode2", "mode3" }

/* gpio.pull */
enum mote_gpio_pull {
	MOTE_GPIO_PULL_NONE = 0,
	MOTE_GPIO_PULL_UP = 1,
	MOTE_GPIO_PULL_DOWN = 2,
};
#define MOTE_GPIO_PULL_COUNT 3
#define MOTE_GPIO_PULL_NAMES { "none", "up", "down" }

/* gpio.edge */
enum mote_gpio_edge {
	MOTE_GPIO_EDGE_NONE = 0,
	MOTE_GPIO_EDGE_RISING = 1,
	MOTE_GPIO_EDGE_FALLING = 2,
	MOTE_GPIO_EDGE_BOTH = 3,
};
#define MOTE_GPIO_EDGE_COUNT 4
#define MOTE_GPIO_EDGE_NAMES { "none", "rising", "falling", "both" }

/* gpio.change */
#define MOTE_GPIO_CHANGE_AT_PIN 0
#define MOTE_GPIO_CHANGE_AT_HIGH 4
#define MOTE_GPIO_CHANGE_AT_COUNT 8
#define MOTE_GPIO_CHANGE_AT_AT 12
#define MOTE_GPIO_CHANGE_SIZE 16
#define MOTE_GPIO_CHANGE_ALIGN 4

/* uart.parity */
enum mote_uart_parity {
	MOTE_UART_PARITY_NONE = 0,
	MOTE_UART_PARITY_EVEN = 1,
	MOTE_UART_PARITY_ODD = 2,
};
#define MOTE_UART_PARITY_COUNT 3
#define MOTE_UART_PARITY_NAMES { "none", "even", "odd" }

/* uart.config */
#define MOTE_UART_CONFIG_AT_BAUD 0
#define MOTE_UART_CONFIG_AT_DATA_BITS 4
#define MOTE_UART_CONFIG_AT_PARITY 5
#define MOTE_UART_CONFIG_AT_STOP_BITS 6
#define MOTE_UART_CONFIG_AT_GAP 8
#define MOTE_UART_CONFIG_AT_MOST 12
#define MOTE_UART_CONFIG_SIZE 16
#define MOTE_UART_CONFIG_ALIGN 4

/* uart.chunk */
#define MOTE_UART_CHUNK_AT_PORT 0
#define MOTE_UART_CHUNK_AT_BYTES 4
#define MOTE_UART_CHUNK_AT_FAULTS 12
#define MOTE_UART_CHUNK_SIZE 16
#define MOTE_UART_CHUNK_ALIGN 4

/* datagram.packet */
#define MOTE_DATAGRAM_PACKET_AT_PEER 0
#define MOTE_DATAGRAM_PACKET_AT_BYTES 8
#define MOTE_DATAGRAM_PACKET_SIZE 16
#define MOTE_DATAGRAM_PACKET_ALIGN 4

/* http.answer */
#define MOTE_HTTP_ANSWER_AT_HEAD 0
#define MOTE_HTTP_ANSWER_AT_BYTES 8
#define MOTE_HTTP_ANSWER_SIZE 16
#define MOTE_HTTP_ANSWER_ALIGN 4

/* actor.message */
enum mote_actor_message {
	/* A sign of life is asked for. */
	MOTE_ACTOR_MESSAGE_TICK = 0,
	MOTE_ACTOR_MESSAGE_TIMER = 1,
	MOTE_ACTOR_MESSAGE_RADIO = 2,
	MOTE_ACTOR_MESSAGE_MQTT = 3,
	MOTE_ACTOR_MESSAGE_MAIL = 4,
	/* To the one that spawned: the module runs. */
	MOTE_ACTOR_MESSAGE_STARTED = 5,
	/* To the one that spawned: the module ended by a trap, a budget or a refusal to load. */
	MOTE_ACTOR_MESSAGE_EXITED = 6,
	MOTE_ACTOR_MESSAGE_HEALTH = 7,
	/* To the one that watches the pin. */
	MOTE_ACTOR_MESSAGE_GPIO = 8,
	/* To the one that opened the port. */
	MOTE_ACTOR_MESSAGE_UART = 9,
	MOTE_ACTOR_MESSAGE_DATAGRAM = 10,
	/* To the one that asked. */
	MOTE_ACTOR_MESSAGE_HTTP = 11,
};
#define MOTE_ACTOR_MESSAGE_COUNT 12

/* The capability an actor needs to be sent each message, by discriminant. */
#define MOTE_ACTOR_MESSAGE_CAPABILITIES { MOTE_CAP_NONE, MOTE_CAP_NONE, MOTE_CAP_RADIO_RECEIVE, MOTE_CAP_NONE, MOTE_CAP_NONE, MOTE_CAP_NONE, MOTE_CAP_NONE, MOTE_CAP_NONE, MOTE_CAP_NONE, MOTE_CAP_NONE, MOTE_CAP_NONE, MOTE_CAP_NONE }
/* Core parameters of handle() after the discriminant; those that a message does not use are 0. */
#define MOTE_ACTOR_MESSAGE_FLAT 4

/* clock.unix */
#define MOTE_RET_CLOCK_UNIX_SIZE 16
#define MOTE_RET_CLOCK_UNIX_ALIGN 8
#define MOTE_RET_CLOCK_UNIX_PAYLOAD 8

/* timer.set */
#define MOTE_RET_TIMER_SET_SIZE 2
#define MOTE_RET_TIMER_SET_ALIGN 1
#define MOTE_RET_TIMER_SET_PAYLOAD 1

/* timer.every */
#define MOTE_RET_TIMER_EVERY_SIZE 2
#define MOTE_RET_TIMER_EVERY_ALIGN 1
#define MOTE_RET_TIMER_EVERY_PAYLOAD 1

/* timer.at */
#define MOTE_RET_TIMER_AT_SIZE 2
#define MOTE_RET_TIMER_AT_ALIGN 1
#define MOTE_RET_TIMER_AT_PAYLOAD 1

/* random.get */
#define MOTE_RET_RANDOM_GET_SIZE 12
#define MOTE_RET_RANDOM_GET_ALIGN 4
#define MOTE_RET_RANDOM_GET_PAYLOAD 4

/* settings.get */
#define MOTE_RET_SETTINGS_GET_SIZE 12
#define MOTE_RET_SETTINGS_GET_ALIGN 4
#define MOTE_RET_SETTINGS_GET_PAYLOAD 4

/* radio.send */
#define MOTE_RET_RADIO_SEND_SIZE 2
#define MOTE_RET_RADIO_SEND_ALIGN 1
#define MOTE_RET_RADIO_SEND_PAYLOAD 1

/* mqtt.publish */
#define MOTE_RET_MQTT_PUBLISH_SIZE 2
#define MOTE_RET_MQTT_PUBLISH_ALIGN 1
#define MOTE_RET_MQTT_PUBLISH_PAYLOAD 1

/* mqtt.subscribe */
#define MOTE_RET_MQTT_SUBSCRIBE_SIZE 2
#define MOTE_RET_MQTT_SUBSCRIBE_ALIGN 1
#define MOTE_RET_MQTT_SUBSCRIBE_PAYLOAD 1

/* flash.describe */
#define MOTE_RET_FLASH_DESCRIBE_SIZE 20
#define MOTE_RET_FLASH_DESCRIBE_ALIGN 4
#define MOTE_RET_FLASH_DESCRIBE_PAYLOAD 4

/* flash.read */
#define MOTE_RET_FLASH_READ_SIZE 12
#define MOTE_RET_FLASH_READ_ALIGN 4
#define MOTE_RET_FLASH_READ_PAYLOAD 4

/* flash.program */
#define MOTE_RET_FLASH_PROGRAM_SIZE 2
#define MOTE_RET_FLASH_PROGRAM_ALIGN 1
#define MOTE_RET_FLASH_PROGRAM_PAYLOAD 1

/* flash.erase */
#define MOTE_RET_FLASH_ERASE_SIZE 2
#define MOTE_RET_FLASH_ERASE_ALIGN 1
#define MOTE_RET_FLASH_ERASE_PAYLOAD 1

/* mail.send */
#define MOTE_RET_MAIL_SEND_SIZE 2
#define MOTE_RET_MAIL_SEND_ALIGN 1
#define MOTE_RET_MAIL_SEND_PAYLOAD 1

/* mail.post */
#define MOTE_RET_MAIL_POST_SIZE 8
#define MOTE_RET_MAIL_POST_ALIGN 4
#define MOTE_RET_MAIL_POST_PAYLOAD 4

/* mail.reply */
#define MOTE_RET_MAIL_REPLY_SIZE 2
#define MOTE_RET_MAIL_REPLY_ALIGN 1
#define MOTE_RET_MAIL_REPLY_PAYLOAD 1

/* actors.spawn */
#define MOTE_RET_ACTORS_SPAWN_SIZE 8
#define MOTE_RET_ACTORS_SPAWN_ALIGN 4
#define MOTE_RET_ACTORS_SPAWN_PAYLOAD 4

/* actors.stop */
#define MOTE_RET_ACTORS_STOP_SIZE 2
#define MOTE_RET_ACTORS_STOP_ALIGN 1
#define MOTE_RET_ACTORS_STOP_PAYLOAD 1

/* actors.tick */
#define MOTE_RET_ACTORS_TICK_SIZE 2
#define MOTE_RET_ACTORS_TICK_ALIGN 1
#define MOTE_RET_ACTORS_TICK_PAYLOAD 1

/* actors.check */
#define MOTE_RET_ACTORS_CHECK_SIZE 2
#define MOTE_RET_ACTORS_CHECK_ALIGN 1
#define MOTE_RET_ACTORS_CHECK_PAYLOAD 1

/* actors.inspect */
#define MOTE_RET_ACTORS_INSPECT_SIZE 28
#define MOTE_RET_ACTORS_INSPECT_ALIGN 4
#define MOTE_RET_ACTORS_INSPECT_PAYLOAD 4

/* actors.share */
#define MOTE_RET_ACTORS_SHARE_SIZE 2
#define MOTE_RET_ACTORS_SHARE_ALIGN 1
#define MOTE_RET_ACTORS_SHARE_PAYLOAD 1

/* actors.handover */
#define MOTE_RET_ACTORS_HANDOVER_SIZE 2
#define MOTE_RET_ACTORS_HANDOVER_ALIGN 1
#define MOTE_RET_ACTORS_HANDOVER_PAYLOAD 1

/* actors.feed */
#define MOTE_RET_ACTORS_FEED_SIZE 2
#define MOTE_RET_ACTORS_FEED_ALIGN 1
#define MOTE_RET_ACTORS_FEED_PAYLOAD 1

/* i2c.transfer */
#define MOTE_RET_I2C_TRANSFER_SIZE 12
#define MOTE_RET_I2C_TRANSFER_ALIGN 4
#define MOTE_RET_I2C_TRANSFER_PAYLOAD 4

/* spi.transfer */
#define MOTE_RET_SPI_TRANSFER_SIZE 12
#define MOTE_RET_SPI_TRANSFER_ALIGN 4
#define MOTE_RET_SPI_TRANSFER_PAYLOAD 4

/* gpio.input */
#define MOTE_RET_GPIO_INPUT_SIZE 2
#define MOTE_RET_GPIO_INPUT_ALIGN 1
#define MOTE_RET_GPIO_INPUT_PAYLOAD 1

/* gpio.read */
#define MOTE_RET_GPIO_READ_SIZE 2
#define MOTE_RET_GPIO_READ_ALIGN 1
#define MOTE_RET_GPIO_READ_PAYLOAD 1

/* gpio.watch */
#define MOTE_RET_GPIO_WATCH_SIZE 2
#define MOTE_RET_GPIO_WATCH_ALIGN 1
#define MOTE_RET_GPIO_WATCH_PAYLOAD 1

/* gpio.write */
#define MOTE_RET_GPIO_WRITE_SIZE 2
#define MOTE_RET_GPIO_WRITE_ALIGN 1
#define MOTE_RET_GPIO_WRITE_PAYLOAD 1

/* gpio.shift */
#define MOTE_RET_GPIO_SHIFT_SIZE 8
#define MOTE_RET_GPIO_SHIFT_ALIGN 4
#define MOTE_RET_GPIO_SHIFT_PAYLOAD 4

/* adc.read */
#define MOTE_RET_ADC_READ_SIZE 8
#define MOTE_RET_ADC_READ_ALIGN 4
#define MOTE_RET_ADC_READ_PAYLOAD 4

/* pwm.set */
#define MOTE_RET_PWM_SET_SIZE 2
#define MOTE_RET_PWM_SET_ALIGN 1
#define MOTE_RET_PWM_SET_PAYLOAD 1

/* uart.open */
#define MOTE_RET_UART_OPEN_SIZE 2
#define MOTE_RET_UART_OPEN_ALIGN 1
#define MOTE_RET_UART_OPEN_PAYLOAD 1

/* uart.write */
#define MOTE_RET_UART_WRITE_SIZE 2
#define MOTE_RET_UART_WRITE_ALIGN 1
#define MOTE_RET_UART_WRITE_PAYLOAD 1

/* uart.close */
#define MOTE_RET_UART_CLOSE_SIZE 2
#define MOTE_RET_UART_CLOSE_ALIGN 1
#define MOTE_RET_UART_CLOSE_PAYLOAD 1

/* one_wire.transfer */
#define MOTE_RET_ONE_WIRE_TRANSFER_SIZE 12
#define MOTE_RET_ONE_WIRE_TRANSFER_ALIGN 4
#define MOTE_RET_ONE_WIRE_TRANSFER_PAYLOAD 4

/* datagram.bind */
#define MOTE_RET_DATAGRAM_BIND_SIZE 2
#define MOTE_RET_DATAGRAM_BIND_ALIGN 1
#define MOTE_RET_DATAGRAM_BIND_PAYLOAD 1

/* datagram.send */
#define MOTE_RET_DATAGRAM_SEND_SIZE 2
#define MOTE_RET_DATAGRAM_SEND_ALIGN 1
#define MOTE_RET_DATAGRAM_SEND_PAYLOAD 1

/* datagram.close */
#define MOTE_RET_DATAGRAM_CLOSE_SIZE 2
#define MOTE_RET_DATAGRAM_CLOSE_ALIGN 1
#define MOTE_RET_DATAGRAM_CLOSE_PAYLOAD 1

/* data.size */
#define MOTE_RET_DATA_SIZE_SIZE 8
#define MOTE_RET_DATA_SIZE_ALIGN 4
#define MOTE_RET_DATA_SIZE_PAYLOAD 4

/* data.read */
#define MOTE_RET_DATA_READ_SIZE 12
#define MOTE_RET_DATA_READ_ALIGN 4
#define MOTE_RET_DATA_READ_PAYLOAD 4

/* http.get */
#define MOTE_RET_HTTP_GET_SIZE 2
#define MOTE_RET_HTTP_GET_ALIGN 1
#define MOTE_RET_HTTP_GET_PAYLOAD 1

/*
 * What the scope of a grant is compared with. TEXT: the string whose address is the given core parameter and whose
 * length is the next one. LINE: a pattern in which #n stands for the number in core parameter n. ANY: a grant of the
 * capability will do. Other: the name of the case of that enum, its number being the given core parameter, and behind it
 * the pattern.
 */
enum mote_scope {
	MOTE_SCOPE_NONE = 0,
	MOTE_SCOPE_TEXT = 1,
	MOTE_SCOPE_REGION = 2,
	MOTE_SCOPE_LINE = 3,
	MOTE_SCOPE_ANY = 4,
};

/*
 * X(module, field, wasm3 signature, handler, capability, scope, scope parameter, scope pattern) for every import.
 * Core parameters:
 * log.write(level, text.ptr, text.len)
 * clock.now()
 * clock.unix(ret)
 * timer.set(id, delay, ret)
 * timer.cancel(id)
 * timer.every(id, period, ret)
 * timer.at(id, time, ret)
 * random.get(len, ret)
 * settings.get(name.ptr, name.len, ret)
 * radio.send(bytes.ptr, bytes.len, ret)
 * mqtt.connected()
 * mqtt.publish(topic.ptr, topic.len, payload.ptr, payload.len, qos, ret)
 * mqtt.subscribe(filter.ptr, filter.len, ret)
 * flash.describe(region, ret)
 * flash.read(region, offset, len, ret)
 * flash.program(region, offset, data.ptr, data.len, ret)
 * flash.erase(region, offset, len, ret)
 * mail.send(to, payload.ptr, payload.len, ret)
 * mail.post(name.ptr, name.len, payload.ptr, payload.len, ret)
 * mail.reply(payload.ptr, payload.len, ret)
 * actors.spawn(name.ptr, name.len, source, source.1, source.2, source.3, budget.memory, budget.stack, budget.fuel, budget.mailbox, grants.ptr, grants.len, ret)
 * actors.stop(actor, ret)
 * actors.tick(actor, ret)
 * actors.check(actor, ret)
 * actors.inspect(actor, ret)
 * actors.share(name.ptr, name.len, extent.region, extent.offset, extent.len, ret)
 * actors.handover(extent.region, extent.offset, extent.len, budget.memory, budget.stack, budget.fuel, budget.mailbox, patience, ret)
 * actors.feed(patience, ret)
 * i2c.transfer(bus, address, script.ptr, script.len, ret)
 * spi.transfer(bus, select, mode, hertz, script.ptr, script.len, ret)
 * gpio.input(pin, pull, ret)
 * gpio.read(pin, ret)
 * gpio.watch(pin, edge, ret)
 * gpio.write(pin, high, ret)
 * gpio.shift(data, clock, bits, pulses, micros, ret)
 * adc.read(unit, channel, bits, samples, ret)
 * pwm.set(unit, channel, period, pulse, ret)
 * uart.open(port, config.baud, config.data-bits, config.parity, config.stop-bits, config.gap, config.most, ret)
 * uart.write(port, bytes.ptr, bytes.len, ret)
 * uart.close(port, ret)
 * one_wire.transfer(bus, script.ptr, script.len, ret)
 * datagram.bind(port, ret)
 * datagram.send(peer.ptr, peer.len, bytes.ptr, bytes.len, ret)
 * datagram.close(ret)
 * data.size(name.ptr, name.len, ret)
 * data.read(name.ptr, name.len, offset, len, ret)
 * http.get(url.ptr, url.len, offset, len, tag.ptr, tag.len, ret)
 */
#define MOTE_HOST_TABLE(X) \
	X("log", "write", "v(iii)", mote_log_write, MOTE_CAP_NONE, MOTE_SCOPE_NONE, 0, "") \
	X("clock", "now", "I()", mote_clock_now, MOTE_CAP_NONE, MOTE_SCOPE_NONE, 0, "") \
	X("clock", "unix", "v(i)", mote_clock_unix, MOTE_CAP_NONE, MOTE_SCOPE_NONE, 0, "") \
	X("timer", "set", "v(iii)", mote_timer_set, MOTE_CAP_NONE, MOTE_SCOPE_NONE, 0, "") \
	X("timer", "cancel", "v(i)", mote_timer_cancel, MOTE_CAP_NONE, MOTE_SCOPE_NONE, 0, "") \
	X("timer", "every", "v(iii)", mote_timer_every, MOTE_CAP_NONE, MOTE_SCOPE_NONE, 0, "") \
	X("timer", "at", "v(iIi)", mote_timer_at, MOTE_CAP_NONE, MOTE_SCOPE_NONE, 0, "") \
	X("random", "get", "v(ii)", mote_random_get, MOTE_CAP_NONE, MOTE_SCOPE_NONE, 0, "") \
	X("settings", "get", "v(iii)", mote_settings_get, MOTE_CAP_SETTINGS, MOTE_SCOPE_TEXT, 0, "") \
	X("radio", "send", "v(iii)", mote_radio_send, MOTE_CAP_RADIO_SEND, MOTE_SCOPE_NONE, 0, "") \
	X("mqtt", "connected", "i()", mote_mqtt_connected, MOTE_CAP_NONE, MOTE_SCOPE_NONE, 0, "") \
	X("mqtt", "publish", "v(iiiiii)", mote_mqtt_publish, MOTE_CAP_MQTT_PUBLISH, MOTE_SCOPE_TEXT, 0, "") \
	X("mqtt", "subscribe", "v(iii)", mote_mqtt_subscribe, MOTE_CAP_MQTT_SUBSCRIBE, MOTE_SCOPE_TEXT, 0, "") \
	X("flash", "describe", "v(ii)", mote_flash_describe, MOTE_CAP_FLASH, MOTE_SCOPE_REGION, 0, ":read") \
	X("flash", "read", "v(iiii)", mote_flash_read, MOTE_CAP_FLASH, MOTE_SCOPE_REGION, 0, ":read") \
	X("flash", "program", "v(iiiii)", mote_flash_program, MOTE_CAP_FLASH, MOTE_SCOPE_REGION, 0, ":write") \
	X("flash", "erase", "v(iiii)", mote_flash_erase, MOTE_CAP_FLASH, MOTE_SCOPE_REGION, 0, ":write") \
	X("mail", "send", "v(iiii)", mote_mail_send, MOTE_CAP_MAIL, MOTE_SCOPE_NONE, 0, "") \
	X("mail", "post", "v(iiiii)", mote_mail_post, MOTE_CAP_MAIL, MOTE_SCOPE_TEXT, 0, "") \
	X("mail", "reply", "v(iii)", mote_mail_reply, MOTE_CAP_NONE, MOTE_SCOPE_NONE, 0, "") \
	X("actors", "spawn", "v(iiiiiiiiiiiii)", mote_actors_spawn, MOTE_CAP_ACTORS, MOTE_SCOPE_NONE, 0, "") \
	X("actors", "stop", "v(ii)", mote_actors_stop, MOTE_CAP_ACTORS, MOTE_SCOPE_NONE, 0, "") \
	X("actors", "tick", "v(ii)", mote_actors_tick, MOTE_CAP_ACTORS, MOTE_SCOPE_NONE, 0, "") \
	X("actors", "check", "v(ii)", mote_actors_check, MOTE_CAP_ACTORS, MOTE_SCOPE_NONE, 0, "") \
	X("actors", "inspect", "v(ii)", mote_actors_inspect, MOTE_CAP_ACTORS, MOTE_SCOPE_NONE, 0, "") \
	X("actors", "share", "v(iiiiii)", mote_actors_share, MOTE_CAP_ACTORS, MOTE_SCOPE_NONE, 0, "") \
	X("actors", "handover", "v(iiiiiiiii)", mote_actors_handover, MOTE_CAP_ACTORS, MOTE_SCOPE_NONE, 0, "") \
	X("actors", "feed", "v(ii)", mote_actors_feed, MOTE_CAP_ACTORS, MOTE_SCOPE_NONE, 0, "") \
	X("i2c", "transfer", "v(iiiii)", mote_i2c_transfer, MOTE_CAP_I2C, MOTE_SCOPE_LINE, 0, "i2c#0:#1") \
	X("spi", "transfer", "v(iiiiiii)", mote_spi_transfer, MOTE_CAP_SPI, MOTE_SCOPE_LINE, 0, "spi#0:#1") \
	X("gpio", "input", "v(iii)", mote_gpio_input, MOTE_CAP_GPIO, MOTE_SCOPE_LINE, 0, "#0:in") \
	X("gpio", "read", "v(ii)", mote_gpio_read, MOTE_CAP_GPIO, MOTE_SCOPE_LINE, 0, "#0:in") \
	X("gpio", "watch", "v(iii)", mote_gpio_watch, MOTE_CAP_GPIO, MOTE_SCOPE_LINE, 0, "#0:in") \
	X("gpio", "write", "v(iii)", mote_gpio_write, MOTE_CAP_GPIO, MOTE_SCOPE_LINE, 0, "#0:out") \
	X("gpio", "shift", "v(iiiiii)", mote_gpio_shift, MOTE_CAP_GPIO, MOTE_SCOPE_LINE, 0, "#0:in") \
	X("adc", "read", "v(iiiii)", mote_adc_read, MOTE_CAP_ADC, MOTE_SCOPE_LINE, 0, "adc#0:#1") \
	X("pwm", "set", "v(iiiii)", mote_pwm_set, MOTE_CAP_PWM, MOTE_SCOPE_LINE, 0, "pwm#0:#1") \
	X("uart", "open", "v(iiiiiiii)", mote_uart_open, MOTE_CAP_UART, MOTE_SCOPE_LINE, 0, "uart#0") \
	X("uart", "write", "v(iiii)", mote_uart_write, MOTE_CAP_UART, MOTE_SCOPE_LINE, 0, "uart#0") \
	X("uart", "close", "v(ii)", mote_uart_close, MOTE_CAP_UART, MOTE_SCOPE_LINE, 0, "uart#0") \
	X("one_wire", "transfer", "v(iiii)", mote_one_wire_transfer, MOTE_CAP_ONE_WIRE, MOTE_SCOPE_LINE, 0, "onewire#0") \
	X("datagram", "bind", "v(ii)", mote_datagram_bind, MOTE_CAP_DATAGRAM, MOTE_SCOPE_ANY, 0, "") \
	X("datagram", "send", "v(iiiii)", mote_datagram_send, MOTE_CAP_DATAGRAM, MOTE_SCOPE_ANY, 0, "") \
	X("datagram", "close", "v(i)", mote_datagram_close, MOTE_CAP_DATAGRAM, MOTE_SCOPE_ANY, 0, "") \
	X("data", "size", "v(iii)", mote_data_size, MOTE_CAP_DATA, MOTE_SCOPE_TEXT, 0, "") \
	X("data", "read", "v(iiiii)", mote_data_read, MOTE_CAP_DATA, MOTE_SCOPE_TEXT, 0, "") \
	X("http", "get", "v(iiiiiii)", mote_http_get, MOTE_CAP_HTTP, MOTE_SCOPE_TEXT, 0, "")
#define MOTE_HOST_COUNT 47

/*
 * X(field, wasm3 signature, C identifier) for every export of a module, beside its memory. start() also runs its top-level
 * statements and must be the first call; cabi_realloc(0, 0, align, size) gives room for what a message carries;
 * arena_reset() drops what was allocated since start() and is called after each handle().
 */
#define MOTE_EXPORT_TABLE(X) \
	X("start", "v()", mote_guest_start) \
	X("handle", "v(iiiii)", mote_guest_handle) \
	X("health", "i()", mote_guest_health) \
	X("stop", "v()", mote_guest_stop) \
	X("cabi_realloc", "i(iiii)", mote_guest_cabi_realloc) \
	X("arena_reset", "v()", mote_guest_arena_reset)

#endif
