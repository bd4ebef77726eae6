// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import hnv.lab.netns.Namespace;

/// A place to capture at.
///
/// @param name for a file's name
/// @param only what is looked at of what is captured, in the language of wireshark-filter(4);
///     empty for all
record Point(String name, Namespace namespace, String device, String only) {
  /// A filter that lets pass what `filter` does, at this point.
  String filter(String filter) {
    return only.isEmpty() ? filter : only + " && (" + filter + ")";
  }
}
