/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a record earned by one packet must not carry for another: the checks of
 * FlowRecordExecutor.fits, in its order and meaning, and those that only the kernel's executor needs.
 * Nothing here changes the frame, unless it says so.
 */
#ifndef HNV_CHECKS_H
#define HNV_CHECKS_H

#include "tunnel.h"

#define MAX_IP_LENGTH 65535

INLINE int contains(const struct address *list, u32 count, const struct address *wanted)
{
	int found = 0;

#pragma unroll
	for (u32 i = 0; i < MAX_ADDRESSES; i++)
		found |= i < count && list[i].low == wanted->low && list[i].high == wanted->high;
	return found;
}

/* The outer source is one of the peer's addresses, the outer destination one of ours. */
INLINE enum fate check_peer(const struct decision *d, const struct outer *o)
{
	struct peer *peer = ENTRY(struct peer, hnv_peers, d->peer);

	/* The peer of a GRE tunnel was told by its endpoint: the context in the flow's key is its own. */
	if (o->kind == L3_GRE)
		return d->operations & POP_GRE ? FORWARDED : UP_WRONG_TUNNEL;
	if (!(d->operations & (o->kind == VXLAN ? POP_VXLAN : POP_NVGRE)))
		return UP_WRONG_TUNNEL;
	if (!peer || !contains(peer->remote, peer->remote_count, &o->source))
		return UP_OUTER_SOURCE;
	if (!contains(peer->local, peer->local_count, &o->destination))
		return UP_OUTER_DESTINATION;
	return FORWARDED;
}

/* The source MAC stands in octets 6 to 11 of the frame. */
INLINE int is_expected_source(const struct decision *d, const struct packet *p)
{
	return (p->macs[1] >> 16 | p->macs[2] << 16) == d->expected_mac &&
	       (u16)(p->macs[2] >> 16) == d->expected_mac_rest;
}

/* What must hold for a frame that will be pushed. */
INLINE enum fate check_push(const struct next_hop *hop,
			    const struct packet *p, const struct outer *o)
{
	if (hop->flags & HOP_NUMBERED)
		return UP_NUMBERED;
	if (!is_known_header(hop))
		return UP_NEXT_HOP;
	/* Lengths differ as kinds and families do. A super-frame is one of its kind of tunnel. */
	if (in_tunnel(o) && p->gso_size != 0 && room_of(hop) != p->l2)
		return UP_HAIRPIN;
	if (p->end - p->l2 + room_of(hop) - ETHERNET_LENGTH > MAX_IP_LENGTH)
		return UP_TOO_LONG;
	return FORWARDED;
}

/*
 * Whether the decision is one for this packet.
 *
 * o: what the frame came in; null on a VM's port, of no kind for a plain frame of an outside port
 */
INLINE enum fate check(const struct decision *d, const struct next_hop *hop,
		       const struct packet *p, const struct outer *o)
{
	enum fate fate;

	if (!(hop->flags & HOP_RESOLVED))
		return UP_NEXT_HOP;
	if (in_tunnel(o)) {
		fate = check_peer(d, o);
		if (fate != FORWARDED)
			return fate;
	} else if (d->operations & POP) {
		return UP_WRONG_TUNNEL;
	}
	if ((d->operations & CHECK_SOURCE_MAC) && !is_expected_source(d, p))
		return UP_SOURCE_MAC;
	if (p->largest > d->mtu || p->largest > hop->mtu)
		return UP_MTU;
	if (p->gso_size != 0 && p->gso_size < MIN_SEGMENT)
		return UP_SEGMENT_SIZE;
	if ((d->operations & DECREMENT_TTL) && p->ttl <= 1)
		return UP_TTL;
	if (d->operations & PUSH)
		return check_push(hop, p, o);
	return hop->encapsulation == NO_ENCAPSULATION ? FORWARDED : UP_NEXT_HOP;
}

/*
 * Whether the partial checksum of a packet, whose addresses or ports will change, is that of its
 * own transport header: then the field holds the pseudo header's sum. It may be one within the
 * payload, where the guest has a tunnel of its own.
 */
INLINE int is_transport_partial(struct __sk_buff *skb, const struct packet *p)
{
	u8 *ip = frame_start(skb) + p->l2 + ETHERNET_LENGTH;
	u64 sum = htons(p->protocol);

	if (p->ipv6) {
		if (ip + IPV6_LENGTH > frame_end(skb))
			return 0;
		sum += htons(p->ip_length - IPV6_LENGTH);
#pragma unroll
		for (int i = 8; i < IPV6_LENGTH; i += 4)
			sum += AT(u32, ip, i);
	} else {
		if (ip + IPV4_LENGTH > frame_end(skb))
			return 0;
		sum += htons(p->ip_length - IPV4_LENGTH);
		sum += (u64)AT(u32, ip, 12) + AT(u32, ip, 16);
	}
	return (p->checksum_at == 16 || p->checksum_at == 6) && fold(sum) == p->checksum;
}

/*
 * A frame says of itself where its checksum remains to be written. A VM says it too, and could have
 * an address or a port overwritten behind all checks; FrameParser refuses that. A tc program cannot
 * read this position, but two helpers give it away:
 *
 * - bpf_l4_csum_replace without the pseudo header's flag leaves a field alone exactly where the
 *   checksum is partial. Tried on the first octets of the Ethernet header, which are put back.
 * - bpf_skb_change_tail does not cut a frame before the end of that field: EINVAL. So asking to cut
 *   right before the first place that is harmless succeeds only for the frame that is not, and that
 *   one is dropped, cut as it is. Some kernels cut any frame and forget its checksum (seen: 6.1.192).
 *   Nothing tells the place there, and every frame of a VM that has a partial checksum goes up.
 *
 * A sender in the kernel may leave the outer UDP checksum to others, too; the new outer header will
 * have none, so that the wrong octets would be summed. That one goes up.
 *
 * o: what the frame came in, then its metadata are the kernel's own; else they are a VM's
 * p: is told whether the checksum is partial
 */
INLINE enum fate check_checksum_state(struct __sk_buff *skb, const struct decision *d,
				      struct packet *p, const struct outer *o)
{
	u32 l4 = p->l2 + ETHERNET_LENGTH + (p->ipv6 ? IPV6_LENGTH : IPV4_LENGTH);
	struct node *node;
	u16 before, after;
	u8 *eth;

	eth = frame_start(skb) + p->l2;
	if (eth + ETHERNET_LENGTH > frame_end(skb))
		return UP_CHECKSUM_STATE;
	before = AT(u16, eth, 0);
	if (bpf_l4_csum_replace(skb, p->l2, 0, 1, 0))
		return UP_CHECKSUM_STATE;
	eth = frame_start(skb) + p->l2;
	if (eth + ETHERNET_LENGTH > frame_end(skb))
		return DROP_BROKEN;
	after = AT(u16, eth, 0);
	if (after != before) {
		AT(u16, eth, 0) = before;
		return FORWARDED;
	}
	p->unfinished = 1;
	if (!in_tunnel(o)) {
		node = ENTRY(struct node, hnv_node, 0);
		if (!node || !node->tells_checksum_place)
			return UP_CHECKSUM_STATE;
		if (bpf_skb_change_tail(skb, l4 + p->free_from - 1, 0) != -EINVAL)
			return DROP_CHECKSUM_PLACE;
	}
	if ((d->operations & TRANSLATE) && !is_transport_partial(skb, p))
		return UP_CHECKSUM_STATE;
	if (in_tunnel(o) && o->unfinished && p->gso_size == 0)
		return UP_CHECKSUM_STATE;
	return FORWARDED;
}

#endif
