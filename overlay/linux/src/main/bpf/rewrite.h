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

/*
 * Brings the transport checksum up to date for new addresses and ports. Addresses and ports apart: a
 * partial checksum covers the former only.
 */
INLINE int translate_checksum(struct __sk_buff *skb, const struct decision *d,
			      const struct packet *p, u32 l4)
{
	u32 field = l4 + p->checksum_at;
	u64 udp = p->protocol == UDP ? ZERO_IS_NO_CHECKSUM : 0;
	/* ICMPv4 has no pseudo header. */
	int covers_addresses = p->checksum_at != 0 && p->protocol != ICMP;
	int covers_ports = p->protocol == TCP || p->protocol == UDP ||
			   (d->operations & REWRITE_SOURCE_PORT);

	if (covers_addresses && d->address_difference != 0 &&
	    bpf_l4_csum_replace(skb, field, 0, native(d->address_difference), PSEUDO_HEADER | udp))
		return 0;
	if (p->checksum_at != 0 && covers_ports && d->port_difference != 0 &&
	    bpf_l4_csum_replace(skb, field, 0, native(d->port_difference), udp))
		return 0;
	/*
	 * With the sum over the whole frame, the first call has taken for granted that an IPv4 header
	 * checksum changed as well; IPv6 has none.
	 */
	if (p->ipv6 && d->address_difference != 0)
		bpf_csum_update(skb, native(d->address_difference));
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

	if ((d->operations & TRANSLATE) &&
	    !translate_checksum(skb, d, p, l2 + ETHERNET_LENGTH + ip_header))
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
		write_ports(ip + ip_header, d, p);
	}
	return 1;
}

#endif
