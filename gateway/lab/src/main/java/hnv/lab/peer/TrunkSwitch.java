// SPDX-License-Identifier: Apache-2.0
package hnv.lab.peer;

import hnv.lab.netns.Namespace;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;

/// The switch at the gateway's outside device: the device is a trunk, every other port an access
/// port of one VLAN. Open vSwitch, since a kernel may lack VLANs.
public final class TrunkSwitch implements AutoCloseable {
  /// The VLAN that frames without a tag are in, within the switch.
  private static final int NATIVE = 1;

  private final OpenVswitch ovs;

  private TrunkSwitch(OpenVswitch ovs) {
    this.ovs = ovs;
  }

  /// Lays the switch.
  ///
  /// @param namespace an existing namespace that has the devices
  /// @param trunk the device towards the gateway
  /// @param accessPorts each other device with its VLAN; empty: untagged at the trunk
  public static TrunkSwitch lay(
      Namespace namespace, String trunk, Map<String, OptionalInt> accessPorts, Path folder) {
    OpenVswitch ovs = OpenVswitch.start(namespace, "switch", folder);
    StringBuilder line =
        new StringBuilder(
            "-- add-br trunk -- set bridge trunk datapath_type=netdev fail_mode=standalone");
    StringBuilder vlans = new StringBuilder().append(NATIVE);
    accessPorts.forEach(
        (device, vlan) -> {
          plug(namespace, device);
          line.append(
              " -- add-port trunk %s tag=%d vlan_mode=access"
                  .formatted(device, vlan.orElse(NATIVE)));
          vlan.ifPresent(id -> vlans.append(',').append(id));
        });
    plug(namespace, trunk);
    line.append(
        " -- add-port trunk %s tag=%d vlan_mode=native-untagged trunks=%s"
            .formatted(trunk, NATIVE, vlans));
    ovs.configure(line.toString());
    return new TrunkSwitch(ovs);
  }

  /// A switch in user space takes frames as they are: their checksums must be whole.
  private static void plug(Namespace namespace, String device) {
    namespace.set("net/ipv6/conf/" + device + "/disable_ipv6", 1);
    namespace.ip("link set " + device + " up");
    namespace.run("ethtool", "-K", device, "tx", "off").require();
  }

  @Override
  public void close() {
    ovs.close();
  }
}
