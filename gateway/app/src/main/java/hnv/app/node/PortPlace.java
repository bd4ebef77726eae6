// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.dataplane.PortKind;
import hnv.linux.port.DeviceUse;
import hnv.linux.port.HostPort;
import hnv.wire.MacAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A port that the configuration names, on its device or waiting for it; or a VLAN that policy
/// wants on such a device. Owned by the control thread but where it says otherwise.
final class PortPlace {
  /// No VLAN: all of the device.
  static final int UNTAGGED = 0;

  private final String name;
  private final DeviceUse use;
  private final int number;
  private final String device;
  private final int vlan;

  /// Written by the control thread; also read by the one that follows the network.
  private volatile @Nullable HostPort port;

  private @Nullable MacAddress mac;
  private String lastFailure = "";

  PortPlace(String name, DeviceUse use, int number, String device, int vlan) {
    this.name = name;
    this.use = use;
    this.number = number;
    this.device = device;
    this.vlan = vlan;
  }

  /// What policy calls it; a VLAN's is `DEVICE/VLAN`.
  String name() {
    return name;
  }

  /// The name as it is compared.
  String key() {
    return name.toLowerCase(Locale.ROOT);
  }

  PortKind kind() {
    return use.kind();
  }

  DeviceUse use() {
    return use;
  }

  int number() {
    return number;
  }

  String device() {
    return device;
  }

  /// 1…4094, or {@link #UNTAGGED}.
  int vlan() {
    return vlan;
  }

  /// The port on its device, for a VLAN too; null while the device is not there. Any thread.
  @Nullable HostPort port() {
    return port;
  }

  void setPort(@Nullable HostPort next) {
    port = next;
  }

  /// The device's address, as last seen.
  @Nullable MacAddress mac() {
    return mac;
  }

  void setMac(@Nullable MacAddress next) {
    mac = next;
  }

  /// Takes note of why it could not be opened.
  ///
  /// @return whether that is something else than the last time
  boolean isNewFailure(String failure) {
    boolean other = !failure.equals(lastFailure);
    lastFailure = failure;
    return other;
  }
}
