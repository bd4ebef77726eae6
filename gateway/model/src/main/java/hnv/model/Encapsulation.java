// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// How packets of tenants travel between servers.
public enum Encapsulation {
  /// RFC 7348.
  VXLAN,
  /// RFC 7637.
  NVGRE
}
