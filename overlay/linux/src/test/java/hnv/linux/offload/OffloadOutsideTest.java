// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowKey;
import hnv.dataplane.HeaderTransposition;
import hnv.dataplane.PortKind;
import hnv.dataplane.TunnelEndpoints;
import hnv.linux.port.RawTap;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A port to the outside in the kernel: what of a packet of a GRE tunnel may differ from the flow's
/// own, and which port a VLAN is.
final class OffloadOutsideTest extends LiveFlows {
  private static final int CUT = 4;

  /// A packet of a live flow in the tunnel with a key, to a device, its MACs set.
  private RandomFrame tunnelled() throws Exception {
    RandomFrame frame = live(false);
    frame.tunnel = RandomFrame.L3_GRE;
    frame.greFlags = 0x2000;
    frame.greKey = TapRig.GRE_KEY;
    HeaderTransposition t = new HeaderTransposition();
    t.popGre();
    t.rewriteMacs(0x0200_0000_0011L, 0x0200_0000_0012L);
    t.decrementTtl();
    t.deliver(TapRig.TO_OUT);
    assertTrue(rig.install(plain(frame), PortKind.OUTSIDE, t));
    assertEquals(1, send(frame).left().size(), "the live flow's own packet goes out");
    return frame;
  }

  private TapRig.Result send(RandomFrame frame) {
    return rig.byKernel(plain(frame), PortKind.OUTSIDE);
  }

  private void assertUp(RandomFrame frame, Fate cause) throws Exception {
    assertUp(plain(frame), cause);
  }

  private void assertUp(byte[] input, Fate cause) throws Exception {
    long before = rig.offload.portCounters(TapRig.VM).of(cause);
    TapRig.Result result = rig.byKernel(input, PortKind.OUTSIDE);
    assertEquals(List.of(), result.left());
    assertEquals(1, result.wentUp().size());
    assertArrayEquals(octets(input), octets(result.wentUp().getFirst()), "as it came");
    assertEquals(before + 1, rig.offload.portCounters(TapRig.VM).of(cause));
  }

  private static byte[] octets(byte[] headerAndFrame) {
    return Arrays.copyOfRange(headerAndFrame, RawTap.HEADER_LENGTH, headerAndFrame.length);
  }

  @Test
  void opensTheTunnelOfItsPeerOnly() throws Exception {
    RandomFrame frame = tunnelled();
    assertUp(with(frame, f -> f.outerSource = new byte[] {(byte) 192, 0, 2, 66}), Fate.UP_GRE_PEER);
    assertUp(
        with(frame, f -> f.outerDestination = new byte[] {(byte) 192, (byte) 168, 1, 21}),
        Fate.UP_GRE_PEER);
    assertUp(with(frame, f -> f.greKey++), Fate.UP_GRE_PEER);
    assertUp(with(frame, f -> f.greFlags = 0), Fate.UP_NO_FLOW);
    assertEquals(1, send(frame).left().size());
  }

  @Test
  void opensNoTunnelThatComesByAnotherNetwork() throws Exception {
    RandomFrame frame = tunnelled();
    for (int through : new int[] {TapRig.VM, TapRig.VLAN}) {
      TunnelEndpoints.Endpoint here = rig.arrays.endpoints().all().get(1);
      rig.arrays
          .endpoints()
          .set(
              List.of(
                  rig.arrays.endpoints().all().getFirst(),
                  new TunnelEndpoints.Endpoint(
                      here.remote(), here.local(), here.key(), here.port(), false, through)));
      Publish.all(rig.offload, rig.arrays);
      if (through == TapRig.VM) {
        assertEquals(1, send(frame).left().size(), "the device's own network");
      } else {
        assertUp(frame, Fate.UP_GRE_PEER);
        TapRig.Result byVlan =
            rig.byKernel(tagged(plain(frame), 0x8100, TapRig.VLAN_ID), PortKind.OUTSIDE);
        assertEquals(1, byVlan.left().size(), "the VLAN's network");
      }
    }
  }

  @Test
  void opensNoTunnelThatIsNotInForceAnyMore() throws Exception {
    RandomFrame frame = tunnelled();
    rig.arrays.endpoints().set(List.of());
    Publish.all(rig.offload, rig.arrays);
    assertUp(frame, Fate.UP_GRE_PEER);
  }

  @Test
  void leavesNumbersAndOddHeadersToJava() throws Exception {
    RandomFrame frame = tunnelled();
    assertUp(with(frame, f -> f.greFlags |= 0x1000), Fate.UP_NUMBERED);
    assertUp(with(frame, f -> f.greFlags |= 0x8000), Fate.UP_NUMBERED);
    for (int bit : new int[] {0x4000, 0x0800, 0x0400, 4, 2, 1}) {
      assertUp(with(frame, f -> f.greFlags |= bit), Fate.UP_OUTER_HEADER);
    }
    assertEquals(1, send(with(frame, f -> f.greFlags |= 0x0200)).left().size(), "ignored");
    assertUp(with(frame, f -> f.outerFragment = 0x2000), Fate.UP_OUTER_HEADER);
    assertUp(with(frame, f -> f.outerOptionWords = 1), Fate.UP_OUTER_HEADER);
  }

