// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import hnv.model.PolicyLimits;

/// How much a document may ask of the reader. What goes beyond is refused with a problem.
///
/// @param octets size of the document
/// @param depth objects and arrays within one another
/// @param nameLength characters of a property name
/// @param stringLength characters of a string
/// @param policy lengths of the lists, and how many problems are listed
public record DocumentLimits(
    int octets, int depth, int nameLength, int stringLength, PolicyLimits policy) {
  /// 64 MiB, 32 levels, names of 256 and strings of 65,536 characters.
  public static final DocumentLimits DEFAULT =
      new DocumentLimits(64 << 20, 32, 256, 65_536, PolicyLimits.DEFAULT);
}
