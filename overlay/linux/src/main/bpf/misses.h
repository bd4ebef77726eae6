/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes up to Java, and how much of it: each port of a VM or of the outside has a bucket of frames,
 * and of what comes in tunnels each tenant, so that who floods Java with first packets takes from himself. Tunnel packets
 * whose tenant is not known by a plain outer header (fragments, options) take from the port's own.
 */
#ifndef HNV_MISSES_H
#define HNV_MISSES_H

#include "maps.h"

/* Whether there is room for one frame more. */
INLINE int is_within(struct limit *limit, u64 now)
{
	u64 cost;

	if (!limit)
		return 0;
	cost = ONCE(limit->bucket.cost);
	return cost == 0 || draw(&limit->bucket, cost, now);
}

/*
 * May a frame go up by a port, and if not, why.
 *
 * context: of the flow key, for a frame out of a tunnel; else 0
 */
INLINE enum fate admit_miss(const struct port *port, u32 context, enum fate fate, u64 now)
{
	struct tenant_of *owner;
	struct limit *limit;

	if (port->flags & PORT_OF_JAVA)
		return DROP_UNKNOWN_TO_BOTH;
	if (port->miss_ifindex == 0)
		return DROP_NO_CHANNEL;
	if (context != 0) {
		owner = bpf_map_lookup_elem(&hnv_contexts, &context);
		if (owner)
			limit = ENTRY(struct limit, hnv_tenant_limits, owner->tenant);
		else if (context >> 24 == L3_GRE) /* of a known peer, whose tenant is not told yet */
			limit = ENTRY(struct limit, hnv_port_limits, port->number);
		else
			return DROP_UNKNOWN_VSID;
	} else {
		limit = ENTRY(struct limit, hnv_port_limits, port->number);
	}
	return is_within(limit, now) ? fate : DROP_MISS_LIMIT;
}

#endif
