/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes the inner headers as FlowRecordExecutor does, checksums included, to the same octets. A
 * partial checksum stays partial and right. So does a NIC's sum over the whole frame
 * (CHECKSUM_COMPLETE), but for the outer headers of a push: nobody asks for it on the way out.
 */
#ifndef HNV_REWRITE_H
#define HNV_REWRITE_H

#include "packet.h"

/* RFC 6040 section 4.2, Figure 4: index inner * 4 + outer; 0xF is "drop" (hnv.wire.Ecn). */
#define ECN_RESULTS 0x333332123111F000ULL
#define ECN_REFUSED 0xF

INLINE u32 decapsulated_ecn(u32 inner, u32 outer)
{
	return ECN_RESULTS >> ((inner << 2 | outer) << 2) & 0xF;
}

/* A difference of the record in the order in which the kernel sums. */
INLINE u16 native(u32 difference)
{
	return htons((u16)difference);
}

/* The difference that a 16-bit word makes to a sum that covers it. */
INLINE u32 difference16(u16 before, u16 after)
{
	return fold((u64)(u16)~before + after);
}

/* What the transport checksum's sum changes by, for new addresses: ICMPv4 has no pseudo header. */
INLINE u32 addresses_difference(const struct decision *d, const struct packet *p)
{
	return p->checksum_at != 0 && p->protocol != ICMP ? native(d->address_difference) : 0;
}

/* And for new ports. */
INLINE u32 ports_difference(const struct decision *d, const struct packet *p)
{
	int covers = p->protocol == TCP || p->protocol == UDP ||
		     (d->operations & REWRITE_SOURCE_PORT);

	return p->checksum_at != 0 && covers ? native(d->port_difference) : 0;
}

/*
 * Brings an unfinished transport checksum up to date for new addresses and ports, which it does not
 * cover yet: so apart.
 */
INLINE int translate_unfinished(struct __sk_buff *skb, const struct decision *d,
				const struct packet *p, u32 l4)
{
	u32 field = l4 + p->checksum_at;
	u64 udp = p->protocol == UDP ? ZERO_IS_NO_CHECKSUM : 0;
	u32 addresses = addresses_difference(d, p);
	u32 ports = ports_difference(d, p);

	return (addresses == 0 ||
		bpf_l4_csum_replace(skb, field, 0, addresses, PSEUDO_HEADER | udp) == 0) &&
	       (ports == 0 || bpf_l4_csum_replace(skb, field, 0, ports, udp) == 0);
}

/*
 * Brings a finished one up to date, in place: the helper takes longer for each half than this for both.
 * Zero in UDP is none; what comes to zero is written as its other form. Returns whether the change of
 * the addresses is in it.
 */
INLINE int translate_field(u16 *field, const struct decision *d, const struct packet *p)
{
	u32 difference = addresses_difference(d, p) + ports_difference(d, p);
	u16 before = AT(u16, field, 0);
	u16 after;

	if (p->protocol == UDP && before == 0)
		return 0;
	if (difference != 0) {
		after = (u16)~fold((u64)(u16)~before + difference);
		AT(u16, field, 0) = p->protocol == UDP && after == 0 ? 0xFFFF : after;
	}
	return p->protocol != ICMP;
}

/*
 * The same, found in the transport header, which lies in place but for the last octets of TCP's. With a
 * NIC's sum over the whole frame: new addresses are made up for in IPv4 by the header's own checksum,
 * and in IPv6 by this one; so the sum changes where both do it or neither.
 */
INLINE int translate_finished(struct __sk_buff *skb, u8 *l4, const struct decision *d,
			      const struct packet *p)
{
	u32 addresses = native(d->address_difference);
	int covered = 0;

	if (p->checksum_at == 16) {
		if (l4 + TCP_LENGTH > frame_end(skb))
			return 0;
		covered = translate_field((u16 *)(l4 + 16), d, p);
	} else if (p->checksum_at == 6) {
		covered = translate_field((u16 *)(l4 + 6), d, p);
	} else if (p->checksum_at == 2) {
		covered = translate_field((u16 *)(l4 + 2), d, p);
	}
	if (addresses != 0 && !p->ipv6 && covered)
		bpf_csum_update(skb, ~addresses);
	if (addresses != 0 && p->ipv6 && !covered)
		bpf_csum_update(skb, addresses);
	return 1;
}

