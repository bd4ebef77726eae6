/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The meters of a flow, the same memory and the same algorithm as hnv.dataplane.MeterTable: a bucket
 * of octets holds 1/10 s of its rate, at least 64 KiB. A cost is rounded to 2^-6 ns: under 0.4 % for
 * 64 octets at 100 Gbit/s.
 */
#ifndef HNV_METER_H
#define HNV_METER_H

#include "maps.h"

#define NO_METER 0

INLINE int admit(u32 number, u32 packets, u32 octets, u64 now)
{
	struct meter *m = ENTRY(struct meter, hnv_meters, number);
	u64 cost;

	if (!m)
		return 0;
	cost = ONCE(m->bucket.cost);
	if (cost != 0 && !draw(&m->bucket, octets * cost >> 10, now)) {
		__sync_fetch_and_add(&m->refused_packets, packets);
		return 0;
	}
	__sync_fetch_and_add(&m->packets, packets);
	__sync_fetch_and_add(&m->octets, octets);
	return 1;
}

/* Both meters of a record: the sender's, then the receiver's. */
INLINE int admit_both(u32 meters, u32 packets, u32 octets, u64 now)
{
	if ((meters & 0xFFFF) != NO_METER && !admit(meters & 0xFFFF, packets, octets, now))
		return 0;
	return meters >> 16 == NO_METER || admit(meters >> 16, packets, octets, now);
}

#endif
