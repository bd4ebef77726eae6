// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.DropReason;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.Port;
import hnv.dataplane.PortKind;
import hnv.dataplane.VlanTagging;

/// A VLAN on a device to the outside: a port with a number of its own, whose frames bear a tag on
/// the device and none here. They come by the device's port ({@link HostPort#bear}), so this one is
/// not polled. Ends with the device's port. Owned by that port's Worker.
public final class VlanPort implements Port {
  private final HostPort device;
  private final String name;
  private final int number;
  private final int vlan;

  /// @param device the device's port; of the kind {@link PortKind#OUTSIDE}
  /// @param number index of the port's counters
  /// @param vlan 1…{@value VlanTagging#MAX_ID}
  public VlanPort(HostPort device, String name, int number, int vlan) {
    if (device.kind() != PortKind.OUTSIDE || vlan < 1 || vlan > VlanTagging.MAX_ID) {
      throw new IllegalArgumentException("VLAN " + vlan + " on " + device.name());
    }
    this.device = device;
    this.name = name;
    this.number = number;
    this.vlan = vlan;
  }

  public int vlan() {
    return vlan;
  }

  /// The port of the device.
  public HostPort device() {
    return device;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public PortKind kind() {
    return PortKind.OUTSIDE;
  }

  @Override
  public int number() {
    return number;
  }

  /// The device's: a tag is not part of the IP packet.
  @Override
  public int mtu() {
    return device.mtu();
  }

  @Override
  public boolean isUp() {
    return device.isUp();
  }

  @Override
  public boolean executesRecords() {
    return device.executesRecords();
  }

  /// Nothing: frames come by the device's port.
  @Override
  public int receive(FrameBatch batch) {
    return 0;
  }

  @Override
  public DropReason transmit(Frame frame) {
    if (!VlanTagging.insert(frame, vlan)) {
      frame.release();
      return DropReason.NO_HEADROOM;
    }
    return device.transmit(frame);
  }

  @Override
  public void flush() {
    device.flush();
  }

  @Override
  public void close() {}
}
