/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of an outside network, as hnv.dataplane.FrameParser.parseOutside has them: plain, or GRE to
 * the end of a tunnel of ours. Nobody else's GRE is opened, nor any other tunnel.
 */
#ifndef HNV_OUTSIDE_H
#define HNV_OUTSIDE_H

#include "packet.h"
#include "tunnel.h"

/* Of the first 16 bits: those that a receiver must not ignore, the version among them (GreHeader). */
#define GRE_MUST_BE_ZERO htons(0x4C07)
#define GRE_KEYED htons(0x2000)
#define GRE_CHECKSUM_OR_SEQUENCE htons(0x9000)

/*
 * Reads a GRE header at `at` and finds the tunnel that it is of; sets p->l2, the packet's type and the
 * context of its flow.
 *
 * number: of the port that it came by
 */
INLINE enum fate read_gre(struct __sk_buff *skb, u32 at, u32 number, struct outer *o,
			  struct packet *p, u32 *context)
{
	struct endpoint_key end = {.source = o->source, .destination = o->destination};
	struct endpoint *found;
	u32 inner = at + GRE_LENGTH;
	u16 flags, type;
	u8 *gre;

	if (inner > p->end || !reach(skb, inner))
		return UP_OUTER_HEADER;
	gre = frame_start(skb) + at;
	if (gre + GRE_LENGTH > frame_end(skb))
		return UP_OUTER_HEADER;
	flags = AT(u16, gre, 0);
	type = AT(u16, gre, 2);
	if (flags & GRE_MUST_BE_ZERO)
		return UP_OUTER_HEADER;
	if (flags & GRE_CHECKSUM_OR_SEQUENCE)
		return UP_NUMBERED;
	if (type != ETHER_IPV4 && type != ETHER_IPV6)
		return UP_NOT_IP;
	end.flags = ENDPOINT_USED;
	if (flags & GRE_KEYED) {
		inner += GRE_KEY_LENGTH;
		if (inner > p->end || !reach(skb, inner))
			return UP_OUTER_HEADER;
		gre = frame_start(skb) + at;
		if (gre + GRE_LENGTH + GRE_KEY_LENGTH > frame_end(skb))
			return UP_OUTER_HEADER;
		end.key = ntohl(AT(u32, gre, GRE_LENGTH));
		end.flags |= ENDPOINT_KEYED;
	}
	found = bpf_map_lookup_elem(&hnv_endpoints, &end);
	if (!found || (found->through != BY_ANY_PORT && found->through != number))
		return UP_GRE_PEER;
	*context = found->context;
	o->kind = L3_GRE;
	p->type_in_gre = type;
	p->l2 = inner - ETHERNET_LENGTH;
	return FORWARDED;
}

/* Opens a GRE packet; a frame of any other protocol stays as it is. */
INLINE enum fate open_gre(struct __sk_buff *skb, u32 number, struct outer *o, struct packet *p,
			  u32 *context)
{
	u8 protocol;
	u8 *eth;

	if (!reach(skb, ETHERNET_LENGTH + IPV4_LENGTH))
		return FORWARDED; /* And read_packet finds it malformed. */
	eth = frame_start(skb);
	if (eth + ETHERNET_LENGTH + IPV4_LENGTH > frame_end(skb) || (AT(u8, eth, 0) & 1))
		return FORWARDED;
	if (AT(u16, eth, 12) == ETHER_IPV4) {
		if (AT(u8, eth, ETHERNET_LENGTH + 9) != GRE)
			return FORWARDED;
		if (!read_outer_ipv4(skb, o, p, &protocol))
			return UP_OUTER_HEADER;
		return read_gre(skb, ETHERNET_LENGTH + IPV4_LENGTH, number, o, p, context);
	}
	if (AT(u16, eth, 12) != ETHER_IPV6 || AT(u8, eth, ETHERNET_LENGTH + 6) != GRE)
		return FORWARDED;
	if (!read_outer_ipv6(skb, o, p, &protocol))
		return UP_OUTER_HEADER;
	return read_gre(skb, ETHERNET_LENGTH + IPV6_LENGTH, number, o, p, context);
}

/*
 * Where the packet begins, in what tunnel it came if in any, and the context of its flow.
 *
 * context: that of the port, to begin with
 */
INLINE enum fate read_outside(struct __sk_buff *skb, u32 number, struct outer *o,
			      struct packet *p, u32 *context)
{
	enum fate fate = open_gre(skb, number, o, p, context);
	u32 found;

	if (fate != FORWARDED)
		return fate;
	found = FORGET(skb, 1, p->l2 | o->kind << 8 | o->ipv6 << 10 | (u32)p->type_in_gre << 16);
	p->l2 = found & 0xFF;
	o->kind = found >> 8 & 3;
	o->ipv6 = found >> 10 & 1;
	p->type_in_gre = found >> 16;
	*context = FORGET(skb, 2, *context);
	return p->l2 <= MAX_OUTER ? FORWARDED : UP_OUTER_HEADER;
}

#endif
