/*
 * What beside.c and the router agree on, in host byte order. io.weft.fastpath.BesideTables says the
 * same in Java; a test compares the two.
 */
#ifndef WEFT_BESIDE_H
#define WEFT_BESIDE_H

#include <linux/types.h>

/* As many as the router's own table has. */
#define PLACES 65536

/* Ports of containers; a Linux bridge has no more than 1023. */
#define PORTS 1024

/* Where an address is. The router makes and removes entries; programs keep the first two fields. */
struct place {
	__u64 noted_ns; /* when a frame of it last passed the bridge, at most a minute ago */
	__u32 port;     /* interface it was last seen at on this host; 0 for none, or not known */
	__u32 remote;   /* 1: a peer has it, as far as the router knows */
};

enum beside_counter {
	SENT,
	GIVEN,
	BESIDE_COUNTERS
};

#endif
