/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which frames of a device to an outside network are ours, where the host has the device too: packets to
 * the addresses that hnv.linux.bpf.SharedFilter lists, what ARP and neighbour discovery ask about them,
 * and GRE from the other ends of our tunnels, whose own end may be an address of the host's. The rest
 * is the host's, as it came; so is what was sent to another machine, and what bears a tag.
 */
#ifndef HNV_SHARED_H
#define HNV_SHARED_H

#include "packet.h"
#include "tunnel.h"
#include "underlay.h"

extern struct map hnv_shared_ips; /* longest prefix: shared_key -> 4 octets */
extern struct map hnv_shared_gre; /* hash: shared_end -> 4 octets */
extern struct map hnv_shared_up; /* hash: ifindex -> that of the TAP; of the program for Java alone */

/* Host order but for the address; the device counts whole, so its octets may lie as they do. */
struct shared_key {
	u32 length; /* 32 bits of the device and those of the address */
	u32 ifindex;
	struct address to;
};

_Static_assert(sizeof(struct shared_key) == 24, "SharedFilter.ADDRESS_KEY_LENGTH");

struct shared_end {
	struct address source;
	struct address destination;
	u32 ifindex;
	u32 key;
	u32 flags; /* GRE_KEYED as on the wire, or 0 */
	u32 zero;
};

_Static_assert(sizeof(struct shared_end) == 48, "SharedFilter.END_KEY_LENGTH");

#define SHARED_WHOLE 160
#define OTHER_HOST 3 /* PACKET_OTHERHOST */
#define ETHER_ARP htons(0x0806)
#define ARP_LENGTH 28
#define ARP_TARGET 24
#define NEIGHBOR_SOLICITATION 135
#define NEIGHBOR_ADVERTISEMENT 136
#define GRE_WITH_CHECKSUM htons(0x8000)

INLINE int is_shared_address(const struct __sk_buff *skb, u64 high, u64 low)
{
	struct shared_key key = {
		.length = SHARED_WHOLE, .ifindex = skb->ifindex, .to = {.high = high, .low = low}};

	return bpf_map_lookup_elem(&hnv_shared_ips, &key) != 0;
}

/* GRE whose addresses are in `end`, at `at`. NVGRE is the underlay's. */
INLINE int is_shared_gre(struct __sk_buff *skb, u32 at, struct shared_end *end)
{
	u16 gre[2];

	if (bpf_skb_load_bytes(skb, at, gre, sizeof(gre)) || gre[1] == TRANSPARENT_ETHERNET)
		return 0;
	end->ifindex = skb->ifindex;
	if (gre[0] & GRE_KEYED) {
		end->flags = GRE_KEYED;
		at += gre[0] & GRE_WITH_CHECKSUM ? 8 : 4;
		if (bpf_skb_load_bytes(skb, at, &end->key, sizeof(end->key)))
			return 0;
	}
	return bpf_map_lookup_elem(&hnv_shared_gre, end) != 0;
}

INLINE int is_shared_ipv4(struct __sk_buff *skb)
{
	struct shared_end end = {};
	struct ip_octets ip;

	if (bpf_skb_load_bytes(skb, ETHERNET_LENGTH, &ip, IPV4_LENGTH))
		return 0;
	end.source.low = MAPPED(ip.word[3]);
	end.destination.low = MAPPED(ip.word[4]);
	if (is_shared_address(skb, 0, end.destination.low))
		return 1;
	/* Of a packet in fragments the host keeps what it cannot read; with options, too. */
	return (u8)(ip.word[2] >> 8) == GRE && (ip.word[0] & 0xF) == 5 &&
	       !(ip.word[1] >> 16 & IPV4_LATER_FRAGMENT) &&
	       is_shared_gre(skb, ETHERNET_LENGTH + IPV4_LENGTH, &end);
}

INLINE int is_shared_ipv6(struct __sk_buff *skb)
{
	struct shared_end end = {};
	struct ip_octets ip;
	u32 target[6];
	u8 next;

	if (bpf_skb_load_bytes(skb, ETHERNET_LENGTH, &ip, IPV6_LENGTH))
		return 0;
	end.source.high = (u64)ip.word[3] << 32 | ip.word[2];
	end.source.low = (u64)ip.word[5] << 32 | ip.word[4];
	end.destination.high = (u64)ip.word[7] << 32 | ip.word[6];
	end.destination.low = (u64)ip.word[9] << 32 | ip.word[8];
	if (is_shared_address(skb, end.destination.high, end.destination.low))
		return 1;
	next = (u8)(ip.word[1] >> 16);
	if (next == GRE)
		return is_shared_gre(skb, ETHERNET_LENGTH + IPV6_LENGTH, &end);
	if (next != ICMPV6 ||
	    bpf_skb_load_bytes(skb, ETHERNET_LENGTH + IPV6_LENGTH, target, sizeof(target)))
		return 0;
	next = (u8)target[0];
	return (next == NEIGHBOR_SOLICITATION || next == NEIGHBOR_ADVERTISEMENT) &&
	       is_shared_address(skb, (u64)target[3] << 32 | target[2],
				 (u64)target[5] << 32 | target[4]);
}

INLINE int is_shared_arp(struct __sk_buff *skb)
{
	u32 target;

	return !bpf_skb_load_bytes(skb, ETHERNET_LENGTH + ARP_TARGET, &target, sizeof(target)) &&
	       is_shared_address(skb, 0, MAPPED(target));
}

/* Whether a frame is ours. */
INLINE int is_shared(struct __sk_buff *skb)
{
	u16 ether_type;

	if (skb->vlan_present || skb->pkt_type == OTHER_HOST ||
	    bpf_skb_load_bytes(skb, 12, &ether_type, sizeof(ether_type)))
		return 0;
	if (ether_type == ETHER_IPV4)
		return is_shared_ipv4(skb);
	if (ether_type == ETHER_IPV6)
		return is_shared_ipv6(skb);
	return ether_type == ETHER_ARP && is_shared_arp(skb);
}

#endif
