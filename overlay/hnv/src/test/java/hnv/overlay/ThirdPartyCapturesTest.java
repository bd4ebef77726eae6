// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.dataplane.Encapsulation;
import hnv.dataplane.FramePool;
import hnv.overlay.OverlayNetwork.Adapter;
import hnv.wire.EthernetHeader;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Address;
import hnv.wire.Ipv6Header;
import hnv.wire.NvgreHeader;
import hnv.wire.UdpHeader;
import hnv.wire.VxlanHeader;
import hnv.wire.capture.CaptureFormatException;
import hnv.wire.capture.CaptureReader;
import hnv.wire.capture.LinkType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Packets that nobody here made. Every one of every third-party capture comes in from a VM and
/// from the underlay, as it is and dressed up so that it gets further: in the name of a VM, and
/// inside a tunnel of the right sender. {@link WatchedLab} asks the questions.
class ThirdPartyCapturesTest {
  private static final Path CASES =
      Path.of(System.getProperty("hnv.root", "../..")).resolve("../shared/cases").normalize();

  private static final int IP = EthernetHeader.LENGTH;
  private static final int OUTER = IP + Ipv4Header.MIN_LENGTH;

  private final Map<String, Map<String, Integer>> fates = new TreeMap<>();

  /// Ethernet frames of all captures, as long as a port takes.
  private static List<byte[]> frames() throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(CASES)) {
      files = walk.filter(f -> f.toString().matches(".*\\.(pcap|pcapng|cap)")).sorted().toList();
    }
    List<byte[]> frames = new ArrayList<>();
    for (Path file : files) {
      try (CaptureReader reader = CaptureReader.open(file)) {
        for (var next = reader.next(); next.isPresent(); next = reader.next()) {
          boolean ethernet = next.get().linkType() == LinkType.ETHERNET;
          if (ethernet && next.get().capturedLength() <= FramePool.MAX_FRAME_LENGTH) {
            frames.add(next.get().octets().toArray(ValueLayout.JAVA_BYTE));
          }
        }
      } catch (CaptureFormatException _) {
        // Which captures are refused, and why, CaptureCasesTest in overlay/wire asserts.
      }
    }
    return frames;
  }

  @ParameterizedTest
  @EnumSource(
      value = Encapsulation.class,
      names = {"VXLAN", "NVGRE"})
  @Timeout(60)
  void everyPacketIsSentAnsweredOrDroppedForAReason(Encapsulation encapsulation)
      throws IOException {
    assumeTrue(Files.isDirectory(CASES), "there are no third-party captures at " + CASES);
    WatchedLab lab = new WatchedLab(TwoTenants.network(encapsulation));
    Adapter sql = lab.adapters().iterator().next();
    List<byte[]> frames = frames();
    for (byte[] frame : frames) {
      byte[] inName = inNameOfSql(frame);
      count("from a VM, as it is", lab.fromVm(sql, frame, WatchedLab.VirtioNet.NONE));
      count("from a VM, in its name", lab.fromVm(sql, inName, WatchedLab.VirtioNet.NONE));
      count("from the underlay, as it is", underlay(lab, frame));
      if (IP + Ipv4Header.MIN_LENGTH + 16 + frame.length <= FramePool.MAX_FRAME_LENGTH) {
        count("in a tunnel, as it is", underlay(lab, inTunnel(encapsulation, frame)));
        count("in a tunnel, in a VM's name", underlay(lab, inTunnel(encapsulation, inName)));
      }
      lab.pass(1_000_000);
    }
    lab.checkSentCounters();
    System.out.println(frames.size() + " frames of third-party captures, " + encapsulation + ":");
    fates.forEach((how, counts) -> System.out.println("  " + how + ": " + counts));
    assertTrue(frames.size() > 3_000, "the captures hold more than " + frames.size());
    for (Map.Entry<String, Map<String, Integer>> entry : fates.entrySet()) {
      int sum = entry.getValue().values().stream().mapToInt(Integer::intValue).sum();
      assertTrue(sum > 3_000, entry.getKey());
      boolean dressedUp = entry.getKey().endsWith("name");
      assertEquals(dressedUp, entry.getValue().containsKey("sent"), entry.getKey());
    }
  }

  private static WatchedLab.Fate underlay(WatchedLab lab, byte[] octets) {
    return lab.fromUnderlay(lab.host2, octets, WatchedLab.VirtioNet.NONE);
  }

  private void count(String how, WatchedLab.Fate fate) {
    fates.computeIfAbsent(how, _ -> new TreeMap<>()).merge(fate.toString(), 1, Integer::sum);
  }

  /// The frame with the addresses of Contoso's SQL as source and of its Web as destination; what is
  /// not IP has the MAC addresses only.
  private static byte[] inNameOfSql(byte[] frame) {
    byte[] copy = frame.clone();
    MemorySegment f = MemorySegment.ofArray(copy);
    if (!EthernetHeader.isValid(f, 0, copy.length)) {
      return copy;
    }
    EthernetHeader.setDestination(f, 0, TwoTenants.WEB);
    EthernetHeader.setSource(f, 0, TwoTenants.SQL);
    int type = EthernetHeader.etherType(f, 0);
    if (type == EthernetHeader.IPV4 && Ipv4Header.isValid(f, IP, copy.length)) {
      Ipv4Header.setSource(f, IP, Ipv4Address.parse(TwoTenants.SQL_IP).bits());
      Ipv4Header.setDestination(f, IP, Ipv4Address.parse(TwoTenants.WEB_IP).bits());
      Ipv4Header.writeChecksum(f, IP);
    } else if (type == EthernetHeader.IPV6 && Ipv6Header.isValid(f, IP, copy.length)) {
      Ipv6Address source = Ipv6Address.parse("fd00:5001::11");
      Ipv6Address destination = Ipv6Address.parse("fd00:5001::12");
      Ipv6Header.setSource(f, IP, source.high(), source.low());
      Ipv6Header.setDestination(f, IP, destination.high(), destination.low());
    }
    return copy;
  }

  /// The frame in VSID 5001, as host1 sends it to host2.
  private static byte[] inTunnel(Encapsulation encapsulation, byte[] inner) {
    boolean vxlan = encapsulation == Encapsulation.VXLAN;
    int headers = vxlan ? UdpHeader.LENGTH + VxlanHeader.LENGTH : NvgreHeader.LENGTH;
    byte[] outer = new byte[OUTER + headers + inner.length];
    MemorySegment f = MemorySegment.ofArray(outer);
    EthernetHeader.write(f, 0, 1, 2, EthernetHeader.IPV4);
    Ipv4Header.write(
        f,
        IP,
        0,
        outer.length - IP,
        0,
        Ipv4Header.FLAG_DF,
        64,
        vxlan ? IpProtocol.UDP : IpProtocol.GRE,
        Ipv4Address.parse(TwoTenants.HOST1_PA).bits(),
        Ipv4Address.parse(TwoTenants.HOST2_PA).bits());
    Ipv4Header.writeChecksum(f, IP);
    if (vxlan) {
      UdpHeader.write(f, OUTER, 50_000, 4_789, outer.length - OUTER, 0);
      VxlanHeader.write(f, OUTER + UdpHeader.LENGTH, 5_001);
    } else {
      NvgreHeader.write(f, OUTER, 5_001, 7);
    }
    System.arraycopy(inner, 0, outer, OUTER + headers, inner.length);
    return outer;
  }
}
