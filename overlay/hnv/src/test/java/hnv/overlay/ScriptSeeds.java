// SPDX-License-Identifier: Apache-2.0
package hnv.overlay;

import static hnv.overlay.TwoTenants.APP1;
import static hnv.overlay.TwoTenants.APP1_IP;
import static hnv.overlay.TwoTenants.APP2_IP;
import static hnv.overlay.TwoTenants.SQL;
import static hnv.overlay.TwoTenants.SQL_IP;
import static hnv.overlay.TwoTenants.WEB;
import static hnv.overlay.TwoTenants.WEB_IP;

import hnv.dataplane.Encapsulation;
import hnv.wire.EthernetHeader;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.NvgreHeader;
import hnv.wire.TcpHeader;
import hnv.wire.UdpHeader;
import hnv.wire.VirtioNetHeader;
import hnv.wire.VxlanHeader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/// Makes the scripts that {@link VSwitchFuzzTest} begins with: what VMs do every day, on each of
/// its networks. They are committed; to make them anew, run {@link #main} with the folder
/// `src/test/resources/hnv/overlay`.
final class ScriptSeeds {
  private static final int VXLAN = 0;
  private static final int NVGRE = 1;
  private static final int ACL = 2;
  private static final int SECOND = 1 << VSwitchFuzzTest.TIME_SHIFT;
  private static final int HOURS = 3 << VSwitchFuzzTest.TIME_SHIFT;

  private final ByteArrayOutputStream script = new ByteArrayOutputStream();

  private ScriptSeeds(int network) {
    script.write(network);
  }

  private ScriptSeeds then(String entry, byte[] frame) {
    return then(entry, 0, 0, 0, 0, 0, frame);
  }

  private ScriptSeeds after(int time, String entry, byte[] frame) {
    return then(entry, time, 0, 0, 0, 0, frame);
  }

  private ScriptSeeds then(
      String entry, int time, int gsoType, int gsoSize, int start, int offset, byte[] frame) {
    byte[] header = new byte[VirtioNetHeader.LENGTH];
    int flags = start > 0 ? VirtioNetHeader.NEEDS_CHECKSUM : 0;
    VirtioNetHeader.write(
        MemorySegment.ofArray(header), 0, flags, gsoType, 0, gsoSize, start, offset);
    int length = header.length + frame.length;
    script.write(time | VSwitchFuzzTest.ENTRIES.indexOf(entry));
    script.write(length >>> 8);
    script.write(length);
    script.writeBytes(header);
    script.writeBytes(frame);
    return this;
  }

  private static ScriptSeeds conversation(int network) {
    int ack = TcpHeader.ACK;
    return new ScriptSeeds(network)
        .then("contoso-web", Packets.arp(WEB, WEB_IP, SQL_IP))
        .then("contoso-sql", sqlToWeb(TcpHeader.SYN, 0))
        .then("contoso-web", webToSql(TcpHeader.SYN | ack, 0))
        .then("contoso-sql", sqlToWeb(ack, 20))
        .then("contoso-web", webToSql(ack, 30))
        .then("fabrikam-sql", sqlToWeb(TcpHeader.SYN, 0))
        .after(SECOND, "contoso-sql", sqlToWeb(TcpHeader.FIN | ack, 0))
        .then("contoso-web", webToSql(TcpHeader.FIN | ack, 0))
        .after(HOURS, "contoso-sql", sqlToWeb(ack, 1));
  }

  private static byte[] sqlToWeb(int flags, int data) {
    return Packets.tcp(SQL, WEB, SQL_IP, WEB_IP, 1_025, 80, flags, data);
  }

  private static byte[] webToSql(int flags, int data) {
    return Packets.tcp(WEB, SQL, WEB_IP, SQL_IP, 80, 1_025, flags, data);
  }

