/*
 * Frames that user space carries, beside the bridge and its packet filter: between a container and
 * the TAP interface by which the router captures and injects.
 *
 *   container == its port, ingress: from_port --> TAP --> router
 *   container <-- from_tap: TAP, ingress <-- router
 *
 * All else passes the bridge: groups, tagged frames, addresses that the router does not know, what
 * stays on the host, and once in REFRESH_NS a frame of each address, so that the bridge does not
 * forget where that is. An address that turns up elsewhere passes the bridge first, which so learns
 * it as it would without these programs; to_tap sees those that come by other ports.
 *
 * The programs are attached by links that end with the router's process.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_helpers.h>

#include "beside.h"
#include "frame.h"

#define REFRESH_NS (60 * 1000000000ULL)

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PLACES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct place);
} beside_places SEC(".maps");

/* Interface index of the TAP interface. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} beside_tap SEC(".maps");

/* Ports of containers to which frames may be given; the value says nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PORTS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u32);
} beside_ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BESIDE_COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} beside_counters SEC(".maps");

static __always_inline void count(__u32 counter)
{
	__u64 *value = bpf_map_lookup_elem(&beside_counters, &counter);

	if (value)
		(*value)++;
}

/* Whether an address was here, and not long ago; if not it is from now on, and passes the bridge. */
static __always_inline int is_known(struct place *place, __u32 port)
{
	__u64 now = bpf_ktime_get_coarse_ns();

	/* Zero: none has passed yet, which soon after the host's start is no long time ago. */
	if (place->noted_ns && place->port == port && now - place->noted_ns <= REFRESH_NS)
		return 1;
	place->port = port;
	place->noted_ns = now;
	return 0;
}

/* A frame that a container sends, before the bridge sees it. */
SEC("tc")
int from_port(struct __sk_buff *skb)
{
	struct place *from, *to;
	__u64 destination, source;
	__u32 zero = 0;
	__u32 *tap;

	if (skb->vlan_present || !addresses(skb, &destination, &source) ||
	    (source | destination) & GROUP_BIT)
		return TC_ACT_UNSPEC;
	from = bpf_map_lookup_elem(&beside_places, &source);
	if (!from || !is_known(from, skb->ifindex))
		return TC_ACT_UNSPEC;
	to = bpf_map_lookup_elem(&beside_places, &destination);
	if (!to || !to->remote || to->port)
		return TC_ACT_UNSPEC;
	tap = bpf_map_lookup_elem(&beside_tap, &zero);
	if (!tap || !*tap)
		return TC_ACT_UNSPEC;
	count(SENT);
	return bpf_redirect(*tap, 0);
}

/* A frame that the router injects, before the bridge sees it. */
SEC("tc")
int from_tap(struct __sk_buff *skb)
{
	struct place *from, *to;
	__u64 destination, source;
	__u32 port;

	if (skb->vlan_present || !addresses(skb, &destination, &source) ||
	    (source | destination) & GROUP_BIT)
		return TC_ACT_UNSPEC;
	from = bpf_map_lookup_elem(&beside_places, &source);
	if (!from || !is_known(from, 0) || !from->remote)
		return TC_ACT_UNSPEC;
	to = bpf_map_lookup_elem(&beside_places, &destination);
	port = to ? to->port : 0;
	if (!port || !bpf_map_lookup_elem(&beside_ports, &port))
		return TC_ACT_UNSPEC;
	count(GIVEN);
	/* No address of the TAP interface, which is what it was looked at for. */
	bpf_skb_change_type(skb, PACKET_HOST);
	return bpf_redirect_peer(port, 0);
}

/* A frame on its way to the router: ports without from_port are noted here. */
SEC("tc")
int to_tap(struct __sk_buff *skb)
{
	__u64 destination, source;
	struct place *from;

	if (!addresses(skb, &destination, &source))
		return TC_ACT_UNSPEC;
	from = bpf_map_lookup_elem(&beside_places, &source);
	if (from && from->port != skb->ingress_ifindex)
		from->port = skb->ingress_ifindex;
	return TC_ACT_UNSPEC;
}

/* The sources this was made of: dev/bpf passes their hash, a test compares it with theirs. */
const char weft_source_hash[] SEC("weft_source") = SOURCE_HASH;

/* By whom: another release may make another object of the same sources. */
const char weft_compiler[] SEC("weft_source") = "clang " __clang_version__;

/* Of the helpers used none asks for another licence. */
char weft_license[] SEC("license") = "Apache-2.0";
