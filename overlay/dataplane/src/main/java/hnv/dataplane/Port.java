// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import java.util.List;

/// One side of the dataplane: a VM's network adapter, the underlay, later the outside. What a port
/// cannot carry (a super-frame, a partial checksum) it cuts or completes itself, at its edge. All
/// methods but {@link #close} are called by the Worker that owns the port.
public interface Port extends AutoCloseable {
  /// The name that policy and people use: a network interface's resource id, or `underlay`.
  String name();

  /// What lies behind the port.
  PortKind kind();

  /// Number of the port, given once at creation; index of counters and next hops.
  int number();

  /// Octets of the largest IP packet that the device carries.
  int mtu();

  /// Whether frames can come and go now: the device is there, switched on, and has carrier.
  default boolean isUp() {
    return true;
  }

  /// Whether a {@link FlowOffload} works at this port: it executes records of what comes in by it,
  /// and sends by it. A flow of which a port does not is Java's.
  default boolean executesRecords() {
    return false;
  }

  /// Packets that came in by the port and found no room where they wait for {@link #receive}, as
  /// far as is known now.
  default long overflowed() {
    return 0;
  }

  /// Fills the batch with what has arrived, without waiting. Each frame has its bounds, virtio-net
  /// metadata and {@link Frame#ingressPort} set.
  ///
  /// @return the number of frames added
  int receive(FrameBatch batch);

  /// Takes over the frame and sends it, now or at {@link #flush}; releases it in any case.
  ///
  /// @return {@link DropReason#NONE}, or why it could not be sent
  DropReason transmit(Frame frame);

  /// Sends what {@link #transmit} held back.
  void flush();

  /// Ports whose frames come by this one's {@link #receive}, bearing their numbers: the VLANs of a
  /// device. They are not polled themselves.
  default List<? extends Port> borne() {
    return List.of();
  }

  @Override
  void close();
}
