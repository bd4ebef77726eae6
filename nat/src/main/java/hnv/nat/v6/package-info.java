// SPDX-License-Identifier: Apache-2.0

/// Translations with IPv6 on one side or both: NAT64 (RFC 6146, with the header translation of RFC
/// 7915 and the addresses of RFC 6052) and prefix translation (NPTv6, RFC 6296).
package hnv.nat.v6;