  private static ScriptSeeds routed(int network) {
    long router = RouterMac.BITS;
    byte[] lastHop = Packets.udp(SQL, router, SQL_IP, APP2_IP, 1, 2, 8);
    Ipv4Header.setTtl(MemorySegment.ofArray(lastHop), EthernetHeader.LENGTH, 1);
    return new ScriptSeeds(network)
        .then("contoso-sql", Packets.ping(SQL, router, SQL_IP, "10.1.1.1", 7))
        .then("contoso-sql", Packets.ping(SQL, router, SQL_IP, APP2_IP, 7))
        .then("contoso-sql", Packets.ping(SQL, router, SQL_IP, APP1_IP, 7))
        .then("contoso-app1", Packets.udp(APP1, router, APP1_IP, SQL_IP, 53, 53, 9))
        .then("contoso-sql", lastHop)
        .then("contoso-sql", Packets.udp(SQL, router, SQL_IP, "8.8.8.8", 53, 53, 9))
        .then("contoso-sql", Packets.udp(SQL, router, SQL_IP, "10.1.2.99", 53, 53, 9));
  }

  private static ScriptSeeds ipv6(int network) {
    String sql = "fd00:5001::11";
    String web = "fd00:5001::12";
    return new ScriptSeeds(network)
        .then("contoso-sql", Packets.solicitation(SQL, sql, web))
        .then("contoso-sql", Packets.ping6(SQL, WEB, sql, web, 7))
        .then("contoso-web", Packets.ping6(WEB, SQL, web, sql, 7))
        .then("contoso-sql", Packets.ping6(SQL, RouterMac.BITS, sql, "fd00:5001::1", 7))
        .then("contoso-sql", Packets.solicitation(SQL, "::", sql));
  }

  private static ScriptSeeds toMany(int network) {
    byte[] discover =
        Packets.udp(SQL, EthernetHeader.BROADCAST, SQL_IP, "255.255.255.255", 68, 67, 30);
    byte[] group = Packets.udp(WEB, 0x0100_5E01_0101L, WEB_IP, "239.1.1.1", 5_000, 5_000, 4);
    return new ScriptSeeds(network)
        .then("contoso-sql", discover)
        .then("fabrikam-web", group)
        .then("contoso-app2", Packets.arp(TwoTenants.APP2, APP2_IP, APP1_IP));
  }

  private static ScriptSeeds fragments(int network) {
    byte[] first = Packets.udp(SQL, WEB, SQL_IP, WEB_IP, 1_000, 2_000, 24);
    byte[] toAll =
        Packets.udp(SQL, EthernetHeader.BROADCAST, SQL_IP, "10.1.1.255", 1_000, 2_000, 24);
    byte[] later = first.clone();
    byte[] laterToAll = toAll.clone();
    rewrite(first, Ipv4Header.FLAG_MF);
    rewrite(later, 4);
    rewrite(toAll, Ipv4Header.FLAG_MF);
    rewrite(laterToAll, 4);
    return new ScriptSeeds(network)
        .then("contoso-sql", first)
        .then("contoso-sql", later)
        .then("contoso-sql", laterToAll)
        .then("contoso-sql", toAll)
        .then("contoso-sql", laterToAll)
        .then("fabrikam-sql", later);
  }

  private static void rewrite(byte[] packet, int flagsAndOffset) {
    MemorySegment f = MemorySegment.ofArray(packet);
    Ipv4Header.write(
        f,
        EthernetHeader.LENGTH,
        0,
        packet.length - EthernetHeader.LENGTH,
        7,
        flagsAndOffset,
        64,
        IpProtocol.UDP,
        Ipv4Header.source(f, EthernetHeader.LENGTH),
        Ipv4Header.destination(f, EthernetHeader.LENGTH));
    Ipv4Header.writeChecksum(f, EthernetHeader.LENGTH);
  }

  private static ScriptSeeds offloads(int network) {
    byte[] tcp = sqlToWeb(TcpHeader.ACK, 400);
    byte[] udp = Packets.udp(SQL, WEB, SQL_IP, WEB_IP, 1_000, 2_000, 300);
    byte[] tooLong = Packets.udp(SQL, WEB, SQL_IP, WEB_IP, 1_000, 2_000, 1_460);
    int l4 = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;
    return new ScriptSeeds(network)
        .then("contoso-sql", 0, VirtioNetHeader.GSO_TCPV4, 100, l4, TcpHeader.CHECKSUM_AT, tcp)
        .then("contoso-sql", 0, VirtioNetHeader.GSO_UDP_L4, 64, l4, 6, udp)
        .then("contoso-sql", 0, 0, 0, l4, 6, udp)
        .then("contoso-sql", tooLong);
  }