  @Test
  void checksWhatIsInTheTunnel() throws Exception {
    RandomFrame frame = tunnelled();
    assertUp(with(frame, f -> f.ttl = 1), Fate.UP_TTL);
    assertUp(with(frame, f -> f.tcpFlags = 0x02), Fate.UP_TCP_EVENT);
    assertUp(with(frame, f -> f.payload = f.octets(TapRig.MTU)), Fate.UP_MTU);
    assertUp(with(frame, f -> f.sourcePort ^= 1), Fate.UP_NO_FLOW);
    byte[] cut = plain(frame);
    assertUp(Arrays.copyOf(cut, cut.length - CUT), Fate.UP_OUTER_HEADER);
  }

  /// The same packet outside of any tunnel, or in one of another kind, is of no flow here.
  @Test
  void opensNothingElse() throws Exception {
    RandomFrame frame = tunnelled();
    assertUp(with(frame, f -> f.tunnel = 0), Fate.UP_NO_FLOW);
    assertUp(with(frame, f -> f.tunnel = RandomFrame.VXLAN), Fate.UP_NO_FLOW);
    assertUp(with(frame, f -> f.tunnel = RandomFrame.NVGRE), Fate.UP_NOT_IP);
  }

  @Test
  void takesNoMappedAddressForAnIpv4Peer() throws Exception {
    RandomFrame frame = tunnelled();
    RandomFrame mapped =
        with(
            frame,
            f -> {
              f.outerIpv6 = true;
              f.outerSource = mapped(f.outerSource);
              f.outerDestination = mapped(f.outerDestination);
            });
    assertUp(mapped, Fate.UP_OUTER_HEADER);
  }

  /// The same for the underlay, where peers are found by their addresses.
  @Test
  void takesNoMappedAddressForAnIpv4Host() throws Exception {
    RandomFrame frame = live(true);
    establish(frame);
    RandomFrame mapped =
        with(
            frame,
            f -> {
              f.outerIpv6 = true;
              f.outerSource = mapped(f.outerSource);
              f.outerDestination = mapped(f.outerDestination);
            });
    assertEquals(List.of(), rig.byKernel(plain(mapped), PortKind.UNDERLAY).left());
  }

  private static byte[] mapped(byte[] ipv4) {
    byte[] address = new byte[16];
    address[10] = -1;
    address[11] = -1;
    System.arraycopy(ipv4, 0, address, 12, 4);
    return address;
  }

  /// What goes up of a tunnel whose tenant is known takes from the tenant's budget.
  @Test
  void policesWhatGoesUpByTenant() throws Exception {
    RandomFrame frame = with(tunnelled(), f -> f.tcpFlags = 0x02);
    rig.offload.misses().limitPort(TapRig.VM, 1, 1);
    rig.offload.misses().limitTenant(1, 0, 1);
    assertEquals(1, send(frame).wentUp().size());
    assertEquals(0, send(frame).wentUp().size(), "the port's, while nobody says whose it is");
    rig.offload.misses().setTunnels(Map.of(TapRig.CONNECTION + 1, 1));
    assertEquals(1, send(frame).wentUp().size());
    assertEquals(1, send(frame).wentUp().size());
    rig.offload.misses().setSubnets(Map.of());
    assertEquals(1, send(frame).wentUp().size(), "subnets are others");
    rig.offload.misses().setTunnels(Map.of());
    // By now the port may have a frame more: a second may have passed.
    send(frame);
    assertEquals(0, send(frame).wentUp().size());
  }

  // ---- VLANs ----

  private static byte[] tagged(byte[] headerAndFrame, int etherType, int control) {
    byte[] tagged = new byte[headerAndFrame.length + 4];
    int at = RawTap.HEADER_LENGTH + 12;
    System.arraycopy(headerAndFrame, 0, tagged, 0, at);
    RandomFrame.put16(tagged, at, etherType);
    RandomFrame.put16(tagged, at + 2, control);
    System.arraycopy(headerAndFrame, at, tagged, at + 4, headerAndFrame.length - at);
    return tagged;
  }

  /// Makes a flow that comes in by a port and leaves by a next hop live, in the kernel alone.
  private void flow(RandomFrame frame, int context, int hop) throws Exception {
    HeaderTransposition t = new HeaderTransposition();
    t.deliver(hop);
    t.rewriteIpv4Source(0x0A00_0001, 0x0B00_0001);
    t.rewriteSourcePort(frame.sourcePort, 4_711);
    assertTrue(rig.installAs(plain(frame), context, t));
  }

  /// What the frame is once the flow's record has been executed on it.
  private static byte[] translated(RandomFrame frame) {
    RandomFrame other = frame.clone();
    other.source = new byte[] {11, 0, 0, 1};
    other.sourcePort = 4_711;
    return octets(plain(other));
  }

  private RandomFrame fixed() {
    RandomFrame frame = live(false);
    frame.fixIds();
    return frame;
  }

