/*
 * MQTT 3.1.1 with Zephyr's client, in a thread of its own: ports only read a flag, add to the outbox or note a filter, and ring.
 * The session is clean: after each connection the board subscribes again. The rules are those of host-shim/board/mqtt.ts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/net/mqtt.h>
#include <zephyr/net/socket.h>

#include "board.h"
#include "broker.h"
#include "compat.h"
#include "contract.h"
#include "outbox.h"
#include "subscriptions.h"
#include "topics.h"

#define FIRST_RETRY 1000 /* ms; doubled up to the last */
#define LAST_RETRY 30000
#define CONNACK_TIMEOUT 10000
#define KEEP_ALIVE 30 /* s */
/* A packet without its payload: header, two topics and a packet id. */
#define BUFFER (2 * BOARD_MAX_TOPIC + 16)

/* Retained: "online", or "offline" by the will of a connection that has ended (clause 3.1.2.5). */
#define STATE_TOPIC "state"
#define ONLINE "online"

static struct mqtt_client client; /* touched by the thread alone */
static struct sockaddr_storage address;
static uint8_t rx[BUFFER], tx[BUFFER];
static char base[BOARD_MAX_VALUE + 1];
static size_t base_len;
static char state[sizeof base + sizeof STATE_TOPIC]; /* absolute */
static struct mqtt_topic will_topic = { .qos = MQTT_QOS_1_AT_LEAST_ONCE };
static struct mqtt_utf8 will_message = MQTT_UTF8_LITERAL("offline");
static int bell[2] = { -1, -1 }; /* a socket pair: what is written to the second wakes the thread at the first */
static atomic_t connected;

static void ring(void)
{
	if (bell[1] >= 0)
		zsock_send(bell[1], "", 1, ZSOCK_MSG_DONTWAIT);
}

bool port_mqtt_connected(void)
{
	return atomic_get(&connected) != 0;
}

int32_t port_mqtt_publish(const char *topic, uint32_t topic_len, const uint8_t *payload, uint32_t len, uint32_t qos)
{
	int32_t answer;

	if (!topic_valid(topic, topic_len) || qos >= MOTE_MQTT_QOS_COUNT)
		return MOTE_ERR_INVALID;
	if (len > BOARD_MAX_PAYLOAD)
		return MOTE_ERR_TOO_BIG;
	if (!port_mqtt_connected())
		return MOTE_ERR_OFFLINE;
	answer = outbox_add(base, topic, topic_len, payload, len, qos);
	ring();
	return answer;
}

int32_t port_mqtt_subscribe(uint32_t actor, const char *filter, uint32_t len)
{
	int32_t answer = subscriptions_add(actor, filter, len);

	ring();
	return answer;
}

void port_mqtt_forget(uint32_t actor)
{
	subscriptions_forget(actor);
	ring();
}

struct delivery {
	const char *topic;
	size_t topic_len;
	const uint8_t *payload;
	uint32_t len;
};

static void deliver(void *argument, uint32_t actor)
{
	const struct delivery *what = argument;

	inbox_mqtt(actor, what->topic, what->topic_len, what->payload, what->len);
}

static int skip(struct mqtt_client *from, uint32_t len)
{
	uint8_t nowhere[64];

	for (uint32_t done = 0; done < len;) {
		int got = mqtt_read_publish_payload_blocking(from, nowhere, MIN(len - done, sizeof nowhere));

		if (got <= 0)
			return got < 0 ? got : -EIO;
		done += (uint32_t)got;
	}
	return 0;
}

/* The topic stands in the receive buffer, the payload is still in the socket. */
static void receive(struct mqtt_client *from, const struct mqtt_publish_param *publish)
{
	struct delivery what = { .len = publish->message.payload.len };
	const char *whole = (const char *)publish->message.topic.topic.utf8;
	size_t whole_len = publish->message.topic.topic.size;
	uint8_t *payload = what.len <= BOARD_MAX_PAYLOAD ? malloc(what.len + 1) : NULL;
	int error = payload ? mqtt_readall_publish_payload(from, payload, what.len) : skip(from, what.len);

	if (error == 0 && payload == NULL)
		board_note(MOTE_LOG_LEVEL_WARN, "dropped %u bytes on %.*s", what.len, (int)MIN(whole_len, 100), whole);
	if (error == 0 && payload && whole_len > base_len && whole[base_len] == '/' && memcmp(whole, base, base_len) == 0) {
		what.topic = whole + base_len + 1;
		what.topic_len = whole_len - base_len - 1;
		what.payload = payload;
		subscriptions_each(what.topic, what.topic_len, deliver, &what);
	}
	free(payload);
	if (error == 0 && publish->message.topic.qos == MQTT_QOS_1_AT_LEAST_ONCE)
		mqtt_publish_qos1_ack(from, &(struct mqtt_puback_param){ .message_id = publish->message_id });
}

