// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import static hnv.vswitch.TestNetwork.A1;
import static hnv.vswitch.TestNetwork.A2;
import static hnv.vswitch.TestNetwork.A9;
import static hnv.vswitch.TestNetwork.B1;
import static hnv.vswitch.TestNetwork.B9;
import static hnv.vswitch.TestNetwork.TENANT_A;
import static hnv.vswitch.TestNetwork.TENANT_B;
import static hnv.vswitch.TestNetwork.UNDERLAY;
import static org.junit.jupiter.api.Assertions.assertEquals;

import hnv.dataplane.DropReason;
import org.junit.jupiter.api.Test;

/// A tenant's own limit of flows, at the bound.
class FlowLimitTest {
  private static final long HOUR = 3_600_000_000_000L;

  private final TestNetwork net = new TestNetwork(new VSwitchLimits(64, 64, 64, 64));

  private void talk(int port) {
    net.assertPasses(A1, Packet.udp(A1, A2, port, 2), A2.port());
    net.assertPasses(A2, Packet.udp(A2, A1, 2, port), A1.port());
  }

  @Test
  void dropsNewFlowsAndLetsOldOnesGoOn() {
    net.vswitch.limitFlows(TENANT_A, 6);
    for (int port = 1; port <= 3; port++) {
      talk(port);
    }
    assertEquals(6, net.vswitch.flows().size(TENANT_A));
    assertEquals(3, net.vswitch.connections().size(TENANT_A));
    for (int i = 0; i < 5; i++) {
      net.assertDropped(A1, Packet.udp(A1, A2, 4, 2), DropReason.FLOW_LIMIT);
      net.assertDropped(A2, Packet.udp(A2, A1, 2, 4), DropReason.FLOW_LIMIT);
    }
    for (int port = 1; port <= 3; port++) {
      talk(port);
    }
    assertEquals(6, net.vswitch.flows().size(TENANT_A));
    for (int port = 1; port <= 9; port++) {
      net.assertPasses(B1, Packet.udp(B1, B9, port, 2), UNDERLAY);
    }
    assertEquals(9, net.vswitch.connections().size(TENANT_B), "another tenant is not limited");
    net.pass(HOUR);
    talk(4);
    assertEquals(2, net.vswitch.flows().size(TENANT_A));
  }

  @Test
  void passesErrorsAndGroupsAtTheLimit() {
    net.vswitch.limitFlows(TENANT_A, 2);
    talk(1);
    Packet quoted = Packet.udp(A2, A1, 2, 1);
    net.assertPasses(A1, Packet.error(A1, A2, quoted), A2.port());
    net.assertDropped(A1, Packet.udp(A1, A2, 4, 2), DropReason.FLOW_LIMIT);
  }

  @Test
  void theUnansweredGiveWay() {
    net.vswitch.limitFlows(TENANT_A, 6);
    talk(1);
    for (int port = 100; port < 150; port++) {
      net.assertPasses(A1, Packet.udp(A1, A9, port, 2), UNDERLAY);
    }
    assertEquals(3, net.vswitch.connections().size(TENANT_A));
    assertEquals(4, net.vswitch.flows().size(TENANT_A));
    talk(1);
    talk(2);
  }

  @Test
  void aLowerLimitEndsNothing() {
    for (int port = 1; port <= 4; port++) {
      talk(port);
    }
    net.vswitch.limitFlows(TENANT_A, 2);
    for (int port = 1; port <= 4; port++) {
      talk(port);
    }
    net.assertDropped(A1, Packet.udp(A1, A2, 5, 2), DropReason.FLOW_LIMIT);
    net.vswitch.limitFlows(TENANT_A, 0);
    talk(5);
    assertEquals(10, net.vswitch.flows().size(TENANT_A));
  }

  @Test
  void theShareOfAllHoldsBeneathAGreaterLimit() {
    TestNetwork small = new TestNetwork(new VSwitchLimits(8, 8, 4, 2));
    small.vswitch.limitFlows(TENANT_A, 100);
    for (int port = 1; port <= 3; port++) {
      small.assertPasses(A1, Packet.udp(A1, A2, port, 2), A2.port());
      small.assertPasses(A2, Packet.udp(A2, A1, 2, port), A1.port());
    }
    assertEquals(2, small.vswitch.connections().size(TENANT_A));
    assertEquals(4, small.vswitch.flows().size(TENANT_A));
  }
}
