/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A copy of a frame for whoever watches a port: as it comes in, before anything is asked of it, and
 * as it leaves. The flow goes on as it would. Super-frames stay whole, as far as the capture's device
 * takes them.
 */
#ifndef HNV_CAPTURE_H
#define HNV_CAPTURE_H

#include "maps.h"

/* Pointers into the frame are void after this. */
INLINE void capture(struct __sk_buff *skb, u32 ifindex, struct counters *c)
{
	if (likely(ifindex == 0))
		return;
	if (bpf_clone_redirect(skb, ifindex, 0))
		c->not_captured++;
	else
		c->captured++;
}

#endif
