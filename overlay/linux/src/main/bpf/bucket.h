/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token bucket without a lock. Instead of a level and the time of its filling it holds one number:
 * the time at which it is, or was, empty. Who draws from it moves that on by the price, which is one
 * atomic addition; he may while it is not empty, and may overdraw it. What this leaves open:
 *
 * - several CPUs at once may each see the bucket not empty: it is overdrawn by one draw per CPU at
 *   most, and the next ones wait for it;
 * - the clock goes by ticks of 1 to 10 ms (clock.h): within a tick the bucket does not fill, and it
 *   must hold more than a tick's worth.
 */
#ifndef HNV_BUCKET_H
#define HNV_BUCKET_H

#include "kernel.h"

struct bucket {
	u64 cost;     /* of a unit; what a unit is, and of what time, is the owner's; 0: no limit */
	u64 burst;    /* time that a full bucket lasts, 2^-6 ns */
	u64 empty_at; /* 2^-6 ns of CLOCK_MONOTONIC */
};

/*
 * Draws from a bucket that has a limit; false where it is empty.
 *
 * price: 2^-6 ns
 * now: ns of CLOCK_MONOTONIC
 */
INLINE int draw(struct bucket *b, u64 price, u64 now)
{
	u64 empty_at = ONCE(b->empty_at), time = now << 6;

	if ((s64)(time - empty_at) <= 0)
		return 0;
	/* Not fuller than full. Who loses this race finds it done. */
	if ((s64)(time - empty_at) > (s64)b->burst)
		__sync_val_compare_and_swap(&b->empty_at, empty_at, time - b->burst);
	__sync_fetch_and_add(&b->empty_at, price);
	return 1;
}

#endif
