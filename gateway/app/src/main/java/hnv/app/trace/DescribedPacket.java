// SPDX-License-Identifier: Apache-2.0
package hnv.app.trace;

import hnv.app.json.Json;

/// A packet in words, as the options of `hnv trace` give it. An empty text or a negative number
/// says nothing: {@link PacketBuilder} then takes what policy makes likely.
///
/// @param port where it comes in: a network interface's resourceId, or `underlay`
/// @param octets the whole frame in hexadecimal; where given, nothing else but the port counts
/// @param source inner source address
/// @param destination inner destination address; for ARP and neighbour discovery what is asked for
/// @param protocol `tcp`, `udp`, `icmp`, `arp`, `nd`, or a number
/// @param sourcePort port, or identifier of a ping
/// @param flags of TCP, such as `S`, `SA`, `syn,ack`, `0x12`
/// @param vlan id of a VLAN tag
/// @param size octets of the inner IP packet
/// @param fragmentable whether DF is clear
/// @param outerSource provider address of the sender, at the underlay
/// @param outerDestination our provider address, at the underlay
/// @param vni VSID on the wire, at the underlay
/// @param encapsulation `vxlan` or `nvgre`, at the underlay
public record DescribedPacket(
    String port,
    String octets,
    String source,
    String destination,
    String protocol,
    long sourcePort,
    long destinationPort,
    String flags,
    String sourceMac,
    String destinationMac,
    long vlan,
    long ttl,
    long size,
    boolean fragmentable,
    String outerSource,
    String outerDestination,
    long vni,
    String encapsulation) {
  /// Says nothing.
  static final long NOT_GIVEN = -1;

  /// For the admin socket.
  public Json.Members toJson() {
    return Json.object()
        .put("port", port)
        .putUnlessEmpty("octets", octets)
        .putUnlessEmpty("source", source)
        .putUnlessEmpty("destination", destination)
        .putUnlessEmpty("protocol", protocol)
        .put("sourcePort", sourcePort)
        .put("destinationPort", destinationPort)
        .putUnlessEmpty("flags", flags)
        .putUnlessEmpty("sourceMac", sourceMac)
        .putUnlessEmpty("destinationMac", destinationMac)
        .put("vlan", vlan)
        .put("ttl", ttl)
        .put("size", size)
        .put("fragmentable", fragmentable)
        .putUnlessEmpty("outerSource", outerSource)
        .putUnlessEmpty("outerDestination", outerDestination)
        .put("vni", vni)
        .putUnlessEmpty("encapsulation", encapsulation);
  }

  /// From the admin socket; what is missing or of another kind says nothing.
  public static DescribedPacket fromJson(Json.Members json) {
    return new DescribedPacket(
        json.text("port"),
        json.text("octets"),
        json.text("source"),
        json.text("destination"),
        json.text("protocol"),
        json.number("sourcePort", NOT_GIVEN),
        json.number("destinationPort", NOT_GIVEN),
        json.text("flags"),
        json.text("sourceMac"),
        json.text("destinationMac"),
        json.number("vlan", NOT_GIVEN),
        json.number("ttl", NOT_GIVEN),
        json.number("size", NOT_GIVEN),
        json.get("fragmentable") instanceof Json.Flag(boolean value) && value,
        json.text("outerSource"),
        json.text("outerDestination"),
        json.number("vni", NOT_GIVEN),
        json.text("encapsulation"));
  }
}
