/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What time it is, to a tick of 1 to 10 ms. Asked of the kernel once per tick, port and CPU: the
 * number of the tick costs a load, the time a call. A CPU that asks while the tick is just being
 * counted keeps the old time for it, so the clock here is late by two ticks at most.
 */
#ifndef HNV_CLOCK_H
#define HNV_CLOCK_H

#include "maps.h"

/* Nanoseconds of CLOCK_MONOTONIC. */
INLINE u64 read_clock(struct counters *c)
{
	u64 tick = bpf_jiffies64();
	u64 now = ONCE(c->now); /* Before the tick: Java clears both, the tick first. */

	if (unlikely(ONCE(c->tick) != tick)) {
		now = bpf_ktime_get_coarse_ns();
		c->now = now;
		c->tick = tick;
	}
	return now;
}

/* Java has said lately that it is there. If it has not, nobody looks after the flows. */
INLINE int is_alive(u64 now)
{
	struct node *node = ENTRY(struct node, hnv_node, 0);

	return node && (s64)(ONCE(node->until) - now) > 0;
}

#endif