static void on_event(struct mqtt_client *from, const struct mqtt_evt *event)
{
	switch (event->type) {
	case MQTT_EVT_CONNACK:
		atomic_set(&connected, event->result == 0);
		break;
	case MQTT_EVT_DISCONNECT:
		atomic_set(&connected, 0);
		break;
	case MQTT_EVT_PUBLISH:
		if (event->result == 0)
			receive(from, &event->param.publish);
		break;
	case MQTT_EVT_PUBACK:
		if (event->result == 0)
			outbox_acknowledged(event->param.puback.message_id);
		break;
	case MQTT_EVT_SUBACK:
		/* 0x80 is the broker's refusal (clause 3.9.3). */
		if (event->result == 0 && event->param.suback.return_codes.len > 0 && event->param.suback.return_codes.data[0] > 2)
			board_note(MOTE_LOG_LEVEL_WARN, "a subscription was refused");
		break;
	default:
		break;
	}
}

static int tell_subscriptions(void)
{
	static uint16_t id;
	uint8_t whole[sizeof base + 1 + BOARD_MAX_TOPIC];
	bool wanted;
	size_t len;
	int error = 0;

	memcpy(whole, base, base_len);
	whole[base_len] = '/';
	while (error == 0 && (len = subscriptions_next((char *)whole + base_len + 1, BOARD_MAX_TOPIC, &wanted)) > 0) {
		struct mqtt_topic topic = {
			.topic = { .utf8 = whole, .size = base_len + 1 + len },
			.qos = MQTT_QOS_1_AT_LEAST_ONCE,
		};
		struct mqtt_subscription_list list = { .list = &topic, .list_count = 1 };

		/* One at a time may be unanswered for long; publications have ids of their own. */
		id = id == UINT16_MAX ? 1 : id + 1;
		list.message_id = id;
		error = wanted ? mqtt_subscribe(&client, &list) : mqtt_unsubscribe(&client, &list);
	}
	return error;
}

static int send_waiting(void)
{
	struct publication *item;
	int error = 0;

	while (error == 0 && (item = outbox_next()) != NULL) {
		struct mqtt_publish_param param = {
			.message.topic.topic = { .utf8 = item->bytes, .size = item->topic_len },
			.message.topic.qos = item->id ? MQTT_QOS_1_AT_LEAST_ONCE : MQTT_QOS_0_AT_MOST_ONCE,
			.message.payload = { .data = item->bytes + item->topic_len, .len = item->len },
			.message_id = item->id,
			.dup_flag = item->again,
			.retain_flag = item->retain,
		};

		error = mqtt_publish(&client, &param);
		if (error == 0)
			outbox_sent(item);
	}
	return error;
}

/* Serves the connection for at most `most` ms. returns 0, or an error: the connection is lost. */
static int serve(int most)
{
	char rung[16];
	struct zsock_pollfd sockets[] = {
		{ .fd = broker_socket(&client), .events = ZSOCK_POLLIN },
		{ .fd = bell[0], .events = ZSOCK_POLLIN },
	};
	int error = zsock_poll(sockets, ARRAY_SIZE(sockets), most);

	if (error < 0)
		return error;
	if (sockets[1].revents & ZSOCK_POLLIN)
		zsock_recv(bell[0], rung, sizeof rung, ZSOCK_MSG_DONTWAIT);
	if (sockets[0].revents & ZSOCK_POLLIN) {
		error = mqtt_input(&client);
		if (error)
			return error;
	}
	if (sockets[0].revents & (ZSOCK_POLLERR | ZSOCK_POLLHUP | ZSOCK_POLLNVAL))
		return -ENOTCONN;
	error = mqtt_live(&client);
	return error == -EAGAIN ? 0 : error;
}

