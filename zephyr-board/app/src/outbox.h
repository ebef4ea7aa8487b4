/* Publications on their way to the broker: at most 32, in order. QoS 1 stays until acknowledged and is sent again after a reconnection. */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct publication {
	struct publication *next;
	uint16_t id; /* of the packet (clause 2.3.1); 0 for QoS 0 */
	bool retain, sent, again;
	uint32_t topic_len, len;
	uint8_t bytes[]; /* whole topic, then payload */
};

/* Copies. The topic is base, '/' and topic; qos is one of MOTE_MQTT_QOS_*. returns: 0, or MOTE_ERR_BUSY when 32 wait or there is no memory. */
int32_t outbox_add(const char *base, const char *topic, size_t topic_len, const uint8_t *payload, uint32_t len, uint32_t qos);

/* The first that was not sent in this connection, or NULL. It stays valid: only the same thread removes. */
struct publication *outbox_next(void);

/* It was given to the network: QoS 0 is gone, QoS 1 waits for outbox_acknowledged(). */
void outbox_sent(struct publication *publication);
void outbox_acknowledged(uint16_t id);

/* The connection is lost: QoS 0 is forgotten, QoS 1 is sent again in the next one, marked as a repetition. */
void outbox_renew(void);

#endif
