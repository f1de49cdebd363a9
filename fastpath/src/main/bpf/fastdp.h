/*
 * What programs and router agree on: layouts of map keys and values, all in host byte order.
 * io.weft.fastpath.Layout says the same in Java; a test compares the two.
 */
#ifndef WEFT_FASTDP_H
#define WEFT_FASTDP_H

#include <linux/types.h>

/* Short ids are 12 bits (overlay.md C.3). */
#define SHORT_IDS 4096
#define SHORT_ID_MASK 0xfff

/* Neighbours that one broadcast may be copied to. */
#define TREE_HOPS 254

/* Ports of containers; a Linux bridge has no more than 1023. */
#define PORTS 1024

/* struct config, flags: frames are carried at all; else all go to user space. */
#define ACTIVE 1

/* struct mac, owner: a short id, or one of these. */
#define OWNER_LOCAL 0xffff
#define OWNER_OUTSIDE 0xfffe /* a peer without a short id: user space carries */

/* routes: 0 for an unknown peer, one of these, or ROUTE_VIA with the neighbour's short id. */
#define ROUTE_SELF 1
#define ROUTE_NONE 2
#define ROUTE_PUNT 3
#define ROUTE_VIA 0x10000

/* struct hop, kind */
#define HOP_VXLAN 1
#define HOP_PUNT 2

/* struct event, kind */
#define EVENT_HEARTBEAT 1
#define EVENT_LEARNED 2
#define EVENT_MOVED 3

struct config {
	__u32 self;    /* own short id */
	__u32 port;    /* interface index of the bridge port */
	__u32 punt;    /* interface index that leads to user space */
	__u32 flags;
};

struct mac {
	__u64 seen_ns;  /* at most a minute old */
	__u64 since_ns; /* when the present owner got it */
	__u32 owner;
	__u32 port; /* of an address here: interface index of its bridge port, 0 for unknown */
};

struct hop {
	__u16 kind;
	__u16 mtu;     /* largest packet of a container that fits the path, 0 for any */
	__u32 ifindex; /* VXLAN device */
	__u32 remote;  /* IPv4 */
	__u32 local;   /* IPv4 */
};

struct tree {
	__u16 count;
	__u16 punt; /* user space serves further neighbours */
	__u16 hops[TREE_HOPS];
};

struct traffic {
	__u64 sent_packets;
	__u64 sent_bytes;
	__u64 received_packets;
	__u64 received_bytes;
	__u64 dropped; /* to it or from it */
};

struct event {
	__u32 kind;
	__u32 tunnel;  /* source short id, destination short id << 12 */
	__u32 remote;  /* outer source IPv4 */
	__u32 ifindex; /* VXLAN device */
	__u32 length;  /* of the inner frame */
	__u32 owner;
	__u64 mac;
	__u8 head[32]; /* of a heartbeat: zeros, connection uid, length, between Weft routers a token */
};

/* In front of a frame on its way to user space: an Ethernet header of our own. */
#define PUNT_ETHERTYPE 0x88b5 /* IEEE 802, local experimental */
struct punt {
	__u8 magic[6];
	__u8 unused[2];
	__be16 source;
	__be16 destination;
	__be16 ethertype;
};

/* A router of another version takes them over by their places: new ones come last. */
enum counter {
	SENT_UNICAST,
	SENT_FLOODED,
	RECEIVED,
	RELAYED,
	PUNTED,
	LEFT_LOCAL,
	HEARTBEATS,
	MOVED,
	DROPPED_SHORT,
	DROPPED_STP,
	DROPPED_CONFLICT,
	DROPPED_NO_ROUTE,
	DROPPED_UNKNOWN_PEER,
	DROPPED_UNKNOWN_SOURCE,
	DROPPED_LOOP,
	DROPPED_HAIRPIN,
	DROPPED_ENCAPSULATION,
	EVENTS_LOST,
	MACS_TABLE_FULL,
	SENT_DIRECT,
	RECEIVED_DIRECT,
	COUNTERS
};

#endif
