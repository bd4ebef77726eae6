// SPDX-License-Identifier: Apache-2.0
/*
 * Executes flow records in the kernel: the second executor beside hnv.dataplane.FlowRecordExecutor,
 * with the same steps in the same order and the same octets as a result. Programs for tc ingress: for the
 * device of a VM, for the underlay's, for one to an outside network. What they do not know, or do not
 * like, goes up to Java as it came; ../../../DESIGN.md says what and why. Another sends what Java sends.
 *
 *     frame -> outer headers -> inner headers, key -> record -> checks -> meters, counters
 *           -> room for or without outer headers -> rewrite -> exit
 */
#include "capture.h"
#include "checks.h"
#include "clock.h"
#include "meter.h"
#include "misses.h"
#include "outside.h"
#include "rewrite.h"
#include "shared.h"
#include "underlay.h"

/* Cuts off what lies behind the packet proper. The kernel cannot cut a super-frame. */
INLINE enum fate trim(struct __sk_buff *skb, const struct packet *p)
{
	if (likely(skb->len == p->end))
		return FORWARDED;
	if (p->gso_size != 0 || bpf_skb_change_tail(skb, p->end, 0))
		return UP_REFUSED_BY_KERNEL;
	return FORWARDED;
}

/*
 * Writes the outer header. It has no UDP checksum; but the kernel will write one into each piece of a
 * super-frame that came with one to be finished, and needs the pseudo header's sum for that.
 */
INLINE int write_outer(struct __sk_buff *skb, const struct next_hop *hop, const struct decision *d,
		       u32 ecn, const struct outer *o, const struct packet *p)
{
	u16 *checksum;
	u8 *outer = frame_start(skb);
	int vxlan = hop->encapsulation == VXLAN;
	int gre = hop->encapsulation == L3_GRE;
	u16 type = p->ipv6 ? ETHER_IPV6 : ETHER_IPV4;

	/* All that the kernel has moved lies in place; GRE without key is the shortest of a family. */
	if (hop->flags & HOP_IPV6) {
		if (outer + GRE6_HEADER > frame_end(skb))
			return 0;
		if (gre && hop->header_length == GRE6_HEADER) {
			write_outer_ipv6(outer, hop, d, skb->len, ecn, GRE6_HEADER, L3_GRE, type);
			return 1;
		}
		if (outer + VXLAN6_HEADER > frame_end(skb))
			return 0;
		if (vxlan)
			write_outer_ipv6(outer, hop, d, skb->len, ecn, VXLAN6_HEADER, VXLAN, 0);
		else if (gre)
			write_outer_ipv6(outer, hop, d, skb->len, ecn, NVGRE6_HEADER, L3_GRE, type);
		else
			write_outer_ipv6(outer, hop, d, skb->len, ecn, NVGRE6_HEADER, NVGRE, 0);
	} else {
		if (outer + GRE4_HEADER > frame_end(skb))
			return 0;
		if (gre && hop->header_length == GRE4_HEADER) {
			write_outer_ipv4(outer, hop, d, skb->len, ecn, GRE4_HEADER, L3_GRE, type);
			return 1;
		}
		if (outer + VXLAN4_HEADER > frame_end(skb))
			return 0;
		if (vxlan)
			write_outer_ipv4(outer, hop, d, skb->len, ecn, VXLAN4_HEADER, VXLAN, 0);
		else if (gre)
			write_outer_ipv4(outer, hop, d, skb->len, ecn, NVGRE4_HEADER, L3_GRE, type);
		else
			write_outer_ipv4(outer, hop, d, skb->len, ecn, NVGRE4_HEADER, NVGRE, 0);
	}
	if (in_tunnel(o) && o->unfinished && p->gso_size != 0) {
		checksum = find_outer_checksum(skb, o->ipv6);
		if (!checksum)
			return 0;
		*checksum = (u16)sum_outer_pseudo_header(skb, o->ipv6);
	}
	return 1;
}

/* Room for the new outer headers, if any, where the old ones were, if any. */
INLINE enum fate move_headers(struct __sk_buff *skb, const struct decision *d,
			      const struct next_hop *hop, const struct packet *p,
			      const struct outer *o)
{
	if (in_tunnel(o) && (d->operations & PUSH))
		return fit_room(skb, hop, o, p);
	if (in_tunnel(o))
		return pop(skb, o, p) ? FORWARDED : UP_REFUSED_BY_KERNEL;
	if (d->operations & PUSH)
		return make_room(skb, hop) ? FORWARDED : UP_REFUSED_BY_KERNEL;
	return FORWARDED;
}

