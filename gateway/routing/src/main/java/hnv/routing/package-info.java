// SPDX-License-Identifier: Apache-2.0

/// Routes of one routing domain: prefixes, where they come from, which are best, and the longest
/// match of an address.
package hnv.routing;
