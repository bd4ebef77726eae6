// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

/// Longest prefix match of IPv4 addresses. Immutable.
sealed interface Ipv4Table permits SmallIpv4Table, LargeIpv4Table {
  /// Up to here an array of ranges; beyond, a tree.
  int SMALL = 1_024;

  /// The group of the longest prefix that holds `address`; 0 for none. Allocates nothing.
  int lookup(int address);

  /// The same table with entries of {@link PrefixArray} changed.
  ///
  /// @param changes sorted, each prefix once
  Ipv4Table with(long[] changes);

  /// Number of prefixes.
  int size();

  /// Memory of the arrays and objects, in octets, references taken as four.
  long octets();
}
