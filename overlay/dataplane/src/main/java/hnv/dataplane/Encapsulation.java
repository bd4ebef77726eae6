// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

/// How a frame of a virtual subnet travels between provider addresses.
public enum Encapsulation {
  /// Not in a tunnel: a frame as a VM sees it.
  NONE,
  /// RFC 7348.
  VXLAN,
  /// RFC 7637.
  NVGRE
}
