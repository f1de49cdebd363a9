/* What the programs of fastdp.c and beside.c read of a frame. */
#ifndef WEFT_FRAME_H
#define WEFT_FRAME_H

#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <bpf/bpf_helpers.h>

#define GROUP_BIT 0x010000000000ULL

static __always_inline __u64 mac_at(const __u8 *bytes)
{
	return (__u64)bytes[0] << 40 | (__u64)bytes[1] << 32 | (__u64)bytes[2] << 24 |
	       (__u64)bytes[3] << 16 | (__u64)bytes[4] << 8 | bytes[5];
}

/* The addresses of a frame; false when it is too short for them. */
static __always_inline int addresses(struct __sk_buff *skb, __u64 *destination, __u64 *source)
{
	const __u8 *data = (const __u8 *)(long)skb->data;
	const __u8 *end = (const __u8 *)(long)skb->data_end;

	if (data + ETH_HLEN > end) {
		if (bpf_skb_pull_data(skb, ETH_HLEN))
			return 0;
		data = (const __u8 *)(long)skb->data;
		end = (const __u8 *)(long)skb->data_end;
		if (data + ETH_HLEN > end)
			return 0;
	}
	*destination = mac_at(data);
	*source = mac_at(data + ETH_ALEN);
	return 1;
}

#endif
