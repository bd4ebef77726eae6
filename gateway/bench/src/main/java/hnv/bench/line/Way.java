// SPDX-License-Identifier: Apache-2.0
package hnv.bench.line;

/// Which way the packets of a row go.
public enum Way {
  /// From the machine to the other host: the host encapsulates.
  ENCAPSULATE,
  /// From the other host to the machine: the host decapsulates.
  DECAPSULATE
}
