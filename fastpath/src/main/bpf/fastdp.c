/*
 * The kernel's part of fastdp (overlay.md E.2, E.3, F.1): Ethernet frames between a port of the
 * bridge and a collect-metadata VXLAN device, without a packet through user space.
 *
 *   bridge --> port, egress: from_bridge --> vxlan-PORT ==> peers
 *              port, ingress <-- from_vxlan: vxlan-PORT, ingress <== peers
 *
 * What the kernel cannot carry alone goes on along the port to user space, or, when it came from
 * a peer, with its short ids in front of it over a veth pair.
 *
 * Where the router allows it for a container's port, frames whose two ends are known pass beside
 * the bridge:
 *
 *   container == its port, ingress: from_container --> vxlan-PORT ==> peers
 *   container <-- from_vxlan: vxlan-PORT, ingress <== peers
 *
 * Once in REFRESH_NS a frame of each address goes by the bridge all the same, which so keeps what it
 * has learned.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/in.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "fastdp.h"
#include "frame.h"

#define SPANNING_TREE_MAC 0x0180c2000000ULL
#define SECOND 1000000000ULL

/* Frames that are longer do not open a TCP connection: Ethernet, IPv6 and the longest TCP header. */
#define SYN_BYTES (ETH_HLEN + 40 + 60)

/* Options looked at for the segment size, which is the first one that Linux sends. */
#define SYN_OPTIONS 8

/* Times are rewritten when they are older than this (overlay.md E.1). */
#define REFRESH_NS (60 * SECOND)

/*
 * An address that was taken over by a peer so recently is not taken back: a frame that comes round
 * a loop outside Weft must not win it. The original never gives it back before it expires.
 */
#define HOLD_NS (SECOND / 4)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct config);
} weft_config SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct mac);
} weft_macs SEC(".maps");

/* By destination peer. One word, so that a change is seen whole or not at all. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SHORT_IDS);
	__type(key, __u32);
	__type(value, __u32);
} weft_routes SEC(".maps");

/* By neighbour. A hash replaces an element whole, an array would write into it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SHORT_IDS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct hop);
} weft_hops SEC(".maps");

/* By source peer. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SHORT_IDS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct tree);
} weft_trees SEC(".maps");

/* Outer addresses that data is taken from, each with its neighbour. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SHORT_IDS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u32);
} weft_sources SEC(".maps");

/* Ports of containers to which frames may be given beside the bridge; the value says nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PORTS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u32);
} weft_ports SEC(".maps");

/* By neighbour. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, SHORT_IDS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct traffic);
} weft_traffic SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} weft_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} weft_events SEC(".maps");

static __always_inline void count(__u32 counter)
{
	__u64 *value = bpf_map_lookup_elem(&weft_counters, &counter);

	if (value)
		(*value)++;
}

static __always_inline int drop(__u32 reason)
{
	count(reason);
	return TC_ACT_SHOT;
}

/* Packets as they appear on the wire, not as the super-frames they travel in. */
static __always_inline __u64 packets(const struct __sk_buff *skb)
{
	return skb->gso_segs ? skb->gso_segs : 1;
}

static __always_inline void count_sent(const struct __sk_buff *skb, __u32 neighbour)
{
	struct traffic *traffic = bpf_map_lookup_elem(&weft_traffic, &neighbour);

	if (traffic) {
		traffic->sent_packets += packets(skb);
		traffic->sent_bytes += skb->len;
	}
}

static __always_inline void count_received(const struct __sk_buff *skb, __u32 neighbour)
{
	struct traffic *traffic = bpf_map_lookup_elem(&weft_traffic, &neighbour);

	if (traffic) {
		traffic->received_packets += packets(skb);
		traffic->received_bytes += skb->len;
	}
}

static __always_inline int drop_of(__u32 neighbour, __u32 reason)
{
	struct traffic *traffic = bpf_map_lookup_elem(&weft_traffic, &neighbour);

	if (traffic)
		traffic->dropped++;
	return drop(reason);
}