  /// Super-frames that do not get through: a forged one, and one of segments that are too long.
  private static ScriptSeeds refusedSuperFrames(int network) {
    int l4 = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;
    int type = VirtioNetHeader.GSO_TCPV4;
    byte[] small = sqlToWeb(TcpHeader.ACK, 400);
    byte[] large = sqlToWeb(TcpHeader.ACK, 3_000);
    return new ScriptSeeds(network)
        .then("contoso-app1", 0, type, 100, l4, TcpHeader.CHECKSUM_AT, small)
        .then("contoso-sql", 0, type, 1_460, l4, TcpHeader.CHECKSUM_AT, large);
  }

  /// What host1 sends for these packets, given to host2 by the underlay; also from the wrong
  /// sender, and from machines that have not this MAC or this address.
  private static ScriptSeeds fromUnderlay(int network, Encapsulation encapsulation) {
    TestHost host1 = new TestHost("host1");
    host1.apply(TwoTenants.network(encapsulation));
    host1.fromVm("contoso-sql", sqlToWeb(TcpHeader.SYN, 0));
    host1.fromVm("contoso-sql", Packets.ping6(SQL, WEB, "fd00:5001::11", "fd00:5001::12", 7));
    host1.fromVm("contoso-sql", Packets.ping(SQL, RouterMac.BITS, SQL_IP, APP2_IP, 7));
    host1.fromVm("fabrikam-sql", Packets.udp(SQL, WEB, SQL_IP, WEB_IP, 1_000, 2_000, 24));
    host1.fromVm(
        "fabrikam-sql",
        Packets.udp(SQL, EthernetHeader.BROADCAST, SQL_IP, "10.1.1.255", 68, 67, 4));
    ScriptSeeds seed = new ScriptSeeds(network);
    int inner =
        EthernetHeader.LENGTH
            + Ipv4Header.MIN_LENGTH
            + (encapsulation == Encapsulation.VXLAN
                ? UdpHeader.LENGTH + VxlanHeader.LENGTH
                : NvgreHeader.LENGTH);
    for (byte[] outer : host1.underlay.take()) {
      seed.then("host2", outer);
      seed.then("host2", changed(outer, EthernetHeader.LENGTH, 0, 0xC0A8_0142));
      seed.then("host2", changed(outer, inner + EthernetHeader.LENGTH, 0, 0x0A01_0163));
      seed.then("host2", changed(outer, inner, 0x0200_DEAD_BEEFL, 0));
      seed.then("host1", outer);
    }
    return seed;
  }

  /// The packet with another source: of the Ethernet header at `at`, or of the IPv4 header there.
  private static byte[] changed(byte[] packet, int at, long mac, int address) {
    MemorySegment f = Packets.segment(packet);
    if (mac != 0) {
      EthernetHeader.setSource(f, at, mac);
    } else if (Ipv4Header.isValid(f, at, packet.length)) {
      Ipv4Header.setSource(f, at, address);
      Ipv4Header.writeChecksum(f, at);
    }
    return f.toArray(ValueLayout.JAVA_BYTE);
  }

  private void write(Path folder, String name) throws IOException {
    Files.write(folder.resolve(name), script.toByteArray());
  }

  /// Writes the seeds.
  ///
  /// @param arguments the folder
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0], "VSwitchFuzzTestInputs", "run");
    Files.createDirectories(folder);
    String[] names = {"vxlan-", "nvgre-", "acl-"};
    for (int network : new int[] {VXLAN, NVGRE, ACL}) {
      conversation(network).write(folder, names[network] + "conversation");
      routed(network).write(folder, names[network] + "routed");
      ipv6(network).write(folder, names[network] + "ipv6");
      toMany(network).write(folder, names[network] + "to-many");
      fragments(network).write(folder, names[network] + "fragments");
      offloads(network).write(folder, names[network] + "offloads");
      refusedSuperFrames(network).write(folder, names[network] + "refused-super-frames");
    }
    fromUnderlay(VXLAN, Encapsulation.VXLAN).write(folder, "vxlan-from-underlay");
    fromUnderlay(NVGRE, Encapsulation.NVGRE).write(folder, "nvgre-from-underlay");
    fromUnderlay(ACL, Encapsulation.VXLAN).write(folder, "acl-from-underlay");
  }
}
