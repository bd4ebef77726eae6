/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads an Ethernet frame with IP in it, as hnv.dataplane.FrameParser does, and writes its flow key.
 * Of what FrameParser accepts, only the plain is taken here; all else goes up and is judged there.
 */
#ifndef HNV_PACKET_H
#define HNV_PACKET_H

#include "maps.h"

#define ETHERNET_LENGTH 14
#define IPV4_LENGTH 20
#define IPV6_LENGTH 40
#define TCP_LENGTH 20
#define UDP_LENGTH 8
#define ICMP_LENGTH 8

/* EtherTypes as a little-endian load reads them. */
#define ETHER_IPV4 htons(0x0800)
#define ETHER_IPV6 htons(0x86DD)
#define ETHER_VLAN htons(0x8100)
#define ETHER_QINQ htons(0x88A8)

#define ICMP 1
#define TCP 6
#define UDP 17
#define GRE 47
#define ICMPV6 58

#define TCP_EVENTS 0x07 /* FIN, SYN, RST */
#define IPV4_FRAGMENT htons(0x3FFF)

#define MIN_SEGMENT 256 /* FlowRecordExecutor.MIN_GSO_SIZE */

/* What a frame turned out to be. Offsets count from the start of the frame. */
struct packet {
	u32 l2;		/* the inner Ethernet header */
	u32 end;	/* of the frame without padding */
	u32 ip_length;	/* of the IP packet */
	u32 gso_size;	/* payload of each segment of a super-frame, else 0 */
	u32 largest;	/* octets of the largest IP packet that it stands for */
	u32 packets;	/* wire packets that it stands for */
	u32 free_from;	/* in the transport header: nobody may write a checksum that ends before */
	u32 macs[3];	/* destination, source */
	u32 protocol;
	u32 checksum_at; /* offset in the transport header; 0 where there is no checksum */
	u16 checksum;	 /* as it stands */
	u32 unfinished;	 /* it holds the sum of the pseudo header only */
	u16 type_in_gre; /* EtherType of what came in GRE, and has no Ethernet header; else 0 */
	u8 ipv6;
	u8 ecn;
	u8 ttl;
};

union key {
	struct key4 v4;
	struct key6 v6;
};

/* Sees to it that this many octets lie in place; false where the frame is shorter. */
INLINE int reach(struct __sk_buff *skb, u32 octets)
{
	if (likely(frame_start(skb) + octets <= frame_end(skb)))
		return 1;
	return skb->len >= octets && bpf_skb_pull_data(skb, octets) == 0;
}

/* Sum of 16-bit words, folded; both orders of octets give the same, swapped. */
INLINE u32 fold(u64 sum)
{
	sum = (sum >> 32) + (u32)sum;
	sum = (sum >> 16) + (sum & 0xFFFF);
	sum = (sum >> 16) + (sum & 0xFFFF);
	return (u32)((sum >> 16) + (sum & 0xFFFF));
}

INLINE int is_ipv4_checksum_valid(const u8 *ip)
{
	u64 sum = (u64)AT(u32, ip, 0) + AT(u32, ip, 4) + AT(u32, ip, 8) + AT(u32, ip, 12) +
		  AT(u32, ip, 16);

	return fold(sum) == 0xFFFF;
}

/* Extension headers that can be stepped over (Ipv6Extensions.isExtension). */
INLINE int is_ipv6_extension(u8 protocol)
{
	return protocol == 0 || protocol == 43 || protocol == 44 || protocol == 51 ||
	       protocol == 60 || protocol == 135 || protocol == 139 || protocol == 140;
}

/* Checks what is known of an IPv4 header before its transport; the header lies in place. */
INLINE enum fate read_ipv4(const u8 *ip, u32 room, struct packet *p, struct key4 *key)
{
	u32 length = ntohs(AT(u16, ip, 2));

	if (AT(u8, ip, 0) != 0x45)
		return (AT(u8, ip, 0) >> 4) == 4 && (AT(u8, ip, 0) & 0xF) > 5 ? UP_OPTIONS
									      : UP_MALFORMED;
	if (length < IPV4_LENGTH || length > room || !is_ipv4_checksum_valid(ip))
		return UP_MALFORMED;
	if (AT(u16, ip, 6) & IPV4_FRAGMENT)
		return UP_FRAGMENT;
	p->ip_length = length;
	p->protocol = AT(u8, ip, 9);
	p->ecn = AT(u8, ip, 1) & 3;
	p->ttl = AT(u8, ip, 8);
	key->source = AT(u32, ip, 12);
	key->destination = AT(u32, ip, 16);
	return FORWARDED;
}

