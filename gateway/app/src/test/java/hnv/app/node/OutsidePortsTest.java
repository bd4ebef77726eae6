// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.FlowArrays;
import hnv.dataplane.Port;
import hnv.dataplane.PortKind;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.port.VlanPort;
import hnv.model.Policy;
import hnv.overlay.OverlayNetwork;
import hnv.vswitch.VSwitchLimits;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Devices to the outside and VLANs on them, which come and go.
@Tag("netns")
final class OutsidePortsTest {
  private static final NodeConfiguration CONFIGURATION =
      new NodeConfiguration(
          "gw",
          Path.of("none.json"),
          "eth0",
          Map.of("web", "vnet0"),
          Map.of("internet", new OutsideDevice("wan0")),
          Path.of("none.sock"),
          4789,
          false,
          NodeLimits.DEFAULT);

  private final Namespaces namespaces = new Namespaces();
  private final List<Throwable> bugs = new ArrayList<>();

  @BeforeEach
  void lay() throws Exception {
    Namespaces.needed();
    namespaces.add("gw");
    namespaces.ip("gw", "link add eth0 type veth peer name eth1");
  }

  @AfterEach
  void clear() {
    namespaces.close();
    assertEquals(List.of(), bugs);
  }

  private interface Body {
    void run(HostPorts ports, Dataplane dataplane) throws Exception;
  }

  private void inGateway(Body body) throws Exception {
    namespaces.in(
        "gw",
        () -> {
          try (HostNetwork network = HostNetwork.open();
              Dataplane dataplane =
                  new Dataplane(
                      4789,
                      new VSwitchLimits(64, 64, 64, 64),
                      null,
                      FlowArrays.ofDefaultSize(),
                      bugs::add,
                      bugs::add)) {
            HostPorts ports = new HostPorts(network, dataplane, CONFIGURATION, null, Map.of());
            dataplane.start();
            ports.setAddresses(Set.of());
            try {
              body.run(ports, dataplane);
            } finally {
              ports.closeAll();
            }
          }
          return true;
        });
  }

  private void plug() {
    namespaces.ip("gw", "link add wan0 type veth peer name wan1", "link set wan1 up");
  }

  private static Port port(Dataplane dataplane, int number) throws Exception {
    return dataplane.ask((vswitch, nowNs) -> vswitch.port(number));
  }

  @Test
  void takesTheDeviceWhenItComesAndGivesItUpWhenItIsGone() throws Exception {
    inGateway(
        (ports, dataplane) -> {
          ports.reconcile();
          assertTrue(ports.outside("internet", OptionalInt.empty()).isEmpty());
          plug();
          ports.reconcile();
          PortPlace place = ports.outside("Internet", OptionalInt.empty()).orElseThrow();
          assertEquals(PortKind.OUTSIDE, place.kind());
          assertNotNull(place.mac());
          assertEquals(1_500, Objects.requireNonNull(place.port()).mtu());
          assertNotNull(port(dataplane, place.number()));
          // A VM's interface of the same name is none of its business.
          ports.leaveUntouched(Set.of("internet"));
          namespaces.ip("gw", "link del wan0");
          ports.reconcile();
          assertTrue(ports.outside("internet", OptionalInt.empty()).isEmpty());
          assertNull(port(dataplane, place.number()));
          plug();
          ports.reconcile();
          assertEquals(
              place.number(),
              ports.outside("internet", OptionalInt.empty()).orElseThrow().number());
        });
  }

  @Test
  void givesEachVlanAPortWhoseNumberStays() throws Exception {
    inGateway(
        (ports, dataplane) -> {
          plug();
          ports.setVlans(Map.of("internet", Set.of(100, 7), "web", Set.of(5)));
          ports.reconcile();
          PortPlace first = vlan(ports, 100);
          PortPlace second = vlan(ports, 7);
          assertEquals("internet/100", first.name());
          assertNotEquals(first.number(), second.number());
          assertTrue(port(dataplane, first.number()) instanceof VlanPort v && v.vlan() == 100);
          assertEquals(
              List.of("underlay", "web", "internet", "internet/7", "internet/100"),
              ports.places().stream().map(PortPlace::name).toList());

          ports.setVlans(Map.of("internet", Set.of(100)));
          ports.reconcile();
          assertEquals(first.number(), vlan(ports, 100).number());
          assertTrue(ports.outside("internet", OptionalInt.of(7)).isEmpty());
          assertNull(port(dataplane, second.number()));

          namespaces.ip("gw", "link del wan0");
          ports.reconcile();
          assertTrue(ports.outside("internet", OptionalInt.of(100)).isEmpty());
          assertNull(port(dataplane, first.number()));
          plug();
          ports.setVlans(Map.of("internet", Set.of(7, 100)));
          ports.reconcile();
          assertEquals(first.number(), vlan(ports, 100).number());
          assertEquals(second.number(), vlan(ports, 7).number());
          assertTrue(port(dataplane, second.number()) instanceof VlanPort);
        });
  }

  private static PortPlace vlan(HostPorts ports, int id) {
    return ports.outside("internet", OptionalInt.of(id)).orElseThrow();
  }

  @Test
  void showsVlansBesideTheirDevice() throws Exception {
    inGateway(
        (ports, dataplane) -> {
          plug();
          ports.setVlans(Map.of("internet", Set.of(100)));
          ports.reconcile();
          List<String> shown =
              NodeView.of(
                      "gw",
                      Policy.EMPTY,
                      OverlayNetwork.EMPTY,
                      ports.places(),
                      List.of(),
                      GatewayRole.View.NONE)
                  .ports()
                  .stream()
                  .map(p -> p.name() + " on " + p.device() + (p.up() ? " up" : ""))
                  .toList();
          assertEquals(
              List.of(
                  "underlay on eth0",
                  "web on vnet0",
                  "internet on wan0 up",
                  "internet/100 on wan0 vlan 100 up"),
              shown);
        });
  }
}
