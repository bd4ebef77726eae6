// SPDX-License-Identifier: Apache-2.0

/// Routes of one routing domain: prefixes, where they come from, which are best, and the longest
/// match of an address.
///
///     control thread: Rib, all routes       ── commit() ──▶  Worker: Fib, look-up and choice
///     and what can be reached                                between next hops that are equal
///
/// A {@link hnv.routing.Fib} is immutable and shares with the one before it what did not change.
/// IPv4 tables of up to 1,024 prefixes are one sorted array; larger ones two steps of 8 bits and
/// sorted ranges of the rest (DXR), so that a change writes one /16 at most; IPv6 tables are a tree
/// of such ranges, in steps of 16 or 8 bits.
package hnv.routing;
