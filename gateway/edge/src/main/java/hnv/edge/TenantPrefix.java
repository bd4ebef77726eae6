// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.nat.v6.PrefixTranslation;

/// A tenant's IPv6 prefix with what one outside network knows it by. Immutable.
///
/// @param slot of the tenant
/// @param network index of the outside network
public record TenantPrefix(int slot, int network, PrefixTranslation translation) {}