INLINE enum fate read_ipv6(const u8 *ip, u32 room, struct packet *p, struct key6 *key)
{
	u32 length = IPV6_LENGTH + ntohs(AT(u16, ip, 4));

	if ((AT(u8, ip, 0) >> 4) != 6 || length > room)
		return UP_MALFORMED;
	p->ip_length = length;
	p->protocol = AT(u8, ip, 6);
	if (is_ipv6_extension(p->protocol))
		return UP_OPTIONS;
	p->ecn = AT(u8, ip, 1) >> 4 & 3;
	p->ttl = AT(u8, ip, 7);
#pragma unroll
	for (int i = 0; i < 4; i++) {
		key->source[i] = AT(u32, ip, 8 + 4 * i);
		key->destination[i] = AT(u32, ip, 24 + 4 * i);
	}
	return FORWARDED;
}

/* Octets of a super-frame: what it stands for. Only TCP and UDP come as such. */
INLINE enum fate measure(struct packet *p, u32 headers)
{
	u32 payload;

	p->largest = p->ip_length;
	p->packets = 1;
	if (p->gso_size == 0)
		return FORWARDED;
	if (headers == 0 || p->gso_size == 0xFFFF)
		return UP_SEGMENT_SIZE;
	if (p->ip_length > headers + p->gso_size) {
		payload = p->ip_length - headers;
		p->largest = headers + p->gso_size;
		p->packets = (payload + p->gso_size - 1) / p->gso_size;
	}
	return FORWARDED;
}

/*
 * Ports, or an echo's identifier and type, as the key has them: source in the low half. The
 * transport header must lie within the IP packet; its first octets are made to lie in place.
 */
INLINE enum fate read_transport(struct __sk_buff *skb, struct packet *p, u32 ip_header, u32 *ports)
{
	u32 at = p->l2 + ETHERNET_LENGTH + ip_header;
	u32 length = p->ip_length - ip_header;
	u32 want = p->protocol == TCP ? TCP_LENGTH : UDP_LENGTH;
	u8 *l4;

	*ports = 0;
	p->checksum_at = 0;
	p->free_from = 2;
	if (p->protocol == (p->ipv6 ? ICMP : ICMPV6))
		return UP_ICMP;
	if (p->protocol != TCP && p->protocol != UDP && p->protocol != ICMP &&
	    p->protocol != ICMPV6)
		return measure(p, 0);
	if (length < want || !reach(skb, at + want))
		return UP_MALFORMED;
	l4 = frame_start(skb) + at;
	if (p->protocol == TCP) {
		u32 header;

		if (l4 + TCP_LENGTH > frame_end(skb))
			return UP_MALFORMED;
		header = AT(u8, l4, 12) >> 4 << 2;
		if (header < TCP_LENGTH || header > length)
			return UP_MALFORMED;
		if (AT(u8, l4, 13) & TCP_EVENTS)
			return UP_TCP_EVENT;
		*ports = AT(u32, l4, 0);
		p->checksum = AT(u16, l4, 16);
		p->checksum_at = 16;
		p->free_from = 18;
		return measure(p, ip_header + header);
	}
	if (l4 + UDP_LENGTH > frame_end(skb))
		return UP_MALFORMED;
	if (p->protocol == UDP) {
		u32 datagram = ntohs(AT(u16, l4, 4));

		if (datagram < UDP_LENGTH || (p->gso_size == 0 && datagram > length))
			return UP_MALFORMED;
		*ports = AT(u32, l4, 0);
		p->checksum = AT(u16, l4, 6);
		p->checksum_at = 6;
		p->free_from = 8;
		return measure(p, ip_header + UDP_LENGTH);
	}
	/* Echo requests and replies only: what else ICMP says concerns other flows, or the link. */
	if (AT(u8, l4, 0) != (p->ipv6 ? 128 : 8) && AT(u8, l4, 0) != (p->ipv6 ? 129 : 0))
		return UP_ICMP;
	*ports = AT(u16, l4, 4) | (u32)AT(u16, l4, 0) << 16;
	p->checksum = AT(u16, l4, 2);
	p->checksum_at = 2;
	p->free_from = ICMP_LENGTH + 2;
	return measure(p, 0);
}

