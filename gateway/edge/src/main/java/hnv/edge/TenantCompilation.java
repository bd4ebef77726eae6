// SPDX-License-Identifier: Apache-2.0
package hnv.edge;

import hnv.edge.EdgeNetwork.Attachment;
import hnv.edge.EdgeNetwork.GreConnection;
import hnv.edge.EdgeNetwork.InterfaceAddress;
import hnv.edge.EdgeNetwork.Ipv6Translation;
import hnv.edge.EdgeNetwork.L3Connection;
import hnv.edge.EdgeNetwork.NetworkConnection;
import hnv.edge.EdgeNetwork.TenantGateway;
import hnv.edge.EdgeTables.ConnectionKey;
import hnv.nat.NatPool;
import hnv.overlay.AdapterView;
import hnv.overlay.AnswerLimit;
import hnv.overlay.CapacityExceededException;
import hnv.routing.RoutingCapacityException;
import hnv.vswitch.PortRole;
import hnv.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Compiles one tenant for one gateway.
final class TenantCompilation {
  private final TenantGateway gateway;
  private final AdapterView view;
  private final EdgeTables tables;
  private final OutsideCompilation outside;
  private final Map<Attachment, AttachedPort> devices;
  private final UnaryOperator<EdgePort> kept;

  /// @param kept gives the same port as before where it is the same
  TenantCompilation(
      TenantGateway gateway,
      AdapterView view,
      EdgeTables tables,
      OutsideCompilation outside,
      Map<Attachment, AttachedPort> devices,
      UnaryOperator<EdgePort> kept) {
    this.gateway = gateway;
    this.view = view;
    this.tables = tables;
    this.outside = outside;
    this.devices = devices;
    this.kept = kept;
  }

  /// @param before the same tenant as compiled last
  CompiledTenant compile(List<NatPool> pools, @Nullable CompiledTenant before)
      throws CapacityExceededException, RoutingCapacityException {
    Map<String, EdgePort> ports = new HashMap<>();
    Map<String, AttachedPort> attached = new HashMap<>();
    for (NetworkConnection connection : gateway.connections()) {
      switch (connection) {
        case L3Connection l3 -> {
          AttachedPort device = devices.get(l3.attachment());
          if (device != null) {
            ports.put(l3.name(), kept.apply(port(l3, device)));
            attached.put(l3.name(), device);
          }
        }
        case GreConnection gre -> {
          OutsideEdge through = outside.byName(gre.outsideNetwork());
          if (through != null) {
            ports.put(gre.name(), kept.apply(port(gre, through)));
          }
        }
      }
    }
    Set<OutsideEdge> used = new HashSet<>();
    boolean translates = !isEmpty(gateway);
    for (OutsideEdge each : outside.all()) {
      boolean tunnels =
          ports.values().stream()
              .anyMatch(port -> port.isTunnel() && port.network() == each.port().network());
      if (translates || tunnels) {
        used.add(each);
      }
    }
    CompiledTenant.Inputs inputs =
        new CompiledTenant.Inputs(
            gateway,
            view.domain().tenant(),
            view.port(),
            view.domain().subnets(),
            view.adapter().addresses(),
            ports,
            attached,
            used,
            translates ? pools : List.of());
    TenantRoutes routes = before == null ? new TenantRoutes() : before.tenantRoutes();
    routes.set(gateway, view, ports, outside.ports());
    TenantIpv6 ipv6 = TenantIpv6.of(gateway.ipv6(), inputs.slot(), outside);
    return new CompiledTenant(inputs, routes, ownAddresses(ports), ipv6, before);
  }

  private static boolean isEmpty(TenantGateway gateway) {
    return gateway.nat().outboundRules().isEmpty()
        && gateway.nat().inboundRules().isEmpty()
        && gateway.nat().oneToOne().isEmpty()
        && gateway.ipv6().equals(Ipv6Translation.NONE);
  }

  private Set<IpAddress> ownAddresses(Map<String, EdgePort> ports) {
    Set<IpAddress> own = new HashSet<>();
    view.adapter().addresses().forEach(each -> own.add(each.address()));
    for (EdgePort port : ports.values()) {
      port.own().forEach(each -> own.add(each.address()));
    }
    return own;
  }

  private EdgePort port(L3Connection connection, AttachedPort device)
      throws CapacityExceededException {
    return new EdgePort(
        device.number(),
        connection.name(),
        PortRole.CONNECTION,
        view.domain().tenant(),
        connection.attachment().addresses(),
        device.mac().bits(),
        tables.linkOf(connection.attachment()),
        -1,
        tables.hopOf(device),
        sendMeter(connection),
        getMeter(connection),
        null,
        new AnswerLimit(),
        new AddressTranslations(connection.twiceNat()));
  }

  private EdgePort port(GreConnection connection, OutsideEdge through)
      throws CapacityExceededException {
    ConnectionKey key = new ConnectionKey(gateway.id(), connection.name());
    return new EdgePort(
        tables.portOf(key),
        connection.name(),
        PortRole.CONNECTION,
        view.domain().tenant(),
        tenantSide(),
        0,
        EdgePort.NO_LINK,
        through.port().network(),
        tables.hopOf(key),
        sendMeter(connection),
        getMeter(connection),
        null,
        new AnswerLimit(),
        new AddressTranslations(connection.twiceNat()));
  }

  /// A tunnel has no addresses of its own: who is behind it is answered from the gateway's address
  /// in the tenant's network.
  private List<InterfaceAddress> tenantSide() {
    List<InterfaceAddress> own = new ArrayList<>();
    view.adapter()
        .addresses()
        .forEach(each -> own.add(new InterfaceAddress(each.address(), each.address().width())));
    return own;
  }

  private int sendMeter(NetworkConnection connection) throws CapacityExceededException {
    ConnectionKey key = new ConnectionKey(gateway.id(), connection.name());
    return tables.meterOf(key, true, connection.outboundOctetsPerSecond());
  }

  private int getMeter(NetworkConnection connection) throws CapacityExceededException {
    ConnectionKey key = new ConnectionKey(gateway.id(), connection.name());
    return tables.meterOf(key, false, connection.inboundOctetsPerSecond());
  }
}