static __always_inline void report_owner(__u32 kind, __u64 address, __u32 owner)
{
	struct event *event = bpf_ringbuf_reserve(&weft_events, sizeof(*event), 0);

	if (!event) {
		count(EVENTS_LOST);
		return;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->kind = kind;
	event->mac = address;
	event->owner = owner;
	bpf_ringbuf_submit(event, 0);
}

/* What learn() says of an address. */
#define REFUSED 0 /* it must not be there */
#define NOTED 1
#define KNOWN 2 /* noted less than REFRESH_NS ago */

/* Notes that an address is behind an owner now; of one that is here, the port it was seen at. */
static __always_inline int learn(__u64 address, __u32 owner, __u32 port)
{
	__u64 now = bpf_ktime_get_coarse_ns();
	struct mac *known = bpf_map_lookup_elem(&weft_macs, &address);
	struct mac fresh = { .seen_ns = now, .since_ns = now, .owner = owner };
	__u32 kind = EVENT_LEARNED;

	if (known && known->owner == owner) {
		/* Where it is else is noted by from_container: others have no port to be found at. */
		if (known->port && known->port != port)
			known->port = 0;
		if (now - known->seen_ns <= REFRESH_NS)
			return KNOWN;
		known->seen_ns = now;
		return NOTED;
	}
	if (known) {
		if (owner == OWNER_LOCAL && now - known->since_ns < HOLD_NS)
			return REFUSED;
		count(MOVED);
		kind = EVENT_MOVED;
	}
	if (bpf_map_update_elem(&weft_macs, &address, &fresh, BPF_ANY))
		count(MACS_TABLE_FULL);
	else
		report_owner(kind, address, owner);
	return NOTED;
}

/* Whether a frame, or a segment of a super-frame, is more than the path to a neighbour carries. */
static __always_inline int is_wide(const struct __sk_buff *skb, const struct hop *hop)
{
	/* Of a segment at least the headers of IPv4 and TCP are not in its size. */
	__u32 bytes = skb->gso_size ? skb->gso_size + 40 : skb->len - ETH_HLEN;

	return hop->mtu && bytes > hop->mtu;
}

/*
 * Lowers the segment size that a TCP connection is opened with to what fits an MTU. A function of its
 * own, as the verifier then looks at it once, whoever calls it.
 */
__noinline int clamp_segments(struct __sk_buff *skb, __u32 mtu)
{
	__u32 tcp, at, end, most;
	__be16 type, fragment;
	__u8 header[2];
	int i;

	if (!mtu || skb->len > SYN_BYTES || bpf_skb_load_bytes(skb, 12, &type, sizeof(type)))
		return 0;
	if (type == bpf_htons(ETH_P_IP)) {
		__u8 first, protocol;

		if (bpf_skb_load_bytes(skb, ETH_HLEN, &first, 1) ||
		    bpf_skb_load_bytes(skb, ETH_HLEN + 6, &fragment, sizeof(fragment)) ||
		    bpf_skb_load_bytes(skb, ETH_HLEN + 9, &protocol, 1))
			return 0;
		if (protocol != IPPROTO_TCP || fragment & bpf_htons(0x1fff))
			return 0;
		tcp = ETH_HLEN + (first & 0xf) * 4;
		most = mtu - 40;
	} else if (type == bpf_htons(ETH_P_IPV6)) {
		__u8 next;

		if (bpf_skb_load_bytes(skb, ETH_HLEN + 6, &next, 1) || next != IPPROTO_TCP)
			return 0;
		tcp = ETH_HLEN + 40;
		most = mtu - 60;
	} else {
		return 0;
	}
	/* Length and flags. */
	if (bpf_skb_load_bytes(skb, tcp + 12, header, sizeof(header)) || !(header[1] & 0x02))
		return 0;
	end = tcp + (header[0] >> 4) * 4;
	at = tcp + 20;
	for (i = 0; i < SYN_OPTIONS; i++) {
		__be16 old, new = bpf_htons(most);

		if (at + 2 > end || bpf_skb_load_bytes(skb, at, header, sizeof(header)))
			return 0;
		if (header[0] == 0)
			return 0;
		if (header[0] == 1) {
			at++;
			continue;
		}
		if (header[0] != 2) {
			if (header[1] < 2)
				return 0;
			at += header[1];
			continue;
		}
		if (header[1] != 4 || at + 4 > end || bpf_skb_load_bytes(skb, at + 2, &old, sizeof(old)))
			return 0;
		if (bpf_ntohs(old) <= most)
			return 0;
		/* Sums are of pairs of bytes, which an option may lie across. */
		if ((at - tcp) & 1)
			bpf_l4_csum_replace(skb, tcp + 16, __builtin_bswap16(old),
					    __builtin_bswap16(new), sizeof(new));
		else
			bpf_l4_csum_replace(skb, tcp + 16, old, new, sizeof(new));
		bpf_skb_store_bytes(skb, at + 2, &new, sizeof(new), 0);
		return 0;
	}
	return 0;
}

static __always_inline int encapsulate(struct __sk_buff *skb, __u32 tunnel, const struct hop *hop)
{
	struct bpf_tunnel_key key = {};

	key.tunnel_id = tunnel;
	key.remote_ipv4 = hop->remote;
	key.local_ipv4 = hop->local;
	key.tunnel_ttl = 64;
	return bpf_skb_set_tunnel_key(skb, &key, sizeof(key),
				      BPF_F_ZERO_CSUM_TX | BPF_F_DONT_FRAGMENT);
}

/* Copies a frame to the neighbours of a tree; whether user space must serve others. */
static __always_inline int flood(struct __sk_buff *skb, __u32 source)
{
	struct tree *tree = bpf_map_lookup_elem(&weft_trees, &source);
	int punt;
	int i;

	if (!tree)
		return 0;
	punt = tree->punt;
	for (i = 0; i < TREE_HOPS; i++) {
		struct hop *hop;
		__u32 neighbour;

		if (i >= tree->count)
			break;
		neighbour = tree->hops[i];
		hop = bpf_map_lookup_elem(&weft_hops, &neighbour);
		if (!hop) {
			count(DROPPED_NO_ROUTE);
			continue;
		}
		if (hop->kind != HOP_VXLAN || is_wide(skb, hop)) {
			punt = 1;
			continue;
		}
		if (encapsulate(skb, source | neighbour << 12, hop) ||
		    bpf_clone_redirect(skb, hop->ifindex, 0)) {
			drop_of(neighbour, DROPPED_ENCAPSULATION);
			continue;
		}
		count(SENT_FLOODED);
		count_sent(skb, neighbour);
	}
	return punt;
}

/* Sends a frame of this host to the peer that has its destination. */
static __always_inline int send(struct __sk_buff *skb, const struct config *config, __u32 peer,
				__u32 via, const struct hop *hop)
{
	clamp_segments(skb, hop->mtu);
	if (encapsulate(skb, config->self | peer << 12, hop))
		return drop_of(via, DROPPED_ENCAPSULATION);
	count(SENT_UNICAST);
	count_sent(skb, via);
	return bpf_redirect(hop->ifindex, 0);
}

/* A frame that the bridge sends to its port (E.2). TC_ACT_OK leads it on to user space. */
SEC("tc")
int from_bridge(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct config *config = bpf_map_lookup_elem(&weft_config, &zero);
	__u64 destination, source;
	struct mac *owner;
	struct hop *hop;
	__u32 peer, via;
	__u32 *route;

	if (!config || !(config->flags & ACTIVE))
		return TC_ACT_OK;
	if (!addresses(skb, &destination, &source) || source == 0)
		return drop(DROPPED_SHORT);
	if (destination == SPANNING_TREE_MAC)
		return drop(DROPPED_STP);
	if (!(source & GROUP_BIT) && !learn(source, OWNER_LOCAL, skb->ingress_ifindex))
		return drop(DROPPED_CONFLICT);
	owner = bpf_map_lookup_elem(&weft_macs, &destination);
	if (!owner) {
		if (!flood(skb, config->self))
			return TC_ACT_SHOT;
		count(PUNTED);
		return TC_ACT_OK;
	}
	peer = owner->owner;
	if (peer == OWNER_LOCAL)
		return drop(LEFT_LOCAL);
	if (peer == OWNER_OUTSIDE) {
		count(PUNTED);
		return TC_ACT_OK;
	}
	peer &= SHORT_ID_MASK;
	route = bpf_map_lookup_elem(&weft_routes, &peer);
	if (!route || *route < ROUTE_PUNT)
		return drop(DROPPED_NO_ROUTE);
	via = *route & SHORT_ID_MASK;
	hop = *route & ROUTE_VIA ? bpf_map_lookup_elem(&weft_hops, &via) : 0;
	if (!hop && *route != ROUTE_PUNT)
		return drop(DROPPED_NO_ROUTE);
	if (!hop || hop->kind != HOP_VXLAN || is_wide(skb, hop)) {
		count(PUNTED);
		return TC_ACT_OK;
	}
	return send(skb, config, peer, via, hop);
}

/*
 * A frame that a container sends, before the bridge sees it. What is not plainly for a peer that the
 * kernel reaches is left to the bridge, and so to from_bridge.
 */
SEC("tc")
int from_container(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct config *config = bpf_map_lookup_elem(&weft_config, &zero);
	__u64 destination, source;
	struct mac *known, *owner;
	struct hop *hop;
	__u32 peer, via;
	__u32 *route;

	if (!config || !(config->flags & ACTIVE) || skb->vlan_present)
		return TC_ACT_UNSPEC;
	if (!addresses(skb, &destination, &source) || (source | destination) & GROUP_BIT)
		return TC_ACT_UNSPEC;
	known = bpf_map_lookup_elem(&weft_macs, &source);
	if (!known || known->owner != OWNER_LOCAL)
		return TC_ACT_UNSPEC;
	if (known->port != skb->ifindex) {
		known->port = skb->ifindex;
		return TC_ACT_UNSPEC;
	}
	owner = bpf_map_lookup_elem(&weft_macs, &destination);
	if (!owner || owner->owner > SHORT_ID_MASK)
		return TC_ACT_UNSPEC;
	if (bpf_ktime_get_coarse_ns() - known->seen_ns > REFRESH_NS)
		return TC_ACT_UNSPEC;
	peer = owner->owner;
	route = bpf_map_lookup_elem(&weft_routes, &peer);
	if (!route || !(*route & ROUTE_VIA))
		return TC_ACT_UNSPEC;
	via = *route & SHORT_ID_MASK;
	hop = bpf_map_lookup_elem(&weft_hops, &via);
	if (!hop || hop->kind != HOP_VXLAN || is_wide(skb, hop))
		return TC_ACT_UNSPEC;
	count(SENT_DIRECT);
	return send(skb, config, peer, via, hop);
}

static __always_inline int heartbeat(struct __sk_buff *skb, const struct bpf_tunnel_key *key)
{
	struct event *event;

	count(HEARTBEATS);
	event = bpf_ringbuf_reserve(&weft_events, sizeof(*event), 0);
	if (!event)
		return drop(EVENTS_LOST);
	event->kind = EVENT_HEARTBEAT;
	event->tunnel = key->tunnel_id;
	event->remote = key->remote_ipv4;
	event->ifindex = skb->ifindex;
	event->length = skb->len;
	event->owner = 0;
	event->mac = 0;
	if (bpf_skb_load_bytes(skb, 0, event->head, sizeof(event->head))) {
		bpf_ringbuf_discard(event, 0);
		return drop(DROPPED_SHORT);
	}
	bpf_ringbuf_submit(event, 0);
	return TC_ACT_SHOT;
}

/* Leads a frame of a peer to user space, which has to know its short ids. */
static __always_inline int punt(struct __sk_buff *skb, const struct config *config, __u32 source,
				__u32 destination)
{
	struct punt header = { .magic = { 0x02, 'w', 'e', 'f', 't', 0x00 } };

	header.source = bpf_htons(source);
	header.destination = bpf_htons(destination);
	header.ethertype = bpf_htons(PUNT_ETHERTYPE);
	if (bpf_skb_change_head(skb, sizeof(header), 0) ||
	    bpf_skb_store_bytes(skb, 0, &header, sizeof(header), 0))
		return drop(DROPPED_ENCAPSULATION);
	count(PUNTED);
	return bpf_redirect(config->punt, 0);
}

/* A frame on its way from one peer to another. */
static __always_inline int relay(struct __sk_buff *skb, const struct config *config,
				 const struct bpf_tunnel_key *key, __u32 source, __u32 destination,
				 __u32 route)
{
	__u32 via = route & SHORT_ID_MASK;
	struct hop *hop;

	if (route == ROUTE_NONE)
		return drop(DROPPED_NO_ROUTE);
	hop = route & ROUTE_VIA ? bpf_map_lookup_elem(&weft_hops, &via) : 0;
	if (!hop && route != ROUTE_PUNT)
		return drop(DROPPED_NO_ROUTE);
	if (!hop || hop->kind != HOP_VXLAN || is_wide(skb, hop))
		return punt(skb, config, source, destination);
	/* It came from there: sending it back would go on for ever (overlay.md C.6). */
	if (hop->remote == key->remote_ipv4)
		return drop_of(via, DROPPED_HAIRPIN);
	if (encapsulate(skb, key->tunnel_id, hop))
		return drop_of(via, DROPPED_ENCAPSULATION);
	count(RELAYED);
	count_sent(skb, via);
	return bpf_redirect(hop->ifindex, 0);
}

/* A frame from a peer (E.3). */
SEC("tc")
int from_vxlan(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct config *config = bpf_map_lookup_elem(&weft_config, &zero);
	struct bpf_tunnel_key key = {};
	__u64 to, from;
	__u32 source, destination, port;
	__u32 *neighbour, *source_route, *route;
	struct mac *owner;
	struct hop *hop;
	int sender = NOTED;

	if (bpf_skb_get_tunnel_key(skb, &key, sizeof(key), 0))
		return drop(DROPPED_ENCAPSULATION);
	if (!addresses(skb, &to, &from))
		return drop(DROPPED_SHORT);
	if (to == 0 && from == 0)
		return heartbeat(skb, &key);
	if (!config || !(config->flags & ACTIVE))
		return drop(DROPPED_NO_ROUTE);
	neighbour = bpf_map_lookup_elem(&weft_sources, &key.remote_ipv4);
	if (!neighbour)
		return drop(DROPPED_UNKNOWN_SOURCE);
	count_received(skb, *neighbour);

	source = key.tunnel_id & SHORT_ID_MASK;
	destination = key.tunnel_id >> 12 & SHORT_ID_MASK;
	source_route = bpf_map_lookup_elem(&weft_routes, &source);
	route = bpf_map_lookup_elem(&weft_routes, &destination);
	if (!source_route || !route || !*source_route || !*route)
		return drop_of(*neighbour, DROPPED_UNKNOWN_PEER);
	if (*source_route == ROUTE_SELF)
		return drop_of(*neighbour, DROPPED_LOOP);
	if (*route != ROUTE_SELF)
		return relay(skb, config, &key, source, destination, *route);

	if (!(from & GROUP_BIT) && from != 0)
		sender = learn(from, source, 0);
	count(RECEIVED);
	if (skb->len <= SYN_BYTES) {
		hop = bpf_map_lookup_elem(&weft_hops, neighbour);
		if (hop)
			clamp_segments(skb, hop->mtu);
	}
	owner = bpf_map_lookup_elem(&weft_macs, &to);
	if ((!owner || owner->owner != OWNER_LOCAL) && flood(skb, source)) {
		bpf_clone_redirect(skb, config->port, BPF_F_INGRESS);
		return punt(skb, config, source, destination);
	}
	port = owner && owner->owner == OWNER_LOCAL ? owner->port : 0;
	if (port && sender == KNOWN && !skb->vlan_present &&
	    bpf_map_lookup_elem(&weft_ports, &port)) {
		count(RECEIVED_DIRECT);
		/* No address of the VXLAN device, which is what it was looked at for. */
		bpf_skb_change_type(skb, PACKET_HOST);
		return bpf_redirect_peer(port, 0);
	}
	return bpf_redirect(config->port, BPF_F_INGRESS);
}

/* The sources this was made of: dev/bpf passes their hash, a test compares it with theirs. */
const char weft_source_hash[] SEC("weft_source") = SOURCE_HASH;

/* By whom: another release may make another object of the same sources. */
const char weft_compiler[] SEC("weft_source") = "clang " __clang_version__;

/* Of the helpers used none asks for another licence. */
char weft_license[] SEC("license") = "Apache-2.0";
