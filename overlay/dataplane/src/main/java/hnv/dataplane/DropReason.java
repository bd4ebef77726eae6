// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

/// Why a packet stopped here. Public API: the numbers are stable and never reused, they appear in
/// `show counters`, in replay reports and in metrics. Every value has a test that produces it.
///
/// Many names follow the trace strings of the original HNV driver (source/destination locator
/// record missing, CA:PA mismatch, CA:MAC mismatch, ECN CE on outer for non-ECT inner, …).
public enum DropReason {
  /// Not dropped. The value that parsers and layers return for "go on".
  NONE(0, "not dropped"),

  // 1–19: the frame itself is broken (FrameParser).
  MALFORMED_ETHERNET(1, "frame shorter than an Ethernet header"),
  MALFORMED_VLAN(2, "VLAN tag cut short"),
  MALFORMED_ARP(3, "ARP packet cut short or not Ethernet/IPv4"),
  MALFORMED_IPV4(4, "IPv4 header invalid or longer than the frame"),
  IPV4_CHECKSUM_INVALID(5, "IPv4 header checksum wrong"),
  MALFORMED_IPV6(6, "IPv6 header or extension chain invalid or longer than the frame"),
  MALFORMED_TRANSPORT(7, "TCP or UDP header invalid or cut short"),
  MALFORMED_ICMP(8, "ICMP or neighbour discovery message invalid or cut short"),

  // 20–39: the tunnel encapsulation.
  MALFORMED_OUTER(20, "outer headers invalid or cut short"),
  OUTER_FRAGMENT(21, "outer packet is an IP fragment"),
  NOT_A_TUNNEL_PACKET(22, "neither VXLAN nor NVGRE to a provider address"),
  VXLAN_I_FLAG_MISSING(23, "VXLAN header without the I flag"),
  GRE_HEADER_UNSUPPORTED(24, "GRE header that is neither NVGRE's nor one of RFC 2784"),
  INNER_VLAN_TAG(25, "inner frame carries a VLAN tag"),
  ECN_CE_ON_NOT_ECT(26, "outer header has ECN CE while the inner is not ECN-capable"),
  OUTER_VLAN_TAG(27, "tunnel packet carries an outer VLAN tag"),
  GRE_PEER_UNKNOWN(28, "no GRE tunnel with these outer addresses and this key"),
  GRE_CHECKSUM_INVALID(29, "GRE checksum wrong"),
  GRE_OUT_OF_SEQUENCE(30, "GRE sequence number not after the last one"),
  GRE_PROTOCOL_UNSUPPORTED(31, "GRE packet with neither IPv4 nor IPv6 inside"),

  // 40–69: policy.
  UNKNOWN_VSID(40, "no virtual subnet with this VSID on this host"),
  OUTER_DESTINATION_NOT_LOCAL(41, "outer destination is not a provider address of this host"),
  SOURCE_LOCATOR_MISSING(42, "no mapping for the inner source address"),
  SOURCE_PA_MISMATCH(43, "inner source address does not belong behind the outer source"),
  SOURCE_MAC_MISMATCH(44, "inner source MAC does not belong to the inner source address"),
  DESTINATION_LOCATOR_MISSING(45, "no mapping for the destination address"),
  DESTINATION_MAC_UNKNOWN(46, "no mapping for the destination MAC"),
  DESTINATION_MAC_MISMATCH(47, "destination MAC does not belong to the destination address"),
  SOURCE_MAC_SPOOFED(48, "VM sent from a MAC that is not its own"),
  SOURCE_CA_SPOOFED(49, "VM sent from an address that is not its own"),
  VLAN_TAG_FROM_VM(50, "VM sent a VLAN tag"),
  UNSUPPORTED_ETHERTYPE(51, "neither ARP nor IPv4 nor IPv6"),
  NO_ROUTE(52, "destination is in no virtual subnet of the routing domain"),
  ROUTER_DISABLED(53, "the distributed router is disabled by policy"),
  NOT_FORWARDABLE(
      54, "address that no router forwards (link-local, loopback, multicast, reserved)"),
  PORT_WITHOUT_VSID(55, "port has no VSID: not ours to forward"),
  ENCAPSULATION_MISMATCH(56, "tunnel kind differs from the one that policy sets"),
  SAME_PORT(57, "destination is the port that the packet came from"),
  NO_TENANT(58, "neither port that it passes is a tenant's"),
  TOO_MANY_PORTS(59, "sent on from port to port too often"),

  // 70–79: access control.
  ACL_DENIED(70, "denied by an ACL rule"),
  ACL_DEFAULT_DENIED(71, "denied by the default action of the ACL"),
  FRAGMENT_WITHOUT_FIRST(72, "later fragment whose first fragment has not been seen"),
  FRAGMENTS_HELD(73, "later fragment before its first, and too many wait already"),
  NOT_A_BEGINNING(74, "needs a connection, has none, and cannot begin one"),

