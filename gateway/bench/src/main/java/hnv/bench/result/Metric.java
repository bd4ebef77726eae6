// SPDX-License-Identifier: Apache-2.0
package hnv.bench.result;

/// Something that is measured of both sides of a row.
///
/// @param name short; a row's result is named by the row and this, unless it is empty
/// @param unit for people, for example `ns/packet`
/// @param moreIsBetter whether the larger figure is the better one
public record Metric(String name, String unit, boolean moreIsBetter) {}
