/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Token buckets without a lock, to the same effect as hnv.dataplane.MeterTable: a bucket holds 1/10 s
 * of its rate, at least 64 KiB; a frame passes while the bucket is not empty and may overdraw it.
 *
 * Instead of a level and the time of its filling, an entry holds one number: the time at which the
 * bucket is, or was, empty. A frame moves it on by what the frame costs, which is one atomic
 * addition. What this leaves open:
 *
 * - frames on several CPUs at once may each see the bucket not empty: it is overdrawn by one frame
 *   per CPU at most, and the next ones wait for it;
 * - the clock goes by ticks of 1 to 10 ms (clock.h): within a tick the bucket does not
 *   fill, and it holds more than a tick's worth;
 * - a cost is rounded to 2^-6 ns: under 0.4 % for 64 octets at 100 Gbit/s.
 */
#ifndef HNV_METER_H
#define HNV_METER_H

#include "maps.h"

#define NO_METER 0

INLINE int admit(u32 number, u32 packets, u32 octets, u64 now)
{
	struct meter *m = ENTRY(struct meter, hnv_meters, number);
	u64 cost, empty_at, time = now << 6;

	if (!m)
		return 0;
	cost = ONCE(m->cost);
	if (cost != 0) {
		empty_at = ONCE(m->empty_at);
		if ((s64)(time - empty_at) <= 0) {
			__sync_fetch_and_add(&m->refused_packets, packets);
			return 0;
		}
		/* Not fuller than full. Who loses this race finds it done. */
		if ((s64)(time - empty_at) > (s64)m->burst)
			__sync_val_compare_and_swap(&m->empty_at, empty_at, time - m->burst);
		__sync_fetch_and_add(&m->empty_at, octets * cost >> 10);
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