static int connect_to(const struct broker *broker)
{
	static char id[24];
	uint64_t hash = 0xcbf29ce484222325;
	int64_t end = k_uptime_get() + CONNACK_TIMEOUT;
	int error = broker_resolve(broker, &address);

	if (error)
		return error;
	/* At most 23 letters and digits are what every server takes (clause 3.1.3.1); FNV-1a makes them of the base topic. */
	for (size_t i = 0; i < base_len; i++)
		hash = (hash ^ (uint8_t)base[i]) * 0x100000001b3;
	snprintf(id, sizeof id, "mote%08x%08x", (uint32_t)(hash >> 32), (uint32_t)hash);

	mqtt_client_init(&client);
	client.broker = &address;
	client.evt_cb = on_event;
	client.client_id = (struct mqtt_utf8){ .utf8 = (const uint8_t *)id, .size = strlen(id) };
	client.keepalive = KEEP_ALIVE;
	client.clean_session = 1;
	client.will_topic = &will_topic;
	client.will_message = &will_message;
	client.will_retain = 1;
	client.rx_buf = rx;
	client.rx_buf_size = sizeof rx;
	client.tx_buf = tx;
	client.tx_buf_size = sizeof tx;
	error = broker_prepare(broker, &client);
	if (error)
		return error;
	subscriptions_renew();
	outbox_renew();
	error = mqtt_connect(&client);
	while (error == 0 && !port_mqtt_connected()) {
		error = serve(200);
		if (error == 0 && k_uptime_get() > end)
			error = -ETIMEDOUT;
	}
	return error;
}

static int stay_connected(void)
{
	int error = 0;

	while (error == 0 && port_mqtt_connected()) {
		error = tell_subscriptions();
		if (error == 0)
			error = send_waiting();
		if (error == 0)
			error = serve(MIN(mqtt_keepalive_time_left(&client), 1000));
	}
	return error;
}

static void run(void *a, void *b, void *c)
{
	static struct broker broker;
	uint32_t wait = FIRST_RETRY;
	int before = 1, error;

	ARG_UNUSED(a);
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	for (;; k_msleep(wait), wait = MIN(2 * wait, LAST_RETRY)) {
		error = broker_load(&broker);
		if (error == 0)
			error = connect_to(&broker);
		if (error == 0) {
			board_note(MOTE_LOG_LEVEL_INFO, "connected to %s as %s", broker.host, base);
			wait = FIRST_RETRY;
			before = 1;
			outbox_add(base, STATE_TOPIC, strlen(STATE_TOPIC), (const uint8_t *)ONLINE, strlen(ONLINE), MOTE_MQTT_QOS_RETAINED);
			firmware_confirm();
			clock_ask();
			error = stay_connected();
		}
		atomic_set(&connected, 0);
		mqtt_abort(&client);
		if (error != before)
			board_note(MOTE_LOG_LEVEL_WARN, "not connected to %s: error %d", broker.host, error);
		before = error;
	}
}

static K_KERNEL_STACK_DEFINE(mqtt_stack, CONFIG_MOTE_MQTT_STACK_SIZE);

void mqtt_start(void)
{
	static struct k_thread thread;
	int32_t len = port_settings_get("device/base", strlen("device/base"), (uint8_t *)base, sizeof base - 1);

	if (len <= 0 || !topic_valid(base, (size_t)len)) {
		board_note(MOTE_LOG_LEVEL_WARN, "no device/base is provisioned: staying offline");
		return;
	}
	base_len = (size_t)len;
	base[base_len] = '\0';
	snprintf(state, sizeof state, "%s/" STATE_TOPIC, base);
	will_topic.topic = (struct mqtt_utf8){ .utf8 = (uint8_t *)state, .size = strlen(state) };
	if (zsock_socketpair(AF_UNIX, SOCK_STREAM, 0, bell) != 0) {
		board_note(MOTE_LOG_LEVEL_ERROR, "no socket pair: staying offline");
		return;
	}
	k_thread_create(&thread, mqtt_stack, K_KERNEL_STACK_SIZEOF(mqtt_stack), run, NULL, NULL, NULL, CONFIG_MOTE_MQTT_PRIORITY, 0, K_NO_WAIT);
	k_thread_name_set(&thread, "mqtt");
}
