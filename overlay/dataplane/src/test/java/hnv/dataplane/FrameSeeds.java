// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

import hnv.wire.VirtioNetHeader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// Makes the inputs that {@link FrameParserFuzzTest} begins with: one small valid frame of each
/// kind, behind the virtio-net header that a port would get with it. They are committed; to make
/// them anew, run {@link #main} with the folder `src/test/resources/hnv/dataplane`.
final class FrameSeeds {
  private final Map<String, byte[]> plain = new TreeMap<>();
  private final Map<String, byte[]> tunnel = new TreeMap<>();

  private FrameSeeds() {
    TestPacket fragment = TestPacket.udp4();
    fragment.moreFragments = true;
    TestPacket later = TestPacket.udp4();
    later.fragmentOffset = 64;
    TestPacket fragment6 = TestPacket.udp6();
    fragment6.moreFragments = true;
    TestPacket tagged = TestPacket.udp4();
    tagged.tags = new int[] {0x8100};
    TestPacket twiceTagged = TestPacket.udp6();
    twiceTagged.tags = new int[] {0x88A8, 0x8100};
    TestPacket options = TestPacket.tcp4();
    options.ipOptionWords = 2;
    options.tcpOptionWords = 3;
    options.flags = TestPacket.SYN;
    TestPacket extensions = TestPacket.tcp6();
    extensions.extensions = new int[] {0, 60, 43};
    TestPacket padded = TestPacket.udp4();
    padded.padding = 13;
    TestPacket partial = TestPacket.udp6();
    partial.partial = true;
    TestPacket unreachable = TestPacket.icmp4(3);
    unreachable.payload = TestPacket.udp4().bytes();
    TestPacket solicitation = TestPacket.icmp6(135);
    solicitation.ttl = 255;
    solicitation.payload = Bytes.parse("0db8000000000000000000000000000201010200000000010000");
    add("udp4", TestPacket.udp4());
    add("tcp4-options", options);
    add("ping4", TestPacket.icmp4(8));
    add("unreachable4", unreachable);
    add("udp6-partial", partial);
    add("tcp6-extensions", extensions);
    add("ping6", TestPacket.icmp6(128));
    add("too-big6", TestPacket.icmp6(2).payload(48));
    add("solicitation", solicitation);
    add("fragment4-first", fragment);
    add("fragment4-later", later);
    add("fragment6-first", fragment6);
    add("padded", padded);
    add("tagged", tagged);
    add("tagged-twice", twiceTagged);
    add(
        "arp",
        behind(
            0,
            0,
            0,
            0,
            0,
            Bytes.parse(
                "FFFFFFFFFFFF 020000000001 0806 0001 0800 06 04 0001"
                    + "020000000001 0A000001 000000000000 0A000002")));
    superFrames();
    outerHeaders();
  }

  private void superFrames() {
    TestPacket tcp = TestPacket.tcp6().payload(400);
    TestPacket udp = TestPacket.udp4().payload(300);
    tcp.partial = true;
    udp.partial = true;
    int length = TestTunnel.vxlan4().length();
    plain.put(
        "tcp6-super",
        behind(1, VirtioNetHeader.GSO_TCPV6, 100, tcp.l4(), tcp.checksumOffset(), tcp.bytes()));
    plain.put(
        "udp4-super",
        behind(1, VirtioNetHeader.GSO_UDP_L4, 64, udp.l4(), udp.checksumOffset(), udp.bytes()));
    tunnel.put(
        "vxlan-udp4-super",
        behind(
            1,
            VirtioNetHeader.GSO_UDP_L4,
            64,
            length + udp.l4(),
            udp.checksumOffset(),
            TestTunnel.vxlan4().wrap(udp.bytes())));
  }

  private void outerHeaders() {
    byte[] inner = TestPacket.tcp4().bytes();
    TestTunnel options = TestTunnel.vxlan4();
    options.optionWords = 1;
    TestTunnel extensions = TestTunnel.of(Encapsulation.NVGRE, true);
    extensions.extensions = new int[] {60};
    TestTunnel fragment = TestTunnel.vxlan4();
    fragment.fragment = 0x2000;
    tunnel.put("outer-options", behind(0, 0, 0, 0, 0, options.wrap(inner)));
    tunnel.put("outer-extensions", behind(0, 0, 0, 0, 0, extensions.wrap(inner)));
    tunnel.put("outer-fragment", behind(0, 0, 0, 0, 0, fragment.wrap(inner)));
    TestTunnel vxlan = TestTunnel.vxlan4();
    tunnel.put("outer-partial", behind(1, 0, 0, vxlan.l4(), 6, vxlan.wrap(inner)));
  }

  /// A plain frame, and the same in each kind of tunnel.
  private void add(String name, TestPacket packet) {
    byte[] octets = packet.bytes();
    plain.put(
        name,
        packet.partial
            ? behind(1, 0, 0, packet.l4(), packet.checksumOffset(), octets)
            : behind(0, 0, 0, 0, 0, octets));
    boolean even = plain.size() % 2 == 0;
    TestTunnel vxlan = TestTunnel.of(Encapsulation.VXLAN, even);
    TestTunnel nvgre = TestTunnel.of(Encapsulation.NVGRE, !even);
    tunnel.put("vxlan-" + name, behind(0, 0, 0, 0, 0, vxlan.wrap(octets)));
    tunnel.put("nvgre-" + name, behind(0, 0, 0, 0, 0, nvgre.wrap(octets)));
  }

  private void add(String name, byte[] input) {
    plain.put(name, input);
  }

  private static byte[] behind(
      int flags, int gsoType, int gsoSize, int start, int offset, byte[] frame) {
    byte[] input = new byte[VirtioNetHeader.LENGTH + frame.length];
    VirtioNetHeader.write(
        MemorySegment.ofArray(input), 0, flags, gsoType, 0, gsoSize, start, offset);
    System.arraycopy(frame, 0, input, VirtioNetHeader.LENGTH, frame.length);
    return input;
  }

  private static void write(Path folder, Map<String, byte[]> seeds) throws IOException {
    Files.createDirectories(folder);
    for (Map.Entry<String, byte[]> seed : seeds.entrySet()) {
      Files.write(folder.resolve(seed.getKey()), seed.getValue());
    }
  }

  /// Writes the seeds.
  ///
  /// @param arguments the folder
  public static void main(String[] arguments) throws IOException {
    FrameSeeds seeds = new FrameSeeds();
    Path folder = Path.of(arguments[0], "FrameParserFuzzTestInputs");
    write(folder.resolve("parsePlain"), seeds.plain);
    write(folder.resolve("parseTunnel"), seeds.tunnel);
  }
}
