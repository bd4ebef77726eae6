/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes two packets the same flow in one direction: hnv.dataplane.FlowKey, octet for octet. The
 * context is in the machine's order, all else as on the wire, padding is zero (maps compare it).
 */
#ifndef HNV_KEY_H
#define HNV_KEY_H

#include "kernel.h"

struct key4 {
	u32 context;
	u32 destination_mac;
	u16 destination_mac_rest;
	u8 protocol;
	u8 zero;
	u32 source;
	u32 destination;
	u16 source_port;
	u16 destination_port;
};

struct key6 {
	u32 context;
	u32 destination_mac;
	u16 destination_mac_rest;
	u8 protocol;
	u8 zero;
	u32 source[4];
	u32 destination[4];
	u16 source_port;
	u16 destination_port;
};

_Static_assert(sizeof(struct key4) == 24, "FlowKey.IPV4_LENGTH");
_Static_assert(sizeof(struct key6) == 48, "FlowKey.IPV6_LENGTH");
_Static_assert(__builtin_offsetof(struct key4, protocol) == 10, "FlowKey.PROTOCOL");
_Static_assert(__builtin_offsetof(struct key4, source) == 12, "FlowKey.ADDRESSES");
_Static_assert(__builtin_offsetof(struct key6, source_port) == 44, "FlowKey, IPv6 ports");

/* FlowKey.portContext: the kind in the top octet keeps a port, a VNI and a GRE key apart. */
INLINE u32 port_context(u32 port)
{
	return port & 0xFFFFFF;
}

/* Encapsulation.number, as in a next hop's entry and in a context's top octet. */
enum encapsulation {
	NO_ENCAPSULATION = 0,
	VXLAN = 1,
	NVGRE = 2,
	L3_GRE = 3, /* Encapsulation.GRE */
};

/* FlowKey.tunnelContext. */
INLINE u32 tunnel_context(enum encapsulation kind, u32 vsid)
{
	return (u32)kind << 24 | vsid;
}

#endif