INLINE void count(struct record *record, const struct packet *p, u32 octets, u64 now)
{
	__sync_fetch_and_add(&record->packets, p->packets);
	__sync_fetch_and_add(&record->octets, octets);
	record->last_seen = now;
}

/*
 * Carries out a decision that fits. The frame is as it came where a fate of UP is returned, and
 * nothing has been counted yet; from the first rewritten octet on it can only leave or be dropped.
 */
INLINE enum fate execute(struct __sk_buff *skb, struct record *record, const struct decision *d,
			 const struct next_hop *hop, const struct packet *p, const struct outer *o,
			 u64 now)
{
	u32 octets = p->end - p->l2;
	u32 ecn = p->ecn;
	u32 l2 = 0;
	enum fate fate;

	if (in_tunnel(o)) {
		ecn = decapsulated_ecn(p->ecn, o->ecn);
		if (ecn == ECN_REFUSED)
			return DROP_ECN;
	}
	fate = trim(skb, p);
	if (fate != FORWARDED)
		return fate;
	fate = move_headers(skb, d, hop, p, o);
	if (fate != FORWARDED)
		return fate;
	if (d->operations & PUSH)
		l2 = room_of(hop);
	if (d->meters != 0 && !admit_both(d->meters, p->packets, octets, now))
		return DROP_METER;
	count(record, p, octets, now);
	if (!rewrite(skb, l2, d, p, ecn))
		return DROP_BROKEN;
	if ((d->operations & PUSH) && !write_outer(skb, hop, d, ecn, o, p))
		return DROP_BROKEN;
	return FORWARDED;
}

/* Finds the record of a packet and carries it out; `*port_out` is where it leaves. */
INLINE enum fate forward(struct __sk_buff *skb, const struct port *port, struct counters *c,
			 struct packet *p, const union key *key, const struct outer *o,
			 u64 now, u32 *port_out)
{
	union decision_words decision;
	const struct decision *d = &decision.is;
	struct record *record;
	struct tenant *tenant;
	struct next_hop *hop;
	struct exit *exit;
	enum fate fate;

	if (p->ipv6)
		record = bpf_map_lookup_elem(&hnv_flows6, key);
	else
		record = bpf_map_lookup_elem(&hnv_flows4, key);
	if (!record)
		return UP_NO_FLOW;
	if (unlikely(!take_decision(&decision, record)))
		return UP_TORN_RECORD;
	tenant = ENTRY(struct tenant, hnv_tenants, d->tenant);
	if (!tenant || tenant->epoch != d->epoch)
		return UP_STALE_EPOCH;
	hop = ENTRY(struct next_hop, hnv_next_hops, d->next_hop);
	if (!hop)
		return UP_NEXT_HOP;
	fate = check(d, hop, p, o);
	if (fate != FORWARDED)
		return fate;
	*port_out = hop->exit;
	exit = ENTRY(struct exit, hnv_exits, hop->exit);
	if (!exit || exit->ifindex == 0)
		return UP_NEXT_HOP;
	if (in_tunnel(o) && !(d->operations & PUSH) && p->gso_size != 0 &&
	    !(exit->flags & EXIT_TAKES_POPPED_SUPER_FRAMES))
		return UP_POPPED_SUPER_FRAME;
	if (!in_tunnel(o) || (d->operations & TRANSLATE) || (o->unfinished && (d->operations & PUSH))) {
		fate = check_checksum_state(skb, d, p, o);
		if (fate != FORWARDED)
			return fate;
	}
	if (o && o->tunnels_only)
		capture(skb, port->capture, c); /* Ours, and as it came. */
	return execute(skb, record, d, hop, p, o, now);
}

/* Counts a frame that ends here; `packets` of `octets` in all. */
INLINE void receive(struct counters *c, enum fate fate, u32 packets, u32 octets)
{
	c->received_packets += packets;
	c->received_octets += octets;
	if (fate < FATES)
		c->fates[fate] += packets;
}

INLINE int drop(struct counters *c, enum fate fate, u32 packets, u32 octets)
{
	receive(c, fate, packets, octets);
	return DROP;
}

/* Up to Java, as the frame came, if Java will have it. */
INLINE int go_up(const struct port *port, struct counters *c, enum fate fate, u32 context,
		 u32 octets, u64 now)
{
	fate = admit_miss(port, context, fate, now);
	if (fate >= DROP_ECN)
		return drop(c, fate, 1, octets);
	if (fate < FATES)
		c->fates[fate]++;
	return bpf_redirect(port->miss_ifindex, 0);
}

