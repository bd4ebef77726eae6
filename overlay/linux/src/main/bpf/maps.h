/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The maps. They are Java's: it makes them from its own layouts (hnv.linux.offload.KernelExecutor) and
 * puts their descriptors where the object file names them; here they are names without a body.
 */
#ifndef HNV_MAPS_H
#define HNV_MAPS_H

#include "bucket.h"
#include "fate.h"
#include "key.h"
#include "record.h"

struct map;

extern struct map hnv_flows4;	  /* hash: key4 -> record */
extern struct map hnv_flows6;	  /* hash: key6 -> record */
extern struct map hnv_next_hops; /* array of next_hop */
extern struct map hnv_peers;	  /* array of peer */
extern struct map hnv_tenants;	  /* array of tenant */
extern struct map hnv_meters;	  /* array of meter */
extern struct map hnv_ports;	  /* array of port, by place: the last bits of the ifindex */
extern struct map hnv_places;	  /* hash: device -> place, where that one was taken, and of VLANs */
extern struct map hnv_endpoints;  /* hash: endpoint_key -> endpoint */
extern struct map hnv_node;	  /* array of one node */
extern struct map hnv_exits;	  /* array of exit, by port number */
extern struct map hnv_counters;  /* array per CPU of counters, by port number */
extern struct map hnv_contexts;	  /* hash: context of a tunnel -> tenant_of */
extern struct map hnv_port_limits;	/* array of limit, by port number */
extern struct map hnv_tenant_limits; /* array of limit, by tenant */
extern struct map hnv_pa;	  /* UnderlayFilter: address -> 4 octets */
extern struct map hnv_fragments; /* UnderlayFilter: fragment_key -> 4 octets */

#define MAX_UDP_PORTS 8

/* PortEntry's flags. */
enum {
	/* Frames come from Java: one that it could not have meant is dropped, never sent up again. */
	PORT_OF_JAVA = 1,
};

/* A device whose ingress bears a program of ours. */
struct port {
	u32 number;
	u32 miss_ifindex; /* where frames go up; 0 while there is nobody */
	u32 flags;
	u32 ifindex; /* of the device */
	/* Destination ports of VXLAN as on the wire: the first is the one that is opened here, all are
	 * ours; the rest repeats the first. */
	u16 udp_ports[MAX_UDP_PORTS];
	u32 capture; /* where a copy of each frame goes that comes in; 0: nowhere */
	u32 vlan;    /* of a VLAN on the device: its id, and VLAN_PORT; SHARED_PORT; else 0 */
};

/* What a port is found by, where its place does not tell: a device, or a VLAN on one. */
struct device {
	u32 ifindex;
	u32 vlan;
};

#define VLAN_PORT 0x10000

/* In place of a VLAN: the port has of the device what SharedFilter says, and the host the rest. The
 * underlay's port may be on the same device. */
#define SHARED_PORT 0x20000

_Static_assert(sizeof(struct port) == 40, "PortEntry.LENGTH");

/* PortTable.OWN_PLACES: a power of two; those behind them are in hnv_places. */
#define OWN_PLACES 4096

/* What holds for all ports. */
struct node {
	u64 until; /* ns of CLOCK_MONOTONIC: Java was alive, and this program may go by its word */
	u64 tells_checksum_place; /* whether the kernel does, see checks.h; else 0 */
};

_Static_assert(sizeof(struct node) == 16, "KernelExecutor.NODE_LENGTH");

/* An exit's flags. */
enum {
	/* Super-frames out of a tunnel may leave by it. The kernel goes on calling them tunnel frames
	 * after the pop, and a TAP that takes such frames whole loses them. */
	EXIT_TAKES_POPPED_SUPER_FRAMES = 1,
	/* The other end of a veth pair is in another namespace: frames are put in there. */
	EXIT_BY_PEER = 2,
};

/* Where a port's number leads. */
struct exit {
	u32 ifindex; /* 0: nowhere from here */
	u32 mark;    /* by which the guard at the device's egress knows our frames; 0: left as it is */
	u16 flags;
	u16 vlan; /* that frames are tagged with; 0: none */
	u32 capture; /* where a copy of each frame goes that leaves; 0: nowhere */
};

_Static_assert(sizeof(struct exit) == 16, "ExitEntry.LENGTH");

/* Rate limit and counts: see meter.h. */
struct meter {
	struct bucket bucket; /* cost of an octet, in 2^-16 ns; 0: count only */
	u64 packets;
	u64 octets;
	u64 refused_packets;
	u64 zero[2];
};

_Static_assert(sizeof(struct meter) == 64, "MeterTable.ENTRY_LENGTH");

/* How many frames may go up: see misses.h. */
struct limit {
	struct bucket bucket; /* cost of a frame, in 2^-6 ns; 0: any number */
	u64 zero;
};

_Static_assert(sizeof(struct limit) == 32, "MissLimits.LIMIT_LENGTH");

/* Whose a context is. */
struct tenant_of {
	u32 tenant;
	u32 zero;
};

_Static_assert(sizeof(struct tenant_of) == 8, "MissLimits.OWNER_LENGTH");

/* Of one port; received and sent count what was forwarded or dropped here, Java counts the rest. */
struct counters {
	u64 received_packets;
	u64 received_octets;
	u64 sent_packets;
	u64 sent_octets;
	u64 captured;
	u64 not_captured; /* the capture's device would not take the copy */
	u64 tick;	  /* the clock as last read, see clock.h */
	u64 now;
	u64 fates[FATES];
};

_Static_assert(sizeof(struct counters) == 64 + 8 * FATES, "PortCounters.LENGTH");

/*
 * The lengths that this object was built for, in the order of KernelExecutor.LAYOUT: Java compares them
 * before it loads a program. Not read by any program.
 */
static const u32 layout[] SECTION("hnv.layout") = {
	sizeof(struct key4),	 sizeof(struct key6), sizeof(struct record),
	sizeof(struct next_hop), sizeof(struct peer), sizeof(struct tenant),
	sizeof(struct meter),	 sizeof(struct port), sizeof(struct exit),
	sizeof(struct counters), sizeof(struct node), OWN_PLACES,
	sizeof(struct limit),	 sizeof(struct tenant_of), sizeof(struct endpoint_key),
	sizeof(struct endpoint), sizeof(struct device),
};

struct fragment_key {
	u32 source;
	u32 destination;
	u16 id;
	u8 protocol;
	u8 zero;
};

_Static_assert(sizeof(struct fragment_key) == 12, "UnderlayFilter.FRAGMENT_KEY_LENGTH");

/* An entry of an array; null where the index is beyond it. */
#define ENTRY(type, map, index)                                                                    \
	({                                                                                         \
		u32 entry_ = (index);                                                              \
		(type *)bpf_map_lookup_elem(&(map), &entry_);                                      \
	})

#endif