/*
 * Reads the frame at p->l2 up to p->end, both set by the caller, and writes its key. In GRE there is no
 * Ethernet header: p->l2 is where it will be, before the IP packet, and p->type_in_gre says which.
 *
 * Returns FORWARDED for a packet of a flow.
 */
INLINE enum fate read_packet(struct __sk_buff *skb, u32 context, struct packet *p, union key *key)
{
	u32 l3 = p->l2 + ETHERNET_LENGTH;
	u32 mac, ports, transport;
	u16 mac_rest, type;
	enum fate fate;
	u8 *eth;

	if (l3 + IPV4_LENGTH > p->end || !reach(skb, l3 + IPV4_LENGTH))
		return UP_MALFORMED;
	eth = frame_start(skb) + p->l2;
	if (eth + ETHERNET_LENGTH + IPV4_LENGTH > frame_end(skb))
		return UP_MALFORMED;
	p->macs[0] = p->type_in_gre ? 0 : AT(u32, eth, 0);
	p->macs[1] = p->type_in_gre ? 0 : AT(u32, eth, 4);
	p->macs[2] = p->type_in_gre ? 0 : AT(u32, eth, 8);
	type = p->type_in_gre ? p->type_in_gre : AT(u16, eth, 12);
	p->gso_size = skb->gso_size;
	mac = p->macs[0];
	mac_rest = (u16)p->macs[1];
	if (type == ETHER_IPV4) {
		p->ipv6 = 0;
		fate = read_ipv4(eth + ETHERNET_LENGTH, p->end - l3, p, &key->v4);
		if (fate == FORWARDED)
			fate = mac & 1 ? UP_GROUP_MAC
				       : read_transport(skb, p, IPV4_LENGTH, &ports);
		if (fate != FORWARDED)
			return fate;
		key->v4.context = context;
		key->v4.destination_mac = mac;
		key->v4.destination_mac_rest = mac_rest;
		key->v4.protocol = p->protocol;
		key->v4.zero = 0;
		key->v4.source_port = (u16)ports;
		key->v4.destination_port = ports >> 16;
	} else if (type == ETHER_IPV6) {
		p->ipv6 = 1;
		if (l3 + IPV6_LENGTH > p->end || !reach(skb, l3 + IPV6_LENGTH))
			return UP_MALFORMED;
		eth = frame_start(skb) + p->l2;
		if (eth + ETHERNET_LENGTH + IPV6_LENGTH > frame_end(skb))
			return UP_MALFORMED;
		fate = read_ipv6(eth + ETHERNET_LENGTH, p->end - l3, p, &key->v6);
		if (fate == FORWARDED)
			fate = mac & 1 ? UP_GROUP_MAC
				       : read_transport(skb, p, IPV6_LENGTH, &ports);
		if (fate != FORWARDED)
			return fate;
		key->v6.context = context;
		key->v6.destination_mac = mac;
		key->v6.destination_mac_rest = mac_rest;
		key->v6.protocol = p->protocol;
		key->v6.zero = 0;
		key->v6.source_port = (u16)ports;
		key->v6.destination_port = ports >> 16;
	} else {
		return type == ETHER_VLAN || type == ETHER_QINQ ? UP_VLAN_TAG : UP_NOT_IP;
	}
	p->end = l3 + p->ip_length;
	transport = FORGET(skb, 1, p->protocol | p->checksum_at << 8 | p->free_from << 16);
	p->protocol = transport & 0xFF;
	p->checksum_at = transport >> 8 & 0xFF;
	p->free_from = transport >> 16;
	return FORWARDED;
}

#endif