/* By an exit, and a copy to whoever watches it. */
INLINE int send(struct __sk_buff *skb, const struct exit *exit, struct counters *sent)
{
	u32 ifindex = ONCE(exit->ifindex);
	u32 flags = ONCE(exit->flags);
	u32 vlan = ONCE(exit->vlan);

	if (vlan != 0 && bpf_skb_vlan_push(skb, ETHER_VLAN, vlan))
		return DROP;
	if (!(flags & EXIT_BY_PEER) && ONCE(exit->mark) != 0)
		skb->mark = exit->mark;
	capture(skb, ONCE(exit->capture), sent);
	return flags & EXIT_BY_PEER ? bpf_redirect_peer(ifindex, 0) : bpf_redirect(ifindex, 0);
}

INLINE int leave(struct __sk_buff *skb, struct counters *c, const struct packet *p, u32 octets,
		 u32 port_out)
{
	struct exit *exit = ENTRY(struct exit, hnv_exits, port_out);
	struct counters *sent = ENTRY(struct counters, hnv_counters, port_out);

	receive(c, FORWARDED, p->packets, octets);
	if (!exit || !sent)
		return DROP; /* Cannot be: both were found before, or are as many. */
	sent->sent_packets += p->packets;
	sent->sent_octets += skb->len;
	return send(skb, exit, sent);
}

/* The port that has a place of its own, for a device or a VLAN on it; it may be null. */
INLINE struct port *find_place(u32 ifindex, u32 vlan)
{
	struct device device = {.ifindex = ifindex, .vlan = vlan};
	u32 *place = bpf_map_lookup_elem(&hnv_places, &device);
	struct port *port = place ? ENTRY(struct port, hnv_ports, *place) : 0;

	return port && port->ifindex == ifindex && port->vlan == vlan ? port : 0;
}

/* The port of the device that the frame came in by; it may be null. */
INLINE struct port *find_port(const struct __sk_buff *skb)
{
	u32 ifindex = skb->ifindex;
	struct port *port = ENTRY(struct port, hnv_ports, ifindex & (OWN_PLACES - 1));

	if (likely(port && port->ifindex == ifindex))
		return port;
	return find_place(ifindex, 0);
}

/* The port of the VLAN on the device that the frame came in by, or else the device's. */
INLINE struct port *find_outside_port(const struct __sk_buff *skb)
{
	u32 vlan = skb->vlan_present && (u16)skb->vlan_proto == ETHER_VLAN
			   ? (skb->vlan_tci & 0xFFF) | VLAN_PORT
			   : 0;
	struct port *port = vlan ? find_place(skb->ifindex, vlan) : 0;

	return port ? port : find_port(skb);
}

/* From a VM: every frame is ours. Without a port of ours, it ends here. */
SECTION("tc/vm")
int hnv_vm(struct __sk_buff *skb)
{
	struct port *port = find_port(skb);
	struct counters *c = port ? ENTRY(struct counters, hnv_counters, port->number) : 0;
	u32 length = skb->len, octets, port_out = 0;
	struct packet p = {.end = length};
	union key key;
	enum fate fate;
	u64 now;

	if (!c)
		return DROP;
	capture(skb, port->capture, c);
	now = read_clock(c);
	if (unlikely(!is_alive(now)))
		fate = UP_NO_HEARTBEAT;
	else if (unlikely(skb->vlan_present))
		fate = UP_VLAN_TAG;
	else
		fate = read_packet(skb, port_context(port->number), &p, &key);
	octets = p.end;
	if (fate == FORWARDED)
		fate = forward(skb, port, c, &p, &key, 0, now, &port_out);
	fate = FORGET(skb, 0, fate);
	if (fate == FORWARDED)
		return leave(skb, c, &p, octets, port_out);
	if (fate < DROP_ECN)
		return go_up(port, c, fate, 0, length, now);
	return drop(c, fate, p.packets, octets);
}

