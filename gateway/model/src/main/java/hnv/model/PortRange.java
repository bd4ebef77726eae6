// SPDX-License-Identifier: Apache-2.0
package hnv.model;

/// A range of TCP or UDP ports, both ends included.
///
/// @param first 0 to 65535
/// @param last `first` to 65535
public record PortRange(int first, int last) {
  /// The highest port.
  public static final int MAX_PORT = 65_535;

  /// Every port, and also a packet that has none.
  public static final PortRange ANY = new PortRange(0, MAX_PORT);

  public PortRange {
    if (first < 0 || last > MAX_PORT || first > last) {
      throw new IllegalArgumentException("not a range of ports: " + first + "-" + last);
    }
  }

  public boolean contains(int port) {
    return first <= port && port <= last;
  }

  /// As in a document: `*`, `80` or `80-90`.
  @Override
  public String toString() {
    if (equals(ANY)) {
      return "*";
    }
    return first == last ? Integer.toString(first) : first + "-" + last;
  }
}
