// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.Counters;
import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.Frame;
import hnv.dataplane.FrameParser;
import hnv.dataplane.FramePool;
import hnv.overlay.OverlayNetwork.Adapter;
import hnv.overlay.OverlayNetwork.Domain;
import hnv.vswitch.VSwitch;
import hnv.wire.EthernetHeader;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import hnv.wire.NvgreHeader;
import hnv.wire.VirtioNetHeader;
import hnv.wire.VxlanHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// The two hosts of the two tenants, cabled together, and after every packet the questions that
/// nothing may ever answer wrongly: is every frame back in its pool, has the packet been counted as
/// sent or as dropped, and was whoever got something allowed to get it? That last is answered from
/// the policy and the octets at fixed places alone, without the code under test.
final class WatchedLab {
  static final int FRAMES = 64;
  private static final int IP = EthernetHeader.LENGTH;
  private static final int TUNNEL = IP + Ipv4Header.MIN_LENGTH;
  private static final int UDP = 8;

  final OverlayNetwork network;
  final TestHost host1 = new TestHost("host1");
  final TestHost host2 = new TestHost("host2");
  private final Map<Adapter, Domain> domains = new LinkedHashMap<>();
  private final FramePool scratch = new FramePool(1);
  private long sentFrames;

  WatchedLab(OverlayNetwork network) {
    this.network = network;
    host1.apply(network);
    host2.apply(network);
    for (Domain domain : network.domains()) {
      domain.adapters().forEach(adapter -> domains.put(adapter, domain));
    }
  }

  Set<Adapter> adapters() {
    return domains.keySet();
  }

  private Domain domainOf(Adapter adapter) {
    return Objects.requireNonNull(domains.get(adapter));
  }

  private TestHost host(String name) {
    return name.equals("host1") ? host1 : host2;
  }

  private TestHost peer(TestHost host) {
    return host == host1 ? host2 : host1;
  }

  /// A VM sends what may be anything; what leaves its host arrives at the other.
  ///
  /// @return what its own host did with it
  Fate fromVm(Adapter from, byte[] octets, VirtioNet virtio) {
    TestHost here = host(from.host());
    Domain domain = domainOf(from);
    Fate fate = process(here, here.vm(from.name()).number(), octets, virtio);
    checkReceivers(here, domain, from.name());
    for (byte[] outer : here.underlay.take()) {
      int vsid = vsid(outer);
      assertTrue(
          domain.subnets().stream().anyMatch(subnet -> subnet.vsid().value() == vsid),
          () -> from.name() + " sent in VSID " + vsid);
      TestHost there = peer(here);
      process(there, TestHost.UNDERLAY, outer, VirtioNet.NONE);
      checkReceivers(there, domain, from.name());
      assertTrue(there.underlay.take().isEmpty(), "a host passed a tunnel packet on");
    }
    return fate;
  }

  private void checkReceivers(TestHost host, Domain domain, String from) {
    for (Adapter adapter : adapters()) {
      if (adapter.host().equals(host.name) && !host.vm(adapter.name()).take().isEmpty()) {
        assertEquals(
            domain.name(),
            domainOf(adapter).name(),
            () -> adapter.name() + " got a packet of " + from);
      }
    }
  }

  /// The underlay delivers to a host what may be anything.
  Fate fromUnderlay(TestHost to, byte[] octets, VirtioNet virtio) {
    Fate fate = process(to, TestHost.UNDERLAY, octets, virtio);
    assertTrue(to.underlay.take().isEmpty(), "a host passed a tunnel packet on");
    for (Adapter adapter : adapters()) {
      if (adapter.host().equals(to.name)) {
        for (byte[] got : to.vm(adapter.name()).take()) {
          checkDelivery(to, adapter, octets, got);
        }
      }
    }
    return fate;
  }

  /// Only what a machine of the same domain on the other host may have sent gets to a machine.
  private void checkDelivery(TestHost to, Adapter adapter, byte[] outer, byte[] got) {
    Frame frame = frame(scratch, outer, VirtioNet.NONE);
    assertEquals(DropReason.NONE, FrameParser.parseTunnel(frame, VSwitch.DEFAULT_VXLAN_PORT));
    int vsid = frame.tunnelVsid();
    frame.release();
    MemorySegment o = Packets.segment(outer);
    String what = adapter.name() + " got a forged packet";
    assertEquals(adapter.vsid().value(), vsid, what);
    assertEquals(address(to), Ipv4Header.destination(o, IP), what);
    assertEquals(address(peer(to)), Ipv4Header.source(o, IP), what);
    MemorySegment f = Packets.segment(got);
    IpAddress source = source(f);
    assertTrue(
        domainOf(adapter).adapters().stream()
            .filter(from -> from.host().equals(peer(to).name))
            .filter(from -> mayBearMac(from, adapter, EthernetHeader.source(f, 0)))
            .anyMatch(from -> from.addresses().stream().anyMatch(a -> a.address().equals(source))),
        () -> what + " from " + source);
  }

  private static boolean mayBearMac(Adapter from, Adapter to, long mac) {
    return mac == RouterMac.BITS || (mac == from.mac().bits() && from.vsid().equals(to.vsid()));
  }

  private static IpAddress source(MemorySegment f) {
    if (EthernetHeader.etherType(f, 0) == EthernetHeader.IPV4) {
      return new Ipv4Address(Ipv4Header.source(f, IP));
    }
    assertEquals(EthernetHeader.IPV6, EthernetHeader.etherType(f, 0), "EtherType from a tunnel");
    return new Ipv6Address(Ipv6Header.sourceHigh(f, IP), Ipv6Header.sourceLow(f, IP));
  }

