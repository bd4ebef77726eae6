// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.wire.Vsid;

/// The virtual subnet ids that may be assigned to subnets that have none of their own, both ends
/// included. An id that the operator writes may be outside the range.
///
/// @param startId not above `endId`; {@link PolicyValidation} checks that
public record VirtualSubnetIdRange(Vsid startId, Vsid endId) {}
