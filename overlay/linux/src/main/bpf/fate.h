/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a frame ended here. Each fate has a counter per port, of packets (the segments of a
 * super-frame) where the frame was understood, of frames where it went up before.
 * hnv.linux.offload.Fate has the same order.
 */
#ifndef HNV_FATE_H
#define HNV_FATE_H

#include "kernel.h"

enum fate {
	FORWARDED,

	/* Up to Java, which knows the flow or will; the frame is as it came. */
	UP_NO_FLOW,
	UP_NO_HEARTBEAT,
	UP_STALE_EPOCH,
	UP_TORN_RECORD,
	UP_NOT_IP,
	UP_VLAN_TAG,
	UP_GROUP_MAC,
	UP_MALFORMED,
	UP_FRAGMENT,
	UP_OPTIONS,
	UP_TCP_EVENT,
	UP_ICMP,
	UP_OUTER_HEADER,
	UP_NEXT_HOP,
	UP_WRONG_TUNNEL,
	UP_OUTER_SOURCE,
	UP_OUTER_DESTINATION,
	UP_SOURCE_MAC,
	UP_MTU,
	UP_SEGMENT_SIZE,
	UP_TTL,
	UP_TOO_LONG,
	UP_HAIRPIN,
	UP_POPPED_SUPER_FRAME,
	UP_CHECKSUM_STATE,
	UP_REFUSED_BY_KERNEL,
	UP_GRE_PEER,
	UP_NUMBERED,

	/* Dropped. */
	DROP_ECN,
	DROP_METER,
	DROP_CHECKSUM_PLACE,
	DROP_UNKNOWN_TO_BOTH,
	DROP_BROKEN,
	DROP_NO_CHANNEL,
	DROP_MISS_LIMIT,
	DROP_UNKNOWN_VSID,

	FATES,
};

#endif
