/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which packets of the shared underlay are ours: the selection of
 * hnv.linux.bpf.TcPrograms.selectTunnelPackets, by the same maps. Asked for what was not forwarded
 * only: a flow's peer entry has seen to it that the rest was for an address of ours.
 */
#ifndef HNV_UNDERLAY_H
#define HNV_UNDERLAY_H

#include "packet.h"
#include "tunnel.h"

#define IPV4_LATER_FRAGMENT htons(0x1FFF)
#define IPV4_MORE_FRAGMENTS htons(0x2000)
#define TRANSPARENT_ETHERNET htons(0x6558)

/* An IP header and what follows it, aligned as the verifier wants the stack. */
struct ip_octets {
	u32 word[12];
};

/* The second 16 bits of the transport: UDP's destination port, GRE's protocol type. */
INLINE int is_tunnel_transport(const struct port *port, u8 protocol, u16 second)
{
	int found = 0;

	if (protocol == GRE)
		return second == TRANSPARENT_ETHERNET;
	if (protocol != UDP)
		return 0;
#pragma unroll
	for (int i = 0; i < MAX_UDP_PORTS; i++)
		found |= second == port->udp_ports[i];
	return found;
}

INLINE int is_ours_ipv4(struct __sk_buff *skb, const struct port *port)
{
	struct address to = {};
	struct fragment_key fragment = {};
	u32 value = 0;
	u16 transport[2];
	struct ip_octets ip;
	u16 fragment_field;
	u32 header;

	if (bpf_skb_load_bytes(skb, ETHERNET_LENGTH, &ip, IPV4_LENGTH))
		return 0;
	header = (ip.word[0] & 0xF) << 2;
	to.low = MAPPED(ip.word[4]);
	if (header < IPV4_LENGTH || !bpf_map_lookup_elem(&hnv_pa, &to))
		return 0;
	fragment.source = ip.word[3];
	fragment.destination = ip.word[4];
	fragment.id = (u16)ip.word[1];
	fragment.protocol = (u8)(ip.word[2] >> 8);
	fragment_field = ip.word[1] >> 16;
	if (fragment_field & IPV4_LATER_FRAGMENT)
		return bpf_map_lookup_elem(&hnv_fragments, &fragment) != 0;
	if (bpf_skb_load_bytes(skb, ETHERNET_LENGTH + header, transport, sizeof(transport)) ||
	    !is_tunnel_transport(port, fragment.protocol, transport[1]))
		return 0;
	if (fragment_field & IPV4_MORE_FRAGMENTS)
		bpf_map_update_elem(&hnv_fragments, &fragment, &value, 0);
	return 1;
}

INLINE int is_ours_ipv6(struct __sk_buff *skb, const struct port *port)
{
	struct address to;
	struct ip_octets ip;

	if (bpf_skb_load_bytes(skb, ETHERNET_LENGTH, &ip, IPV6_LENGTH + 8))
		return 0;
	to.high = (u64)ip.word[7] << 32 | ip.word[6];
	to.low = (u64)ip.word[9] << 32 | ip.word[8];
	return bpf_map_lookup_elem(&hnv_pa, &to) != 0 &&
	       is_tunnel_transport(port, (u8)(ip.word[1] >> 16), ip.word[10] >> 16);
}

/* A VLAN-tagged frame is the host's: the tag is in the metadata here, not in the octets. */
INLINE int is_ours(struct __sk_buff *skb, const struct port *port)
{
	u16 ether_type;

	if (skb->vlan_present || bpf_skb_load_bytes(skb, 12, &ether_type, sizeof(ether_type)))
		return 0;
	if (ether_type == ETHER_IPV4)
		return is_ours_ipv4(skb, port);
	return ether_type == ETHER_IPV6 && is_ours_ipv6(skb, port);
}

#endif