  private int address(TestHost host) {
    return network.hosts().stream()
        .filter(h -> h.name().equals(host.name))
        .map(h -> ((Ipv4Address) h.addresses().getFirst().address()).bits())
        .findFirst()
        .orElseThrow();
  }

  private int vsid(byte[] outer) {
    MemorySegment f = Packets.segment(outer);
    return network.encapsulation() == Encapsulation.VXLAN
        ? VxlanHeader.vni(f, TUNNEL + UDP)
        : NvgreHeader.vsid(f, TUNNEL);
  }

  // ---- one frame ----

  private Fate process(TestHost host, int port, byte[] octets, VirtioNet virtio) {
    Frame frame = frame(host.pool, octets, virtio);
    frame.setIngressPort(port);
    Counters.Snapshot before = host.vswitch.counters().snapshot(port);
    host.vswitch.process(frame, host.nowNs);
    if (host.vswitch.heldFragments() > 0) {
      // A later fragment waits for its first, in vain.
      host.nowNs += 1_000_000_000L;
      host.vswitch.housekeep(host.nowNs);
    }
    assertEquals(FRAMES, host.pool.available(), "frames lost or released twice");
    Counters.Snapshot after = host.vswitch.counters().snapshot(port);
    assertTrue(after.receivedPackets() > before.receivedPackets(), "not counted as received");
    int sent = 0;
    boolean answered = false;
    for (MemoryPort out : ports(host)) {
      sent += out.sent.size();
      answered |= out.number() == port && !out.sent.isEmpty();
    }
    sentFrames += sent;
    Fate fate = new Fate(answered, sent > 0, increased(before.drops(), after.drops()));
    assertTrue(sent > 0 || !fate.reasons().isEmpty(), "neither sent nor dropped");
    if (sent == 0 || (answered && !fate.reasons().isEmpty())) {
      long received = after.receivedPackets() - before.receivedPackets();
      assertTrue(sum(after.drops()) - sum(before.drops()) >= received, "dropped and not counted");
    }
    return fate;
  }

  private static long sum(Map<DropReason, Long> drops) {
    return drops.values().stream().mapToLong(Long::longValue).sum();
  }

  private static List<DropReason> increased(
      Map<DropReason, Long> before, Map<DropReason, Long> after) {
    return after.keySet().stream()
        .filter(reason -> !after.get(reason).equals(before.get(reason)))
        .toList();
  }

  private List<MemoryPort> ports(TestHost host) {
    List<MemoryPort> ports = new ArrayList<>();
    ports.add(host.underlay);
    for (Adapter adapter : adapters()) {
      if (adapter.host().equals(host.name)) {
        ports.add(host.vm(adapter.name()));
      }
    }
    return ports;
  }

  private static Frame frame(FramePool pool, byte[] octets, VirtioNet virtio) {
    Frame frame = Objects.requireNonNull(pool.acquire());
    frame.reset(FramePool.HEADROOM, octets.length);
    MemorySegment.copy(
        octets, 0, frame.memory(), ValueLayout.JAVA_BYTE, FramePool.HEADROOM, octets.length);
    virtio.describe(frame);
    return frame;
  }

  /// What ports gave out is what was counted as sent, as long as there was no super-frame.
  void checkSentCounters() {
    long counted = 0;
    for (TestHost host : List.of(host1, host2)) {
      for (MemoryPort port : ports(host)) {
        counted += host.vswitch.counters().snapshot(port.number()).sentPackets();
      }
    }
    assertEquals(sentFrames, counted, "packets sent");
  }

  /// Lets time pass on both hosts.
  void pass(long ns) {
    for (TestHost host : List.of(host1, host2)) {
      host.nowNs += ns;
      host.vswitch.housekeep(host.nowNs);
    }
  }

  /// What became of a packet.
  ///
  /// @param answered something went back by the port that it came from
  /// @param sent something went out by any port
  /// @param reasons why it, or copies of it, were dropped
  record Fate(boolean answered, boolean sent, List<DropReason> reasons) {
    @Override
    public String toString() {
      String what = answered ? "answered" : sent ? "sent" : "dropped";
      return reasons.isEmpty() ? what : what + " " + reasons.getFirst();
    }
  }

  /// What a port was told of a frame beside its octets.
  ///
  /// @param checksumStart where a partial checksum begins; negative where there is none
  record VirtioNet(int gsoType, int gsoSize, int checksumStart, int checksumOffset) {
    static final VirtioNet NONE = new VirtioNet(VirtioNetHeader.GSO_NONE, 0, -1, 0);

    /// Reads the header as ports do.
    static VirtioNet read(MemorySegment f, long at) {
      boolean partial = (VirtioNetHeader.flags(f, at) & VirtioNetHeader.NEEDS_CHECKSUM) != 0;
      return new VirtioNet(
          VirtioNetHeader.baseGsoType(VirtioNetHeader.gsoType(f, at)),
          VirtioNetHeader.gsoSize(f, at),
          partial ? VirtioNetHeader.checksumStart(f, at) : -1,
          VirtioNetHeader.checksumOffset(f, at));
    }

    void describe(Frame frame) {
      if (checksumStart >= 0) {
        frame.setPartialChecksum(checksumStart, checksumOffset);
      }
      if (gsoType != VirtioNetHeader.GSO_NONE) {
        frame.setGso(gsoType, gsoSize);
      }
    }
  }
}
