/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outer headers: read as FrameParser.parseTunnel does, taken off and put on as
 * FlowRecordExecutor does. Super-frames stay whole both ways.
 */
#ifndef HNV_TUNNEL_H
#define HNV_TUNNEL_H

#include "packet.h"

#define VXLAN_LENGTH 8
#define NVGRE_LENGTH 8
#define GRE_LENGTH 4	 /* without key, which is as long again: then as NVGRE's */
#define GRE_KEY_LENGTH 4

/* Octets before the inner frame at most. */
#define MAX_OUTER (ETHERNET_LENGTH + IPV6_LENGTH + UDP_LENGTH + VXLAN_LENGTH)

#define VXLAN_VNI_PRESENT 0x08
/* RFC 7637 section 3.2: C and S zero, K one, version 0; protocol type 0x6558. As a little-endian load
 * reads them. */
#define NVGRE_MASK htonl(0xFC07FFFF)
#define NVGRE_FIRST_WORD htonl(0x20006558)

/* ::ffff:0:0/96 before an IPv4 address that was loaded as it stands. */
#define MAPPED(address) ((u64)(address) << 32 | 0xFFFF0000ULL)

struct outer {
	enum encapsulation kind; /* NO_ENCAPSULATION: a plain frame of an outside port */
	u32 vsid;
	u32 ipv6;
	u32 ecn;
	u32 tunnels_only; /* the port takes nothing but tunnel packets */
	u32 unfinished; /* the UDP checksum holds the sum of the pseudo header only */
	struct address source;
	struct address destination;
};

/* Reads an outer IPv4 header; the frame's end becomes the packet's. */
INLINE int read_outer_ipv4(struct __sk_buff *skb, struct outer *o, struct packet *p, u8 *protocol)
{
	u8 *ip = frame_start(skb) + ETHERNET_LENGTH;
	u32 length;

	if (ip + IPV4_LENGTH > frame_end(skb))
		return 0;
	length = ntohs(AT(u16, ip, 2));
	if (AT(u8, ip, 0) != 0x45 || length < IPV4_LENGTH || length > p->end - ETHERNET_LENGTH ||
	    !is_ipv4_checksum_valid(ip) || (AT(u16, ip, 6) & IPV4_FRAGMENT))
		return 0;
	*protocol = AT(u8, ip, 9);
	p->end = ETHERNET_LENGTH + length;
	o->ipv6 = 0;
	o->ecn = AT(u8, ip, 1) & 3;
	o->source.high = 0;
	o->source.low = MAPPED(AT(u32, ip, 12));
	o->destination.high = 0;
	o->destination.low = MAPPED(AT(u32, ip, 16));
	return 1;
}

INLINE int is_mapped(const u8 *ip, u32 at)
{
	return AT(u64, ip, at) == 0 && AT(u32, ip, at + 8) == MAPPED(0);
}

INLINE int read_outer_ipv6(struct __sk_buff *skb, struct outer *o, struct packet *p, u8 *protocol)
{
	u8 *ip;
	u32 length;

	if (!reach(skb, ETHERNET_LENGTH + IPV6_LENGTH))
		return 0;
	ip = frame_start(skb) + ETHERNET_LENGTH;
	if (ip + IPV6_LENGTH > frame_end(skb))
		return 0;
	length = IPV6_LENGTH + ntohs(AT(u16, ip, 4));
	/* On no wire is a mapped address; here it would pass for that of an IPv4 packet. */
	if ((AT(u8, ip, 0) >> 4) != 6 || length > p->end - ETHERNET_LENGTH || is_mapped(ip, 8) ||
	    is_mapped(ip, 24))
		return 0;
	*protocol = AT(u8, ip, 6);
	p->end = ETHERNET_LENGTH + length;
	o->ipv6 = 1;
	o->ecn = AT(u8, ip, 1) >> 4 & 3;
	o->source.high = AT(u64, ip, 8);
	o->source.low = AT(u64, ip, 16);
	o->destination.high = AT(u64, ip, 24);
	o->destination.low = AT(u64, ip, 32);
	return 1;
}

/*
 * The pseudo header's sum of the outer UDP header at `outer`, an Ethernet header; zero where it does
 * not lie in place. As in the checksum field of a frame whose checksum is unfinished.
 */