  @Test
  void takesAVlanForAPortAndItsTagOff() throws Exception {
    RandomFrame frame = fixed();
    flow(frame, FlowKey.portContext(TapRig.VLAN), TapRig.TO_OUT);
    // Priority and drop eligibility do not matter.
    for (int control : new int[] {TapRig.VLAN_ID, 0xF000 | TapRig.VLAN_ID}) {
      TapRig.Result result = rig.byKernel(tagged(plain(frame), 0x8100, control), PortKind.OUTSIDE);
      assertEquals(1, result.left().size());
      assertArrayEquals(translated(frame), octets(result.left().getFirst()));
    }
    assertEquals(
        2, rig.offload.portCounters(TapRig.VLAN).of(Fate.FORWARDED), "counted at its port");
    assertEquals(0, rig.offload.portCounters(TapRig.VM).of(Fate.FORWARDED));
  }

  @Test
  void takesTheFrameOfAnotherVlanForNone() throws Exception {
    RandomFrame frame = fixed();
    flow(frame, FlowKey.portContext(TapRig.VLAN), TapRig.TO_OUT);
    for (int control : new int[] {0, 1, TapRig.VLAN_ID ^ 1, 4_095}) {
      assertUp(tagged(plain(frame), 0x8100, control), Fate.UP_VLAN_TAG);
    }
    assertUp(tagged(plain(frame), 0x88A8, TapRig.VLAN_ID), Fate.UP_VLAN_TAG);
    assertUp(frame, Fate.UP_NO_FLOW);
    byte[] twice = tagged(tagged(plain(frame), 0x8100, 5), 0x8100, TapRig.VLAN_ID);
    TapRig.Result result = rig.byKernel(twice, PortKind.OUTSIDE);
    assertEquals(List.of(), result.left());
    assertArrayEquals(octets(twice), octets(result.wentUp().getFirst()), "both tags, as it came");
    rig.offload.ports().removeVlanPort(rig.index("outside"), TapRig.VLAN_ID);
    assertUp(tagged(plain(frame), 0x8100, TapRig.VLAN_ID), Fate.UP_VLAN_TAG);
  }

  @Test
  void tagsWhatLeavesByAVlan() throws Exception {
    RandomFrame frame = fixed();
    flow(frame, FlowKey.portContext(TapRig.VM), TapRig.TO_VLAN);
    for (PortKind from : Set.of(PortKind.OUTSIDE, PortKind.VIRTUAL_MACHINE)) {
      TapRig.Result result = rig.byKernel(plain(frame), from);
      assertEquals(1, result.left().size());
      assertArrayEquals(
          octets(tagged(withHeader(translated(frame)), 0x8100, TapRig.OUT_VLAN_ID)),
          octets(result.left().getFirst()));
    }
  }

  private static byte[] withHeader(byte[] frame) {
    return describe(frame, 0, 0, 0, 0, 0);
  }

  @Test
  void goesFromVlanToVlan() throws Exception {
    RandomFrame frame = fixed();
    flow(frame, FlowKey.portContext(TapRig.VLAN), TapRig.TO_VLAN);
    TapRig.Result result =
        rig.byKernel(tagged(plain(frame), 0x8100, TapRig.VLAN_ID), PortKind.OUTSIDE);
    assertEquals(1, result.left().size());
    assertArrayEquals(
        octets(tagged(withHeader(translated(frame)), 0x8100, TapRig.OUT_VLAN_ID)),
        octets(result.left().getFirst()));
  }

  /// Out of a tunnel of the underlay into a VLAN: a tenant's VM to his own network.
  @Test
  void goesFromATunnelToAVlan() throws Exception {
    RandomFrame frame = live(true);
    HeaderTransposition t = new HeaderTransposition();
    t.pop(Encapsulation.VXLAN, TapRig.PEER);
    t.deliver(TapRig.TO_VLAN);
    assertTrue(rig.install(plain(frame), true, t));
    TapRig.Result result = rig.byKernel(plain(frame), true);
    assertEquals(1, result.left().size());
    byte[] left = octets(result.left().getFirst());
    assertEquals(0x8100, RandomFrame.u16(left, 12));
    assertEquals(TapRig.OUT_VLAN_ID, RandomFrame.u16(left, 14));
    assertEquals(0x0800, RandomFrame.u16(left, 16));
  }

  /// A tunnel's outer packets may come by a VLAN; it is theirs, not the tunnel's.
  @Test
  void opensATunnelThatComesByAVlan() throws Exception {
    RandomFrame frame = tunnelled();
    TapRig.Result result =
        rig.byKernel(tagged(plain(frame), 0x8100, TapRig.VLAN_ID), PortKind.OUTSIDE);
    assertEquals(1, result.left().size());
    assertEquals(0x0800, RandomFrame.u16(octets(result.left().getFirst()), 12));
  }

  @Test
  void refusesVlansThatAreNone() throws Exception {
    KernelPorts ports = rig.offload.ports();
    for (int vlan : new int[] {0, 4_095, -1}) {
      assertThrows(IllegalArgumentException.class, () -> ports.putVlanPort(1, vlan, 1, 1));
    }
  }
}