INLINE void write_ipv4(u8 *ip, const struct decision *d, const struct packet *p, u32 ecn)
{
	u32 difference = 0;
	u32 sum;
	u16 word;

	if (ecn != p->ecn) {
		word = AT(u16, ip, 0);
		AT(u8, ip, 1) = (AT(u8, ip, 1) & ~3) | ecn;
		difference += difference16(word, AT(u16, ip, 0));
	}
	if (d->operations & DECREMENT_TTL) {
		word = AT(u16, ip, 8);
		AT(u16, ip, 8) = word - 1;
		difference += difference16(word, word - 1);
	}
	if (d->operations & REWRITE_SOURCE_ADDRESS)
		AT(u32, ip, 12) = d->source[0];
	if (d->operations & REWRITE_DESTINATION_ADDRESS)
		AT(u32, ip, 16) = d->destination[0];
	if (d->operations & TRANSLATE)
		difference += native(d->address_difference);
	if (difference == 0)
		return;
	sum = fold((u64)(u16)~AT(u16, ip, 10) + difference);
	AT(u16, ip, 10) = (u16)~sum;
}

INLINE void write_ipv6(struct __sk_buff *skb, u8 *ip, const struct decision *d,
		       const struct packet *p, u32 ecn)
{
	u16 word;

	if (ecn != p->ecn) {
		word = AT(u16, ip, 0);
		AT(u8, ip, 1) = (AT(u8, ip, 1) & ~0x30) | ecn << 4;
		bpf_csum_update(skb, difference16(word, AT(u16, ip, 0)));
	}
	if (d->operations & DECREMENT_TTL) {
		word = AT(u16, ip, 6);
		AT(u8, ip, 7) = p->ttl - 1;
		bpf_csum_update(skb, difference16(word, AT(u16, ip, 6)));
	}
#pragma unroll
	for (int i = 0; i < 4; i++) {
		if (d->operations & REWRITE_SOURCE_ADDRESS)
			AT(u32, ip, 8 + 4 * i) = d->source[i];
		if (d->operations & REWRITE_DESTINATION_ADDRESS)
			AT(u32, ip, 24 + 4 * i) = d->destination[i];
	}
}

INLINE void write_ports(u8 *l4, const struct decision *d, const struct packet *p)
{
	if (p->protocol == TCP || p->protocol == UDP) {
		if (d->operations & REWRITE_SOURCE_PORT)
			AT(u16, l4, 0) = d->source_port;
		if (d->operations & REWRITE_DESTINATION_PORT)
			AT(u16, l4, 2) = d->destination_port;
	} else if (p->checksum_at != 0 && (d->operations & REWRITE_SOURCE_PORT)) {
		AT(u16, l4, 4) = d->source_port; /* identifier of an echo */
	}
}

/*
 * Writes the Ethernet header at `l2`, where a pop or a push has left none, and changes what follows.
 * All lies in place by now; where the verifier is not told so by a comparison, the frame is lost.
 */
INLINE int rewrite(struct __sk_buff *skb, u32 l2, const struct decision *d,
		   const struct packet *p, u32 ecn)
{
	u32 ip_header = p->ipv6 ? IPV6_LENGTH : IPV4_LENGTH;
	const u32 *macs = d->operations & REWRITE_MACS ? d->macs : p->macs;
	u8 *eth, *ip;

	if ((d->operations & TRANSLATE) && p->unfinished &&
	    !translate_unfinished(skb, d, p, l2 + ETHERNET_LENGTH + ip_header))
		return 0;
	eth = frame_start(skb) + l2;
	ip = eth + ETHERNET_LENGTH;
	if (ip + IPV4_LENGTH > frame_end(skb))
		return 0;
	AT(u32, eth, 0) = macs[0];
	AT(u32, eth, 4) = macs[1];
	AT(u32, eth, 8) = macs[2];
	AT(u16, eth, 12) = p->ipv6 ? ETHER_IPV6 : ETHER_IPV4;
	if (p->ipv6) {
		if (ip + IPV6_LENGTH > frame_end(skb))
			return 0;
		write_ipv6(skb, ip, d, p, ecn);
	} else {
		write_ipv4(ip, d, p, ecn);
	}
	if ((d->operations & TRANSLATE) && p->checksum_at != 0) {
		if (ip + ip_header + UDP_LENGTH > frame_end(skb))
			return 0;
		if (!p->unfinished && !translate_finished(skb, ip + ip_header, d, p))
			return 0;
		write_ports(ip + ip_header, d, p);
	} else if ((d->operations & TRANSLATE) && p->ipv6) {
		bpf_csum_update(skb, native(d->address_difference));
	}
	return 1;
}

#endif
