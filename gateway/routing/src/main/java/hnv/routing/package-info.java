// SPDX-License-Identifier: Apache-2.0

/// Routes of one routing domain: prefixes, where they come from, which are best, and the longest
/// match of an address.
///
///     control thread                                        Worker
///     Rib  all routes, reachability  ── commit() ──▶  Fib   look-up, choice between equal next
// hops
///
/// A {@link hnv.routing.Fib} is immutable and shares with the one before what did not change. IPv4
/// tables of up to 1,024 prefixes are one sorted array; larger ones two steps of 8 bits and sorted
/// ranges of the rest (DXR), so that a change writes one /16 at most; IPv6 tables are a tree of
// such
/// ranges in steps of 16 or 8 bits.
package hnv.routing;
