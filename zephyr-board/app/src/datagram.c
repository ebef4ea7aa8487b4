/* UDP sockets of modules: IPv4, peers by address or `local`. A name is not found: resolving it would block the kernel's thread. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/net/net_if.h>
#include <zephyr/net/socket.h>

#include "board.h"
#include "contract.h"

#define MAX_SOCKETS 2
#define MAX_BYTES 1200
/* The thread looks for new sockets this often, ms. */
#define PATIENCE 100

static struct socket {
	uint32_t actor; /* 0: free */
	int fd;
} sockets[MAX_SOCKETS];
static K_MUTEX_DEFINE(lock);

static struct socket *find(uint32_t actor)
{
	for (int i = 0; i < MAX_SOCKETS; i++)
		if (sockets[i].actor == actor)
			return &sockets[i];
	return NULL;
}

static bool is_local(const struct in_addr *address)
{
	struct net_if *iface = net_if_get_default();

	return iface && net_if_ipv4_addr_mask_cmp(iface, address);
}

static void receive(const struct socket *socket)
{
	static uint8_t bytes[MAX_BYTES + 1];
	struct sockaddr_in from;
	socklen_t from_len = sizeof from;
	ssize_t len = zsock_recvfrom(socket->fd, bytes, sizeof bytes, ZSOCK_MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
	char address[NET_IPV4_ADDR_LEN], peer[NET_IPV4_ADDR_LEN + 6];

	/* What does not fit is none of the contract's. */
	if (len < 0 || len > MAX_BYTES || from.sin_family != AF_INET)
		return;
	net_addr_ntop(AF_INET, &from.sin_addr, address, sizeof address);
	snprintf(peer, sizeof peer, "%s:%u", address, (unsigned)ntohs(from.sin_port));
	inbox_datagram(socket->actor, peer, is_local(&from.sin_addr), bytes, (uint32_t)len);
}

static void listen_to_all(void *a, void *b, void *c)
{
	ARG_UNUSED(a);
	ARG_UNUSED(b);
	ARG_UNUSED(c);
	for (;;) {
		struct zsock_pollfd wait[MAX_SOCKETS];
		int count = 0;

		k_mutex_lock(&lock, K_FOREVER);
		for (int i = 0; i < MAX_SOCKETS; i++)
			if (sockets[i].actor)
				wait[count++] = (struct zsock_pollfd){ .fd = sockets[i].fd, .events = ZSOCK_POLLIN };
		k_mutex_unlock(&lock);
		if (count == 0) {
			k_msleep(PATIENCE);
			continue;
		}
		if (zsock_poll(wait, count, PATIENCE) <= 0)
			continue;
		k_mutex_lock(&lock, K_FOREVER);
		for (int i = 0; i < MAX_SOCKETS; i++)
			for (int j = 0; j < count; j++)
				if (sockets[i].actor && wait[j].fd == sockets[i].fd && wait[j].revents & ZSOCK_POLLIN)
					receive(&sockets[i]);
		k_mutex_unlock(&lock);
	}
}

K_THREAD_DEFINE(mote_datagram, 2048, listen_to_all, NULL, NULL, NULL, CONFIG_MOTE_MQTT_PRIORITY, 0, 0);

int32_t port_datagram_bind(uint32_t actor, uint32_t port)
{
	struct sockaddr_in own = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct socket *socket;
	int fd, on = 1;

	port_datagram_close(actor);
	fd = zsock_socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
	if (fd < 0)
		return MOTE_ERR_BUSY;
	(void)zsock_setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on); /* a stack that does not know it allows it */
	if (zsock_bind(fd, (struct sockaddr *)&own, sizeof own) != 0) {
		zsock_close(fd);
		return errno == EADDRINUSE ? MOTE_ERR_BUSY : MOTE_ERR_IO;
	}
	k_mutex_lock(&lock, K_FOREVER);
	socket = find(0);
	if (socket)
		*socket = (struct socket){ actor, fd };
	k_mutex_unlock(&lock);
	if (socket == NULL)
		zsock_close(fd);
	return socket ? 0 : MOTE_ERR_BUSY;
}

int32_t port_datagram_send(uint32_t actor, uint32_t local, const char *peer, uint32_t peer_len, const uint8_t *bytes, uint32_t len)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	char text[NET_IPV4_ADDR_LEN + 6];
	char *colon, *end;
	unsigned long port;
	int32_t error;

	if (peer_len >= sizeof text)
		return MOTE_ERR_NOT_FOUND;
	memcpy(text, peer, peer_len);
	text[peer_len] = '\0';
	colon = strchr(text, ':');
	port = colon ? strtoul(colon + 1, &end, 10) : 0;
	if (port < 1 || port > UINT16_MAX || *end != '\0')
		return MOTE_ERR_INVALID;
	*colon = '\0';
	to.sin_port = htons((uint16_t)port);
	if (strcmp(text, "local") == 0)
		to.sin_addr.s_addr = htonl(0xffffffff);
	else if (net_addr_pton(AF_INET, text, &to.sin_addr) != 0)
		return MOTE_ERR_NOT_FOUND;
	else if (local && !is_local(&to.sin_addr))
		return MOTE_ERR_DENIED;
	if (find(actor) == NULL) {
		error = port_datagram_bind(actor, 0);
		if (error)
			return error;
	}
	if (zsock_sendto(find(actor)->fd, bytes, len, ZSOCK_MSG_DONTWAIT, (struct sockaddr *)&to, sizeof to) >= 0)
		return 0;
	return errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM ? MOTE_ERR_BUSY : MOTE_ERR_OFFLINE;
}

int32_t port_datagram_close(uint32_t actor)
{
	struct socket *socket;

	k_mutex_lock(&lock, K_FOREVER);
	socket = actor ? find(actor) : NULL;
	if (socket) {
		zsock_close(socket->fd);
		socket->actor = 0;
	}
	k_mutex_unlock(&lock);
	return 0;
}

void port_release(uint32_t actor)
{
	pins_release(actor);
	serial_release(actor);
	port_datagram_close(actor);
}
