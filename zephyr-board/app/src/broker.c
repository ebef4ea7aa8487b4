#include "broker.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/net/socket.h>

#ifdef CONFIG_MQTT_LIB_TLS
#include <zephyr/net/tls_credentials.h>
#include "broker_ca.h"
#define CA_TAG 1
#endif

#include "board.h"

static bool port_valid(const char *port)
{
	size_t len = strspn(port, "0123456789");

	return len >= 1 && len <= 5 && port[len] == '\0' && atoi(port) >= 1 && atoi(port) <= 65535;
}

static int parse(struct broker *broker, const char *url)
{
	const char *host = NULL, *colon;
	size_t len;

	if (strncmp(url, "mqtt://", 7) == 0)
		host = url + 7;
	else if (strncmp(url, "mqtts://", 8) == 0)
		host = url + 8;
	if (host == NULL)
		return -EINVAL;
	broker->tls = url[4] == 's';
	colon = strchr(host, ':');
	len = colon ? (size_t)(colon - host) : strlen(host);
	if (len == 0 || len >= sizeof broker->host || strchr(host, '/'))
		return -EINVAL;
	memcpy(broker->host, host, len);
	broker->host[len] = '\0';
	strncpy(broker->port, colon ? colon + 1 : broker->tls ? "8883" : "1883", sizeof broker->port - 1);
	return (colon == NULL || strlen(colon + 1) < sizeof broker->port) && port_valid(broker->port) ? 0 : -EINVAL;
}

int broker_load(struct broker *broker)
{
	char url[sizeof "mqtts://" + sizeof broker->host + sizeof broker->port] = CONFIG_MOTE_BROKER;

	memset(broker, 0, sizeof *broker);
	if (settings_board("broker", url, sizeof url) < 0)
		strncpy(url, CONFIG_MOTE_BROKER, sizeof url - 1);
	settings_board("user", broker->user, sizeof broker->user);
	settings_board("password", broker->password, sizeof broker->password);
	return url[0] == '\0' ? -ENOENT : parse(broker, url);
}

int broker_resolve(const struct broker *broker, struct sockaddr_storage *address)
{
	struct zsock_addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM }, *found = NULL;

	if (zsock_getaddrinfo(broker->host, broker->port, &hints, &found) != 0 || found == NULL)
		return -EHOSTUNREACH;
	memcpy(address, found->ai_addr, MIN(found->ai_addrlen, sizeof *address));
	zsock_freeaddrinfo(found);
	return 0;
}

static void set_user(const struct broker *broker, struct mqtt_client *client)
{
	static struct mqtt_utf8 user, password;

	user = (struct mqtt_utf8){ .utf8 = (const uint8_t *)broker->user, .size = strlen(broker->user) };
	password = (struct mqtt_utf8){ .utf8 = (const uint8_t *)broker->password, .size = strlen(broker->password) };
	client->user_name = user.size ? &user : NULL;
	client->password = user.size && password.size ? &password : NULL; /* clause 3.1.2.9 */
}

#ifdef CONFIG_MQTT_LIB_TLS
static int prepare_tls(const struct broker *broker, struct mqtt_client *client)
{
	static const sec_tag_t tags[] = { CA_TAG };
	static bool known;
	struct mqtt_sec_config *tls = &client->transport.tls.config;

	if (!known && tls_credential_add(CA_TAG, TLS_CREDENTIAL_CA_CERTIFICATE, broker_ca, sizeof broker_ca) != 0)
		return -ENOTSUP;
	known = true;
	client->transport.type = MQTT_TRANSPORT_SECURE;
	tls->peer_verify = TLS_PEER_VERIFY_REQUIRED;
	tls->sec_tag_list = tags;
	tls->sec_tag_count = ARRAY_SIZE(tags);
	tls->hostname = broker->host;
	return 0;
}
#endif

int broker_prepare(const struct broker *broker, struct mqtt_client *client)
{
	set_user(broker, client);
	client->transport.type = MQTT_TRANSPORT_NON_SECURE;
	if (!broker->tls)
		return 0;
#ifdef CONFIG_MQTT_LIB_TLS
	return prepare_tls(broker, client);
#else
	return -ENOTSUP;
#endif
}

int broker_socket(const struct mqtt_client *client)
{
#ifdef CONFIG_MQTT_LIB_TLS
	if (client->transport.type == MQTT_TRANSPORT_SECURE)
		return client->transport.tls.sock;
#endif
	return client->transport.tcp.sock;
}
