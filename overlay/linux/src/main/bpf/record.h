/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens to the packets of a flow: hnv.dataplane.FlowRecord, and the arrays beside it
 * (NextHopTable, PeerTable, TenantTable), octet for octet. Numbers are in the machine's order,
 * addresses and ports as on the wire.
 */
#ifndef HNV_RECORD_H
#define HNV_RECORD_H

#include "kernel.h"

/* FlowRecord's operations. */
enum {
	POP_VXLAN = 1 << 0,
	POP_NVGRE = 1 << 1,
	REWRITE_MACS = 1 << 2,
	DECREMENT_TTL = 1 << 3,
	REWRITE_SOURCE_ADDRESS = 1 << 4,
	REWRITE_DESTINATION_ADDRESS = 1 << 5,
	REWRITE_SOURCE_PORT = 1 << 6,
	REWRITE_DESTINATION_PORT = 1 << 7,
	PUSH = 1 << 8,
	CHECK_SOURCE_MAC = 1 << 9,
	POP_GRE = 1 << 10,

	POP = POP_VXLAN | POP_NVGRE | POP_GRE,
	TRANSLATE = REWRITE_SOURCE_ADDRESS | REWRITE_DESTINATION_ADDRESS | REWRITE_SOURCE_PORT |
		    REWRITE_DESTINATION_PORT,
};

/* The decision part of a record: all but the counters. */
struct decision {
	u32 operations;
	u32 tenant;
	u32 epoch;
	u32 next_hop;
	u32 peer;
	u32 meters; /* outbound | inbound << 16 */
	u32 connection;
	u32 vsid;
	u16 mtu;
	u16 entropy;
	u32 address_difference; /* of the checksum, as numbers on the wire */
	u32 port_difference;
	u16 source_port;
	u16 destination_port;
	u32 source[4];
	u32 destination[4];
	u32 macs[3]; /* new destination, new source */
	u32 expected_mac;
	u16 expected_mac_rest;
	u16 zero;
	u32 seal;
};

#define DECISION_WORDS 13

struct record {
	u64 decision[DECISION_WORDS];
	u64 packets;
	u64 octets;
	u64 last_seen; /* ns, CLOCK_MONOTONIC */
};

_Static_assert(sizeof(struct decision) == 8 * DECISION_WORDS, "FlowRecord.PACKETS");
_Static_assert(sizeof(struct record) == 128, "FlowRecord.LENGTH");
_Static_assert(__builtin_offsetof(struct decision, vsid) == 28, "FlowRecord.VSID");
_Static_assert(__builtin_offsetof(struct decision, address_difference) == 36,
	       "FlowRecord.ADDRESS_DIFFERENCE");
_Static_assert(__builtin_offsetof(struct decision, source_port) == 44,
	       "FlowRecord.NEW_SOURCE_PORT");
_Static_assert(__builtin_offsetof(struct decision, source) == 48, "FlowRecord.NEW_SOURCE_ADDRESS");
_Static_assert(__builtin_offsetof(struct decision, macs) == 80, "FlowRecord.NEW_DESTINATION_MAC");
_Static_assert(__builtin_offsetof(struct decision, expected_mac) == 92,
	       "FlowRecord.EXPECTED_SOURCE_MAC");
_Static_assert(__builtin_offsetof(struct decision, seal) == 100, "FlowSeal.AT");
_Static_assert(__builtin_offsetof(struct record, last_seen) == 120, "FlowRecord.LAST_SEEN");

/* NextHopTable's flags. */
enum {
	HOP_RESOLVED = 1,
	HOP_IPV6 = 2,
	HOP_NUMBERED = 4, /* GRE with a checksum or a sequence number, which are Java's */
};

#define MAX_HEADER_WORDS 12

struct next_hop {
	u32 exit; /* number of a port */
	u8 encapsulation;
	u8 header_length;
	u16 mtu; /* of the inner IP packet */
	u16 flags;
	u16 outer_l3;
	u32 base_sum;
	u64 zero[2];
	u64 header[MAX_HEADER_WORDS];
};

_Static_assert(sizeof(struct next_hop) == 128, "NextHopTable.ENTRY_LENGTH");
_Static_assert(__builtin_offsetof(struct next_hop, base_sum) == 12, "NextHopTable.BASE_SUM");
_Static_assert(__builtin_offsetof(struct next_hop, header) == 32, "NextHopTable.HEADER");

#define MAX_ADDRESSES 4

/* An address of either family; IPv4 as ::ffff:a.b.c.d. The octets of the wire. */
struct address {
	u64 high;
	u64 low;
};

struct peer {
	u8 remote_count;
	u8 local_count;
	u8 zero[14];
	struct address remote[MAX_ADDRESSES];
	struct address local[MAX_ADDRESSES];
};

_Static_assert(sizeof(struct peer) == 144, "PeerTable.ENTRY_LENGTH");
_Static_assert(__builtin_offsetof(struct peer, local) == 80, "PeerTable.LOCAL");

/* What a GRE tunnel is found by. */
struct endpoint_key {
	struct address source;
	struct address destination;
	u32 key;
	u32 flags;
};

_Static_assert(sizeof(struct endpoint_key) == 40, "TunnelEndpoints.KEY_LENGTH");

/* What is found. */
struct endpoint {
	u32 context; /* in the keys of its flows */
	u32 through; /* number of the port that packets come by; BY_ANY_PORT: any */
};

#define BY_ANY_PORT 0xFFFF

_Static_assert(sizeof(struct endpoint) == 8, "KernelEndpoints.VALUE_LENGTH");

/* TunnelEndpoints' flags. */
enum {
	ENDPOINT_USED = 1,
	ENDPOINT_KEYED = 2,
};

struct tenant {
	u32 epoch;
	u32 zero;
};

_Static_assert(sizeof(struct tenant) == 8, "KernelExecutor.TENANT_LENGTH");

/*
 * Copies the decision of a record and says whether it is whole. The kernel gives the memory of an
 * entry that was replaced or removed to the next one at once, also while a program on another CPU
 * still reads it; so a record bears a seal over its octets, and one that is half another's is no
 * record. Each word has a factor of its own, from the fraction of pi and odd; FlowSeal has the same.
 */
#define SEALED(i, factor) ((to->word[i] = ONCE(from->decision[i])) * (factor##ULL))

union decision_words {
	struct decision is;
	u64 word[DECISION_WORDS];
};

INLINE int take_decision(union decision_words *to, const struct record *from)
{
	u64 sum = SEALED(0, 0x243F6A8885A308D3) + SEALED(1, 0x13198A2E03707345) +
		  SEALED(2, 0xA4093822299F31D1) + SEALED(3, 0x082EFA98EC4E6C89) +
		  SEALED(4, 0x452821E638D01377) + SEALED(5, 0xBE5466CF34E90C6D) +
		  SEALED(6, 0xC0AC29B7C97C50DD) + SEALED(7, 0x3F84D5B5B5470917) +
		  SEALED(8, 0x9216D5D98979FB1B) + SEALED(9, 0xD1310BA698DFB5AD) +
		  SEALED(10, 0x2FFD72DBD01ADFB7) + SEALED(11, 0xB8E1AFED6A267E97);
	u64 last = ONCE(from->decision[12]);

	to->word[12] = last;
	sum += (u32)last * 0xBA7C9045F12C7F99ULL;
	return (u32)(sum >> 32) == (u32)(last >> 32);
}

#endif
