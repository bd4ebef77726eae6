// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.edge.EdgeNetwork.InterfaceAddress;
import hnv.overlay.AdapterView;
import hnv.overlay.AnswerLimit;
import hnv.overlay.RouterMac;
import hnv.vswitch.PortRole;
import hnv.vswitch.VPort;
import hnv.wire.CustomerAddress;
import hnv.wire.IpAddress;
import hnv.wire.Ipv6Address;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A port of the gateway with everything that its layers need. Immutable but for the limit.
///
/// @param number of the {@link VPort}
/// @param name of what it stands for: an adapter, a connection, an outside network
/// @param tenant slot; {@link VPort#NO_TENANT} for an outside network
/// @param own the gateway's own addresses there, with what is connected by them
/// @param mac what frames that leave by it bear; 0 in a GRE tunnel
/// @param link number of its {@link hnv.edge.neighbor.OutsideLink}; {@link #NO_LINK} where it has
///     no neighbours
/// @param network index of the outside network that it is or that its tunnel goes through; -1
/// @param nextHop the next hop that leaves by it: its device or its tunnel; 0 where there are many
/// @param sendMeter meter of what the tenant sends through it
/// @param getMeter meter of what the tenant gets through it
/// @param view the adapter of a GATEWAY port
/// @param answers limit of what is said by ICMP to who is there
/// @param translations between the tenant and what is behind a CONNECTION port
public record EdgePort(
    int number,
    String name,
    PortRole role,
    int tenant,
    List<InterfaceAddress> own,
    long mac,
    int link,
    int network,
    int nextHop,
    int sendMeter,
    int getMeter,
    @Nullable AdapterView view,
    AnswerLimit answers,
    AddressTranslations translations) {
  /// No neighbours there.
  public static final int NO_LINK = -1;

  public EdgePort {
    own = List.copyOf(own);
  }

  /// A port that translates nothing of its own.
  public EdgePort(
      int number,
      String name,
      PortRole role,
      int tenant,
      List<InterfaceAddress> own,
      long mac,
      int link,
      int network,
      int nextHop,
      int sendMeter,
      int getMeter,
      @Nullable AdapterView view,
      AnswerLimit answers) {
    this(
        number,
        name,
        role,
        tenant,
        own,
        mac,
        link,
        network,
        nextHop,
        sendMeter,
        getMeter,
        view,
        answers,
        AddressTranslations.NONE);
  }

  /// A tenant's network, as its gateway's adapter is in it.
  public static EdgePort of(AdapterView view) {
    List<InterfaceAddress> own = new ArrayList<>();
    for (CustomerAddress each : view.adapter().addresses()) {
      own.add(new InterfaceAddress(each.address(), each.address().width()));
    }
    return new EdgePort(
        view.port(),
        view.adapter().name(),
        PortRole.GATEWAY,
        view.domain().tenant(),
        own,
        RouterMac.BITS,
        NO_LINK,
        -1,
        0,
        view.outboundMeter(),
        view.inboundMeter(),
        view,
        view.answers());
  }

  /// The same with another limit.
  EdgePort with(AnswerLimit limit) {
    return new EdgePort(
        number,
        name,
        role,
        tenant,
        own,
        mac,
        link,
        network,
        nextHop,
        sendMeter,
        getMeter,
        view,
        limit,
        translations);
  }

  /// Whether it is a tunnel, which has no device.
  public boolean isTunnel() {
    return role == PortRole.CONNECTION && link == NO_LINK;
  }

  /// The gateway's own address of a family; null where it has none.
  @Nullable IpAddress own(boolean ipv6) {
    for (InterfaceAddress each : own) {
      if (each.address() instanceof Ipv6Address == ipv6) {
        return each.address();
      }
    }
    return null;
  }

  /// Whether an address is the gateway's own there.
  boolean isOwn(IpAddress address) {
    for (InterfaceAddress each : own) {
      if (each.address().equals(address)) {
        return true;
      }
    }
    return false;
  }

  /// Whether the address is in a connected prefix.
  boolean isConnected(IpAddress address) {
    return own.stream().anyMatch(each -> each.prefix().contains(address));
  }

  /// Whether somebody with this address is a neighbour there.
  boolean isOnLink(IpAddress address) {
    for (InterfaceAddress each : own) {
      if (each.prefix().contains(address)) {
        return !each.address().equals(address) && !each.prefix().isBroadcast(address);
      }
    }
    return false;
  }
}