  // 80–89: limits of the path.
  TTL_EXPIRED(80, "TTL or hop limit used up at the router"),
  MTU_EXCEEDED(81, "packet longer than the path allows"),
  NEXT_HOP_UNRESOLVED(82, "no route or no neighbour for the provider address yet"),
  METER_EXCEEDED(83, "over the rate limit of the port"),
  GSO_SIZE_REFUSED(84, "super-frame with an unusable segment size"),
  MISS_LIMIT_EXCEEDED(85, "more frames than may wait for a decision"),

  // 90–99: resources of this process and of the kernel.
  FRAME_POOL_EXHAUSTED(90, "no free frame"),
  NO_HEADROOM(91, "no room before the frame for the outer headers"),
  PORT_DOWN(92, "the port is gone or down"),
  TRANSMIT_FAILED(93, "the device refused the frame"),
  NO_FLOW_IN_KERNEL(94, "sent into a flow that the kernel does not have"),
  UNFINISHED_BY_KERNEL(95, "the kernel could not finish rewriting the frame"),
  QUEUE_OVERFLOW(96, "came faster than this process read; octets not counted"),
  CONNECTION_LIMIT(97, "no room for the connection that it needs"),
  FLOW_LIMIT(98, "the tenant has as many flows as it may"),

  // 100–109: link-local services answered here.
  ARP_TARGET_UNKNOWN(100, "ARP request for an address that policy does not know"),
  ARP_NOT_A_REQUEST(101, "ARP other than a request for another: addresses come from policy"),
  ND_TARGET_UNKNOWN(102, "neighbour solicitation for an address that policy does not know"),
  ND_NOT_A_SOLICITATION(103, "neighbour discovery other than a solicitation"),
  LINK_LOCAL_SERVICE_ON_UNDERLAY(104, "ARP or neighbour discovery inside a tunnel packet"),
  ROUTER_NOT_ADDRESSED(105, "packet to the router itself that is no echo request"),

  // 110–129: translation at a gateway.
  NAT_NO_RULE(110, "no translation rule of the tenant fits"),
  NAT_NOT_TRANSLATABLE(111, "protocol that cannot be translated"),
  NAT_SUBSCRIBER_PORTS(112, "public ports of the address used up"),
  NAT_POOL_PORTS(113, "public ports of the pool used up"),
  NAT_TENANT_PORTS(114, "public ports of the tenant used up"),
  NAT_TENANT_SESSIONS(115, "translations of the tenant used up"),
  NAT_TABLE_FULL(116, "translation table full"),
  NAT_NO_MAPPING(117, "nobody has this public address and port"),
  NAT_FILTERED(118, "filtered by the public port"),
  NAT_RESET_OF_NOTHING(119, "TCP reset of an unknown connection"),
  NAT_ERROR_OF_NOTHING(120, "ICMP error about nothing that was translated"),
  NAT_ERROR_DAMAGED(121, "ICMP error with a wrong checksum, or about a header with one"),
  NAT_SUBSCRIBER_SESSIONS(122, "translations of the address used up"),
  NAT_PREFIX_SOURCE(125, "source outside the prefixes of the tenant that are translated"),
  NAT_PREFIX_ADDRESS(126, "address that the other prefix has no counterpart of"),
  NAT_SOURCE_SPOOFED(127, "source from outside that belongs inside"),
  NAT_NO_COUNTERPART(128, "packet that the other version of IP has no counterpart of"),

  // 130–149: ports and routes of a gateway.
  GATEWAY_NO_ROUTE(130, "no route of the tenant leads to the destination"),
  ROUTE_BLACKHOLE(131, "the tenant's route leads nowhere"),
  ROUTE_BACK(132, "the tenant's route leads back to where the packet came from"),
  CONNECTION_SOURCE_SPOOFED(133, "source address is not behind a connection of the tenant"),
  TRANSLATION_MISSING(134, "address that its connection translates, in a packet that it does not"),

  PUBLIC_ADDRESS_OF_HOST(143, "public address of a tenant that is the host's own"),
  HOST_ROUTE_ELSEWHERE(144, "the host's routes do not lead there by the shared port"),

  // 145–149: what comes from outside networks.
  VLAN_UNKNOWN(145, "VLAN tag on a port that has no such VLAN"),
  ADDRESS_CONTESTED(146, "a neighbour says that an address of ours is his");

  /// Length of an array indexed by number: one more than the greatest number that may be given.
  /// 28–39 are for GRE, 110–129 for translation, 130–149 for the gateway's ports and routes.
  public static final int NUMBERS = 150;

  private final int number;
  private final String text;

  DropReason(int number, String text) {
    this.number = number;
    this.text = text;
  }

  /// Stable number, 0…{@value #NUMBERS} − 1.
  public int number() {
    return number;
  }

  /// One phrase for people.
  public String text() {
    return text;
  }
}