INLINE u32 sum_outer_pseudo_header(struct __sk_buff *skb, u32 ipv6)
{
	u8 *ip = frame_start(skb) + ETHERNET_LENGTH;
	u64 sum = htons(UDP);

	if (ipv6) {
		if (ip + IPV6_LENGTH + UDP_LENGTH > frame_end(skb))
			return 0;
		sum += AT(u16, ip, IPV6_LENGTH + 4);
#pragma unroll
		for (int i = 8; i < IPV6_LENGTH; i += 4)
			sum += AT(u32, ip, i);
	} else {
		if (ip + IPV4_LENGTH + UDP_LENGTH > frame_end(skb))
			return 0;
		sum += (u64)AT(u32, ip, 12) + AT(u32, ip, 16) + AT(u16, ip, IPV4_LENGTH + 4);
	}
	return fold(sum);
}

/* The checksum field of the outer UDP header; null where it does not lie in place. */
INLINE u16 *find_outer_checksum(struct __sk_buff *skb, u32 ipv6)
{
	u8 *udp = frame_start(skb) + ETHERNET_LENGTH + (ipv6 ? IPV6_LENGTH : IPV4_LENGTH);

	return udp + UDP_LENGTH > frame_end(skb) ? 0 : (u16 *)(udp + 6);
}

/* Reads UDP and VXLAN at `at`; where that is, is known to the verifier by the caller's branch. */
INLINE int read_vxlan(struct __sk_buff *skb, const struct port *port, u32 at, struct outer *o,
		      struct packet *p)
{
	u8 *udp;
	u32 length;

	if (!reach(skb, at + UDP_LENGTH + VXLAN_LENGTH))
		return 0;
	udp = frame_start(skb) + at;
	if (udp + UDP_LENGTH + VXLAN_LENGTH > frame_end(skb))
		return 0;
	length = ntohs(AT(u16, udp, 4));
	/* RFC 7348 section 5: a UDP checksum may be verified; it is not, as in FrameParser. */
	if (AT(u16, udp, 2) != port->udp_ports[0] || length < UDP_LENGTH + VXLAN_LENGTH ||
	    at + length > p->end || !(AT(u8, udp, UDP_LENGTH) & VXLAN_VNI_PRESENT))
		return 0;
	o->kind = VXLAN;
	o->unfinished = AT(u16, udp, 6) != 0 &&
			AT(u16, udp, 6) == (u16)sum_outer_pseudo_header(skb, o->ipv6);
	o->vsid = ntohl(AT(u32, udp, UDP_LENGTH + 4)) >> 8;
	p->end = at + length;
	p->l2 = at + UDP_LENGTH + VXLAN_LENGTH;
	return 1;
}

INLINE int read_nvgre(struct __sk_buff *skb, u32 at, struct outer *o, struct packet *p)
{
	u8 *gre;

	if (at + NVGRE_LENGTH > p->end || !reach(skb, at + NVGRE_LENGTH))
		return 0;
	gre = frame_start(skb) + at;
	if (gre + NVGRE_LENGTH > frame_end(skb) ||
	    (AT(u32, gre, 0) & NVGRE_MASK) != NVGRE_FIRST_WORD)
		return 0;
	o->kind = NVGRE;
	o->unfinished = 0;
	o->vsid = ntohl(AT(u32, gre, 4)) >> 8;
	p->l2 = at + NVGRE_LENGTH;
	return 1;
}

/*
 * Reads the outer headers of a frame that ends at p->end; sets p->l2 and the new p->end. Zero for
 * what is no plain tunnel packet: options, extension headers, fragments, anything broken.
 */
INLINE int read_outer(struct __sk_buff *skb, const struct port *port, struct outer *o,
		      struct packet *p)
{
	u8 protocol;
	u32 at, found;
	u8 *eth;

