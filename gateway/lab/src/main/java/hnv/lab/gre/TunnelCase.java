// SPDX-License-Identifier: Apache-2.0
package hnv.lab.gre;

import hnv.lab.topology.VirtualMachine;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.util.List;

/// One way of GRE that is tried. Each tenant has such a tunnel, both behind the same prefix.
///
/// @param number 1…99, by which addresses and keys differ
/// @param ipv6 whether the outer packets are IPv6
/// @param keyed whether the tunnels have keys; then both tenants' have the same two ends
/// @param checksum whether both sides send and demand checksums
/// @param sequence whether both sides send and demand sequence numbers
/// @param keepalive whether the gateway asks the kernel whether it is there
/// @param encapsulationLimit whether the kernel sends a tunnel encapsulation limit, a destination
///     option before GRE (RFC 2473 §4.1.1), as it does with IPv6 unless told otherwise
record TunnelCase(
    int number,
    String name,
    boolean ipv6,
    boolean keyed,
    boolean checksum,
    boolean sequence,
    boolean keepalive,
    boolean encapsulationLimit) {
  /// MTU of the link between the gateway and the peer: less than that of the machines.
  static final int LINK_MTU = 1_400;

  static final List<String> TENANTS = List.of("contoso", "fabrikam");
  static final Ipv4Address GATEWAY4 = Ipv4Address.parse("203.0.113.9");
  static final Ipv6Address GATEWAY6 = Ipv6Address.parse("2001:db8:113::9");

  private static final int WORD = 4;

  /// All.
  static List<TunnelCase> all() {
    return List.of(
        new TunnelCase(1, "plain", false, false, false, false, false, false),
        new TunnelCase(2, "key", false, true, false, false, false, false),
        new TunnelCase(3, "checksum", false, false, true, false, false, false),
        new TunnelCase(4, "key+checksum", false, true, true, false, false, false),
        new TunnelCase(5, "key+sequence", false, true, false, true, false, false),
        new TunnelCase(6, "all", false, true, true, true, false, false),
        new TunnelCase(7, "key+keepalive", false, true, false, false, true, false),
        new TunnelCase(8, "plain-ipv6", true, false, false, false, false, false),
        new TunnelCase(9, "key-ipv6", true, true, false, false, false, false),
        new TunnelCase(10, "all-ipv6", true, true, true, true, false, false),
        new TunnelCase(11, "limit-ipv6", true, true, false, false, false, true),
        new TunnelCase(12, "keepalive-ipv6", true, true, false, false, true, false));
  }

  /// The tunnel's name in the policy.
  String connection(String tenant) {
    return tenant + "-" + number;
  }

  /// The gateway's end.
  IpAddress gateway() {
    return ipv6 ? GATEWAY6 : GATEWAY4;
  }

  /// The kernel's end: one for both tenants where a key tells them apart.
  IpAddress peer(String tenant) {
    int last = keyed ? 21 : 22 + TENANTS.indexOf(tenant);
    // A tunnel with a checksum and one without are one and the same to whoever receives.
    int end = keyed ? last : last + 10 * number;
    return ipv6 ? Ipv6Address.parse("2001:db8:51::" + end) : Ipv4Address.parse("198.51.100." + end);
  }

  /// The key, where there is one.
  int key(String tenant) {
    return 1_000 * (5 + TENANTS.indexOf(tenant)) + number;
  }

  /// A machine of the branch: the same of both tenants.
  IpAddress branch(boolean inner6) {
    return inner6
        ? Ipv6Address.parse("fd00:50:" + number + "::1")
        : Ipv4Address.parse("192.168.%d.1".formatted(number));
  }

  /// What the branch's machines have in common.
  String branchPrefix(boolean inner6) {
    return inner6 ? "fd00:50:" + number + "::/48" : "192.168.%d.0/24".formatted(number);
  }

  /// The tenant's machine as the branch reaches it.
  static IpAddress address(VirtualMachine machine, boolean inner6) {
    return inner6 ? machine.ipv6() : machine.ipv4();
  }

  /// Octets of the longest packet that our side of the tunnel carries whole.
  int mtu() {
    int options = (keyed ? WORD : 0) + (checksum ? WORD : 0) + (sequence ? WORD : 0);
    return LINK_MTU - (ipv6 ? 40 : 20) - WORD - options;
  }

  /// GRE's flags on the wire (RFC 2890 §2): C, K and S.
  int flags() {
    return (checksum ? 0x8000 : 0) | (keyed ? 0x2000 : 0) | (sequence ? 0x1000 : 0);
  }

  /// Lets the tunnel's packets pass, in the language of wireshark-filter(4).
  String filter(String tenant) {
    String ends = (ipv6 ? "ipv6.addr == " : "ip.addr == ") + peer(tenant);
    return ends
        + " && (gre.proto == 0x0800 || gre.proto == 0x86dd)"
        + (keyed ? " && gre.key == " + key(tenant) : " && !gre.key");
  }

  /// In one line: what the tunnel has.
  String describe() {
    return (ipv6 ? "IPv6" : "IPv4")
        + (keyed ? " K" : "")
        + (checksum ? " C" : "")
        + (sequence ? " S" : "")
        + (keepalive ? " keepalive" : "")
        + (encapsulationLimit ? " option" : "");
  }
}
