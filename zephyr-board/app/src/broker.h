/* Where the broker is and how it is spoken to: the settings below "board/", with Kconfig's values behind them. */
#ifndef BROKER_H
#define BROKER_H

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/net/mqtt.h>

struct broker {
	bool tls;
	char host[129];
	char port[6];
	char user[65], password[129]; /* "": none */
};

/* board/broker is `mqtt://host[:port]` or `mqtts://…`. returns: 0, -ENOENT when there is none, -EINVAL when it is something else. */
int broker_load(struct broker *broker);

/* Asks the resolver; blocks. returns: 0 or -EHOSTUNREACH. */
int broker_resolve(const struct broker *broker, struct sockaddr_storage *address);

/* Transport, certificates, user. requires: mqtt_client_init() before; broker outlives the connection. returns: 0 or -ENOTSUP for mqtts. */
int broker_prepare(const struct broker *broker, struct mqtt_client *client);

int broker_socket(const struct mqtt_client *client);

#endif
