/*
 * What the kernel itself may use. A board may override these; the same values on every host keep the hosts alike.
 */
#ifndef MOTE_BOUNDS_H
#define MOTE_BOUNDS_H

/* Modules at the same time, the supervisor included. 4 bytes each, and about 450 for one that exists. */
#ifndef MOTE_MAX_ACTORS
#define MOTE_MAX_ACTORS 72
#endif

/* Bytes of all messages that wait, of all actors together. The ring is smaller while their quotas are. */
#ifndef MOTE_MAILBOX_BYTES
#define MOTE_MAILBOX_BYTES 16384
#endif

/* What each waiting message costs beside its bytes (mailbox.c checks it). */
#define MOTE_MESSAGE_OVERHEAD 20

#define MOTE_MAX_TIMERS 8  /* of one actor */
#define MOTE_MAX_NAME 32   /* bytes of a module's name */
#define MOTE_MAX_GRANTS 24 /* of one actor */
#define MOTE_MAX_SCOPE 64  /* bytes of a grant's scope */
#define MOTE_MAX_REASON 64 /* bytes of the reason in `exited` */

/* Bounds that mote.wit states in words. */
#define MOTE_MAX_LOG_TEXT 256
#define MOTE_MAX_RANDOM 256
#define MOTE_MAX_SETTING 256
#define MOTE_MAX_FRAME 290
#define MOTE_MAX_FLASH_READ 4096
#define MOTE_MAX_DELAY 0x7fffffffu
#define MOTE_MAX_SCRIPT 256       /* of a transfer, and bytes that it reads */
#define MOTE_MAX_SCRIPT_DELAY 10000 /* microseconds */
#define MOTE_MAX_PULSES 64
#define MOTE_MAX_PULSE 50 /* microseconds */
#define MOTE_MAX_SAMPLES 256
#define MOTE_MAX_UART_BYTES 256
#define MOTE_MAX_UART_GAP 1000000
#define MOTE_MAX_PEER 128
#define MOTE_MAX_DATAGRAM 1200
#define MOTE_MAX_URL 128
#define MOTE_MAX_TAG 64
#define MOTE_MAX_HTTP 4096
/* Status, offset, total: before the tag of an answer. */
#define MOTE_HTTP_HEAD 12

/* Ranges of actors.budget. One page is the whole of a module's memory: the engine is built to refuse a second. */
#define MOTE_MIN_MEMORY 1024u
#define MOTE_MAX_MEMORY 65536u
#define MOTE_MIN_STACK 512u
#define MOTE_MAX_STACK 16384u
#define MOTE_MAX_FUEL 0x7fffffffu

#endif
