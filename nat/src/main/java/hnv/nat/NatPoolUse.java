// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

/// How much of a pool is given out.
///
/// @param blocks of ports, of all its addresses
/// @param taken of them
public record NatPoolUse(NatPool pool, int blocks, int taken) {}