	if (!reach(skb, ETHERNET_LENGTH + IPV4_LENGTH))
		return 0;
	eth = frame_start(skb);
	if (eth + ETHERNET_LENGTH > frame_end(skb))
		return 0;
	if (AT(u16, eth, 12) == ETHER_IPV4) {
		if (!read_outer_ipv4(skb, o, p, &protocol))
			return 0;
		at = ETHERNET_LENGTH + IPV4_LENGTH;
	} else if (AT(u16, eth, 12) == ETHER_IPV6) {
		if (!read_outer_ipv6(skb, o, p, &protocol))
			return 0;
		at = ETHERNET_LENGTH + IPV6_LENGTH;
	} else {
		return 0;
	}
	if (protocol != UDP && protocol != GRE)
		return 0;
	if (protocol == UDP ? !read_vxlan(skb, port, at, o, p) : !read_nvgre(skb, at, o, p))
		return 0;
	found = FORGET(skb, 1, p->l2 | o->kind << 8 | o->ipv6 << 16 | o->unfinished << 17);
	p->l2 = found & 0xFF;
	o->kind = found >> 8 & 0xFF;
	o->ipv6 = found >> 16 & 1;
	o->unfinished = found >> 17;
	return p->l2 <= MAX_OUTER;
}

/* Whether the frame came in a tunnel. */
INLINE int in_tunnel(const struct outer *o)
{
	return o && (o->tunnels_only || o->kind != NO_ENCAPSULATION);
}

/*
 * Octets before the place of an inner Ethernet header. GRE takes the IP packet alone: that place is in
 * its outer header, which is written over it at last.
 */
INLINE u32 room_of(const struct next_hop *hop)
{
	return hop->encapsulation == L3_GRE ? (hop->header_length - ETHERNET_LENGTH) & 0xFF
					    : hop->header_length;
}

/*
 * Takes off all before the inner IP packet but one Ethernet header, which rewrite() fills. The frame
 * is as it was where this fails (kernels before 6.3 where outer and inner family differ).
 */
INLINE int pop(struct __sk_buff *skb, const struct outer *o, const struct packet *p)
{
	u64 flags = ROOM_FIXED_GSO;

	if (o->ipv6 != p->ipv6)
		flags |= p->ipv6 ? ROOM_DECAP_L3_IPV6 : ROOM_DECAP_L3_IPV4;
	return bpf_skb_adjust_room(skb, -(int)p->l2, ROOM_BEHIND_MAC, flags) == 0;
}

/*
 * From tunnel to tunnel: makes the place before the inner frame as long as the new outer header. A
 * super-frame keeps its kind of tunnel, so its place has the right length. Not FORWARDED: the frame
 * is as it was, or lost.
 */
INLINE enum fate fit_room(struct __sk_buff *skb, const struct next_hop *hop, const struct outer *o,
			  const struct packet *p)
{
	int difference = (int)room_of(hop) - (int)p->l2;
	u32 to_ipv6 = hop->flags & HOP_IPV6 ? 1 : 0;

	if (likely(difference == 0))
		return FORWARDED;
	if (o->ipv6 == to_ipv6)
		return bpf_skb_adjust_room(skb, difference, ROOM_BEHIND_MAC, 0)
			       ? UP_REFUSED_BY_KERNEL
			       : FORWARDED;
	/* The kernel keeps the family apart from the octets: so first the one, then the rest. */
	if (bpf_skb_change_proto(skb, to_ipv6 ? ETHER_IPV6 : ETHER_IPV4, 0))
		return UP_REFUSED_BY_KERNEL;
	difference -= to_ipv6 ? IPV6_LENGTH - IPV4_LENGTH : IPV4_LENGTH - IPV6_LENGTH;
	if (difference != 0 && bpf_skb_adjust_room(skb, difference, ROOM_BEHIND_MAC, 0))
		return DROP_BROKEN;
	return FORWARDED;
}

/* Makes room for the outer header; the inner Ethernet header's place is in it, at its end. */
INLINE int make_room(struct __sk_buff *skb, const struct next_hop *hop)
{
	u64 flags = ROOM_FIXED_GSO;

	if (hop->encapsulation != L3_GRE)
		flags |= ROOM_ENCAP_L2_ETH | ROOM_ENCAP_L2(ETHERNET_LENGTH);
	flags |= hop->flags & HOP_IPV6 ? ROOM_ENCAP_L3_IPV6 : ROOM_ENCAP_L3_IPV4;
	flags |= hop->encapsulation == VXLAN ? ROOM_ENCAP_L4_UDP : ROOM_ENCAP_L4_GRE;
	return bpf_skb_adjust_room(skb, room_of(hop), ROOM_BEHIND_MAC, flags) == 0;
}

