// SPDX-License-Identifier: Apache-2.0

/// Network address translation as a pure engine (RFC 4787, 5382, 5508, 6888, 7857). A subscriber is
/// a tenant's address: the session key is (tenant, 5-tuple), so that tenants with the same
/// addresses never meet.
package hnv.nat;