/* What came by a port of an outside network; `port` may be null, and then it ends here. */
INLINE int from_outside(struct __sk_buff *skb, struct port *port)
{
	struct counters *c = port ? ENTRY(struct counters, hnv_counters, port->number) : 0;
	u32 length = skb->len, octets, context, in_gre, port_out = 0;
	struct packet p = {.end = length};
	struct outer o = {};
	union key key;
	enum fate fate;
	u64 now;

	if (!c)
		return DROP;
	capture(skb, port->capture, c);
	context = port_context(port->number);
	now = read_clock(c);
	if (unlikely(!is_alive(now)))
		fate = UP_NO_HEARTBEAT;
	else if (unlikely(skb->vlan_present && port->vlan == 0))
		fate = UP_VLAN_TAG;
	else
		fate = read_outside(skb, port->number, &o, &p, &context);
	in_gre = o.kind != NO_ENCAPSULATION ? context : 0;
	if (fate == FORWARDED)
		fate = read_packet(skb, context, &p, &key);
	octets = p.end;
	if (fate == FORWARDED)
		fate = forward(skb, port, c, &p, &key, &o, now, &port_out);
	fate = FORGET(skb, 0, fate);
	if (fate == FORWARDED)
		return skb->vlan_present && bpf_skb_vlan_pop(skb)
			       ? drop(c, DROP_BROKEN, p.packets, octets)
			       : leave(skb, c, &p, octets, port_out);
	if (fate < DROP_ECN)
		return go_up(port, c, fate, in_gre, length, now);
	return drop(c, fate, p.packets, octets);
}

/*
 * From an outside network: every frame is ours. A tag is in the metadata here, and names a port of its
 * own; what goes up keeps it.
 */
SECTION("tc/outside")
int hnv_outside(struct __sk_buff *skb)
{
	return from_outside(skb, find_outside_port(skb));
}

/* From an outside network by a device that the host has, too: most frames are the host's. */
SECTION("tc/shared")
int hnv_shared(struct __sk_buff *skb)
{
	return is_shared(skb) ? from_outside(skb, find_place(skb->ifindex, SHARED_PORT)) : NEXT;
}

/* The same where Java works alone: what is ours goes up. */
SECTION("tc/shared_java")
int hnv_shared_java(struct __sk_buff *skb)
{
	u32 ifindex = skb->ifindex;
	u32 *up;

	if (!is_shared(skb))
		return NEXT;
	up = bpf_map_lookup_elem(&hnv_shared_up, &ifindex);
	return up ? bpf_redirect(*up, 0) : DROP;
}

/* Beneath either, and there while nobody is: what is ours is nobody's. */
SECTION("tc/shared_guard")
int hnv_shared_guard(struct __sk_buff *skb)
{
	return is_shared(skb) ? DROP : NEXT;
}

/* From a port's TAP, what Java sends by the port; counted there. */
SECTION("tc/emit")
int hnv_emit(struct __sk_buff *skb)
{
	struct port *port = find_port(skb);
	struct counters *c = port ? ENTRY(struct counters, hnv_counters, port->number) : 0;
	struct exit *exit = port ? ENTRY(struct exit, hnv_exits, port->number) : 0;

	if (!c || !exit || exit->ifindex == 0)
		return DROP;
	return send(skb, exit, c);
}

/* From the underlay: tunnel packets to our addresses are ours, all else is the host's. */
SECTION("tc/underlay")
int hnv_underlay(struct __sk_buff *skb)
{
	struct port *port = find_port(skb);
	struct counters *c = port ? ENTRY(struct counters, hnv_counters, port->number) : 0;
	u32 length = skb->len, octets, context = 0, port_out = 0;
	struct packet p = {.end = length};
	struct outer o = {.tunnels_only = 1};
	union key key;
	enum fate fate;
	u64 now;

	if (!c)
		return NEXT; /* The guard beneath knows what to drop. */
	if (skb->vlan_present)
		return NEXT;
	now = read_clock(c);
	fate = is_alive(now) ? UP_OUTER_HEADER : UP_NO_HEARTBEAT;
	if (fate == UP_OUTER_HEADER && read_outer(skb, port, &o, &p)) {
		context = tunnel_context(o.kind, o.vsid);
		fate = read_packet(skb, context, &p, &key);
	}
	octets = p.end;
	if (fate == FORWARDED)
		fate = forward(skb, port, c, &p, &key, &o, now, &port_out);
	fate = FORGET(skb, 0, fate);
	if (fate == FORWARDED)
		return leave(skb, c, &p, octets, port_out);
	if (fate >= DROP_ECN)
		return drop(c, fate, p.packets, octets);
	if (!is_ours(skb, port))
		return NEXT;
	/* What the kernel refused was on its way out already. */
	if (fate != UP_REFUSED_BY_KERNEL)
		capture(skb, port->capture, c);
	return go_up(port, c, fate, context, length, now);
}