/* Copies an outer header of a length known to the compiler: whole words, then the rest. */
INLINE void copy_header(u8 *to, const struct next_hop *hop, u32 length)
{
#pragma unroll
	for (u32 i = 0; i < length / 8; i++)
		AT(u64, to, 8 * i) = hop->header[i];
	if (length & 4)
		AT(u32, to, length & ~7u) = (u32)hop->header[length / 8];
	if (length & 2)
		AT(u16, to, length & ~3u) =
			(u16)(hop->header[length / 8] >> (length & 4 ? 32 : 0));
}

/* Fills in UDP or GRE, `octets` long with all behind it; type: EtherType of what is within. */
INLINE void write_tunnel(u8 *tunnel, enum encapsulation kind, u32 octets, const struct decision *d,
			 u16 type)
{
	if (kind == VXLAN) {
		AT(u16, tunnel, 0) = htons(d->entropy);
		AT(u16, tunnel, 4) = htons(octets);
		AT(u32, tunnel, UDP_LENGTH + 4) = htonl(d->vsid << 8);
	} else if (kind == NVGRE) {
		AT(u32, tunnel, 4) = htonl(d->vsid << 8 | (d->entropy & 0xFF));
	} else {
		AT(u16, tunnel, 2) = type;
	}
}

/* Writes an IPv4 outer header of `length` octets at `outer`, which all lie in place. */
INLINE void write_outer_ipv4(u8 *outer, const struct next_hop *hop, const struct decision *d,
			     u32 frame_length, u32 ecn, u32 length, enum encapsulation kind, u16 type)
{
	u8 *ip = outer + ETHERNET_LENGTH;
	u32 octets = frame_length - ETHERNET_LENGTH;

	copy_header(outer, hop, length);
	AT(u8, ip, 1) = ecn;
	AT(u16, ip, 2) = htons(octets);
	AT(u16, ip, 10) = htons((u16)~fold((u64)hop->base_sum + octets + ecn));
	write_tunnel(ip + IPV4_LENGTH, kind, octets - IPV4_LENGTH, d, type);
}

INLINE void write_outer_ipv6(u8 *outer, const struct next_hop *hop, const struct decision *d,
			     u32 frame_length, u32 ecn, u32 length, enum encapsulation kind, u16 type)
{
	u8 *ip = outer + ETHERNET_LENGTH;
	u32 octets = frame_length - ETHERNET_LENGTH - IPV6_LENGTH;

	copy_header(outer, hop, length);
	AT(u8, ip, 1) = (AT(u8, ip, 1) & ~0x30) | ecn << 4;
	AT(u16, ip, 4) = htons(octets);
	write_tunnel(ip + IPV6_LENGTH, kind, octets, d, type);
}

#define VXLAN4_HEADER (ETHERNET_LENGTH + IPV4_LENGTH + UDP_LENGTH + VXLAN_LENGTH)
#define NVGRE4_HEADER (ETHERNET_LENGTH + IPV4_LENGTH + NVGRE_LENGTH)
#define VXLAN6_HEADER (ETHERNET_LENGTH + IPV6_LENGTH + UDP_LENGTH + VXLAN_LENGTH)
#define NVGRE6_HEADER (ETHERNET_LENGTH + IPV6_LENGTH + NVGRE_LENGTH)
#define GRE4_HEADER (ETHERNET_LENGTH + IPV4_LENGTH + GRE_LENGTH)
#define GRE6_HEADER (ETHERNET_LENGTH + IPV6_LENGTH + GRE_LENGTH)

/* Whether this program can write the header of a next hop: the lengths that OuterHeader makes. */
INLINE int is_known_header(const struct next_hop *hop)
{
	u32 ip = hop->flags & HOP_IPV6 ? IPV6_LENGTH : IPV4_LENGTH;

	if (hop->outer_l3 != ETHERNET_LENGTH)
		return 0;
	if (hop->encapsulation == VXLAN)
		return hop->header_length == ETHERNET_LENGTH + ip + UDP_LENGTH + VXLAN_LENGTH;
	if (hop->encapsulation == NVGRE)
		return hop->header_length == ETHERNET_LENGTH + ip + NVGRE_LENGTH;
	return hop->encapsulation == L3_GRE &&
	       (hop->header_length == ETHERNET_LENGTH + ip + GRE_LENGTH ||
		hop->header_length == ETHERNET_LENGTH + ip + GRE_LENGTH + GRE_KEY_LENGTH);
}

#endif
