#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the cases of GoldenReplayTest: captures in, and the captures that must come out.

What must come out is computed here from the RFCs and docs/replay.md, by nothing but this file:
a second opinion, not a recording. Run it in its folder after a change, and read the difference
with tshark before committing it.
"""

import ipaddress
import json
import os
import socket
import struct

SQL = "00:15:5d:01:01:11"
WEB = "00:15:5d:01:01:12"
APP1 = "00:15:5d:01:02:21"
APP2 = "00:15:5d:01:02:22"
ROUTER = "02:48:4e:56:00:01"
BROADCAST = "ff:ff:ff:ff:ff:ff"
HOST1, HOST2 = "192.168.1.10", "192.168.2.20"
START = 1_700_000_000

# --- octets -------------------------------------------------------------------------------------


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def checksum(octets):
    """RFC 1071."""
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack("!%dH" % (len(octets) // 2), octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def put(octets, at, value):
    return octets[:at] + struct.pack("!H", value) + octets[at + 2 :]


def ethernet(destination, source, ether_type, payload):
    return mac(destination) + mac(source) + struct.pack("!H", ether_type) + payload


def ipv4(source, destination, protocol, payload, ttl=64, ident=0x1234, tos=0, flags=0x4000):
    header = struct.pack(
        "!BBHHHBBH4s4s", 0x45, tos, 20 + len(payload), ident, flags, ttl, protocol, 0,
        socket.inet_aton(source), socket.inet_aton(destination))
    return put(header, 10, checksum(header)) + payload


def ipv6(source, destination, protocol, payload, hops=64, traffic_class=0):
    return struct.pack("!IHBB", 6 << 28 | traffic_class << 20, len(payload), protocol, hops) + \
        address(source) + address(destination) + payload


def address(text):
    return ipaddress.ip_address(text).packed


def transport(source, destination, protocol, segment, at):
    """Fills in the checksum at `at`, over the pseudo header of either family."""
    pseudo = address(source) + address(destination)
    pseudo += struct.pack("!BBH", 0, protocol, len(segment)) if len(pseudo) == 8 \
        else struct.pack("!IHBB", len(segment), 0, 0, protocol)
    value = checksum(pseudo + segment)
    return put(segment, at, 0xFFFF if protocol == 17 and value == 0 else value)


def tcp(source, destination, sport, dport, flags, seq=1, ack=0, options=b"", data=b""):
    segment = struct.pack(
        "!HHIIBBHHH", sport, dport, seq, ack, (5 + len(options) // 4) << 4, flags, 64240, 0, 0)
    return transport(source, destination, 6, segment + options + data, 16)


def udp(source, destination, sport, dport, data):
    segment = struct.pack("!HHHH", sport, dport, 8 + len(data), 0) + data
    return transport(source, destination, 17, segment, 6)


def ping(ident, sequence=1, kind=8, data=b"0123456789abcdef"):
    message = struct.pack("!BBHHH", kind, 0, 0, ident, sequence) + data
    return put(message, 2, checksum(message))


def arp(operation, sender_mac, sender, target_mac, target):
    return struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + mac(sender_mac) + \
        socket.inet_aton(sender) + mac(target_mac) + socket.inet_aton(target)


def mss(value):
    return struct.pack("!BBH", 2, 4, value)


# --- tunnels ------------------------------------------------------------------------------------


def entropy(source, destination, protocol, sport=0, dport=0):
    """docs/replay.md: FNV-1a, folded into 49152..65535."""
    value = 0x811C9DC5
    for octet in address(source) + address(destination) + struct.pack("!BHH", protocol, sport, dport):
        value = ((value ^ octet) * 0x01000193) & 0xFFFFFFFF
    value ^= value >> 16
    return 0xC000 | value & 0x3FFF


def pa_mac(pa):
    return "02:00:" + ":".join("%02x" % octet for octet in socket.inet_aton(pa))


def outer(source, destination, protocol, payload, ecn=0):
    return ethernet(
        pa_mac(destination), pa_mac(source), 0x0800,
        ipv4(source, destination, protocol, payload, ttl=64, ident=0, tos=ecn))


def vxlan(vni, inner, sport, source=HOST1, destination=HOST2, flags=0x08, ecn=0):
    header = struct.pack("!BBHI", flags, 0, 0, vni << 8)
    datagram = struct.pack("!HHHH", sport, 4789, 16 + len(inner), 0) + header + inner
    return outer(source, destination, 17, datagram, ecn)


def nvgre(vsid, inner, flow, source=HOST1, destination=HOST2, ecn=0):
    header = struct.pack("!HHI", 0x2000, 0x6558, vsid << 8 | flow)
    return outer(source, destination, 47, header + inner, ecn)


# --- cases --------------------------------------------------------------------------------------


def policy(protocol="VXLAN"):
    def network(name, rdid, subnets):
        return {"resourceId": name, "properties": {
            "routingDomainId": rdid,
            "addressSpace": {"addressPrefixes": ["10.1.0.0/16", "fd00:5001::/48"]},
            "subnets": [{"resourceId": each[0], "properties": {
                "addressPrefixes": each[1], "virtualSubnetId": each[2]}} for each in subnets]}}

    def interface(name, address_of, server, subnet, addresses, acl=None):
        configurations = []
        for index, ca in enumerate(addresses):
            properties = {"privateIPAddress": ca, "subnet": {"resourceRef": subnet}}
            if acl:
                properties["accessControlList"] = {"resourceRef": "/accessControlLists/" + acl}
            configurations.append({"resourceId": "ip%d" % index, "properties": properties})
        return {"resourceId": name, "properties": {
            "privateMacAddress": address_of.replace(":", "").upper(),
            "server": {"resourceRef": "/servers/" + server},
            "ipConfigurations": configurations}}

    front, back = "/virtualNetworks/contoso/subnets/front", "/virtualNetworks/contoso/subnets/back"
    other = "/virtualNetworks/fabrikam/subnets/front"
    return {
        "servers": [
            {"resourceId": "host1", "properties": {"providerAddresses": [HOST1]}},
            {"resourceId": "host2", "properties": {"providerAddresses": [HOST2]}}],
        "virtualNetworks": [
            network("contoso", "c0470500-0000-4000-8000-000000005000", [
                ("front", ["10.1.1.0/24", "fd00:5001::/64"], 5001),
                ("back", ["10.1.2.0/24"], 5002)]),
            network("fabrikam", "fab71ca0-0000-4000-8000-000000006000", [
                ("front", ["10.1.1.0/24"], 6001)])],
        "networkInterfaces": [
            interface("contoso-sql", SQL, "host1", front, ["10.1.1.11", "fd00:5001::11"], "sql"),
            interface("contoso-web", WEB, "host2", front, ["10.1.1.12", "fd00:5001::12"]),
            interface("contoso-app1", APP1, "host1", back, ["10.1.2.21"]),
            interface("contoso-app2", APP2, "host2", back, ["10.1.2.22"]),
            interface("fabrikam-sql", SQL, "host1", other, ["10.1.1.11"]),
            interface("fabrikam-web", WEB, "host2", other, ["10.1.1.12"])],
        "accessControlLists": [{"resourceId": "sql", "properties": {
            "inboundDefaultAction": "Deny", "outboundDefaultAction": "Permit",
            "aclRules": [{"resourceId": "page", "properties": {
                "type": "Inbound", "priority": 200, "action": "Allow", "protocol": "TCP",
                "sourceAddressPrefix": "VIRTUALNETWORK", "sourcePortRange": "*",
                "destinationAddressPrefix": "*", "destinationPortRange": "80"}}]}}],
        "virtualNetworkManager": {"properties": {"networkVirtualizationProtocol": protocol}}}


def capture(file, packets):
    with open(file, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for tick, octets in packets:
            out.write(struct.pack("<IIII", START + tick // 10, tick % 10 * 100_000, len(octets), len(octets)))
            out.write(octets)


class Case:
    """Packets by tick (tenths of a second) and port; drops by port and reason."""

    def __init__(self, name, protocol="VXLAN"):
        self.name, self.protocol, self.tick = name, protocol, 0
        self.ins, self.outs, self.drops = {}, {}, {}

    def step(self, port, octets, *out, drop=None):
        """A packet that comes in by `port`, what it causes as (port, octets), and why it is dropped."""
        self.ins.setdefault(port, []).append((self.tick, octets))
        for to, sent in out:
            self.outs.setdefault(to, []).append((self.tick, sent))
        if drop:
            reasons = self.drops.setdefault(port, {})
            reasons[drop] = reasons.get(drop, 0) + 1
        self.tick += 1

    def write(self):
        os.makedirs(self.name, exist_ok=True)
        for file in os.listdir(self.name):
            os.remove(os.path.join(self.name, file))
        with open(os.path.join(self.name, "policy.json"), "w") as out:
            json.dump(policy(self.protocol), out, indent=1)
            out.write("\n")
        with open(os.path.join(self.name, "drops.json"), "w") as out:
            json.dump(self.drops, out, indent=1, sort_keys=True)
            out.write("\n")
        for direction, ports in (("in", self.ins), ("out", self.outs)):
            for port, packets in ports.items():
                capture(os.path.join(self.name, "%s-%s.pcap" % (direction, port)), packets)


A, B = "10.1.1.11", "10.1.1.12"
A6, B6 = "fd00:5001::11", "fd00:5001::12"


def bridged(case, wrap, ecn=True):
    """SQL to Web in one virtual subnet: handshake with MSS, data, UDP with ECN, a ping, IPv6."""
    e = entropy(A, B, 6, 40000, 80)
    tunnel = 1450 if case.protocol == "VXLAN" else 1458
    syn = lambda limit: ethernet(WEB, SQL, 0x0800, ipv4(A, B, 6, tcp(A, B, 40000, 80, 0x02, options=mss(limit))))
    case.step("contoso-sql", syn(1460), ("underlay", wrap(5001, syn(tunnel - 40), e)))
    reply = lambda limit: ethernet(SQL, WEB, 0x0800, ipv4(B, A, 6, tcp(B, A, 80, 40000, 0x12, 100, 2, mss(limit))))
    case.step("underlay", wrap(5001, reply(1200), 50000, source=HOST2, destination=HOST1),
              ("contoso-sql", reply(1200)))
    for number in range(3):
        data = ethernet(WEB, SQL, 0x0800, ipv4(
            A, B, 6, tcp(A, B, 40000, 80, 0x18, 2 + 4 * number, 101, data=b"GET "), tos=2))
        case.step("contoso-sql", data, ("underlay", wrap(5001, data, e, ecn=2)))
    datagram = ethernet(WEB, SQL, 0x0800, ipv4(A, B, 17, udp(A, B, 5000, 53, b"odd"), tos=0xB9))
    # RFC 2983: the inner DSCP stays inside; RFC 6040: ECN is copied.
    case.step("contoso-sql", datagram,
              ("underlay", wrap(5001, datagram, entropy(A, B, 17, 5000, 53), ecn=1)))
    echo = ethernet(WEB, SQL, 0x0800, ipv4(A, B, 1, ping(7)))
    case.step("contoso-sql", echo, ("underlay", wrap(5001, echo, entropy(A, B, 1))))
    six = ethernet(WEB, SQL, 0x86DD, ipv6(A6, B6, 17, udp(A6, B6, 5000, 53, b"six")))
    case.step("contoso-sql", six, ("underlay", wrap(5001, six, entropy(A6, B6, 17, 5000, 53))))


def cases():
    case = Case("vxlan")
    bridged(case, lambda vni, inner, e, **more: vxlan(vni, inner, e, **more))
    yield case

    case = Case("nvgre", "NVGRE")
    bridged(case, lambda vsid, inner, e, **more: nvgre(vsid, inner, e & 0xFF, **more))
    yield case

    case = Case("routed")
    def toward(target, target_mac, ttl, source_mac=SQL, destination_mac=None):
        return ethernet(destination_mac or target_mac, source_mac, 0x0800,
                        ipv4(A, target, 17, udp(A, target, 5000, 53, b"far"), ttl=ttl))
    for ttl in (64, 2):
        case.step("contoso-sql", toward("10.1.2.22", ROUTER, ttl),
                  ("underlay", vxlan(5002, toward("10.1.2.22", APP2, ttl - 1, ROUTER),
                                     entropy(A, "10.1.2.22", 17, 5000, 53))))
    # On one host nothing leaves it.
    case.step("contoso-sql", toward("10.1.2.21", ROUTER, 64),
              ("contoso-app1", toward("10.1.2.21", APP1, 63, ROUTER)))
    case.step("contoso-sql", toward("10.1.2.99", ROUTER, 64), drop="DESTINATION_LOCATOR_MISSING")
    case.step("contoso-sql", toward("10.9.9.9", ROUTER, 64), drop="NO_ROUTE")
    yield case

    case = Case("broadcast")
    shout = ethernet(BROADCAST, SQL, 0x0800, ipv4(A, "10.1.1.255", 17, udp(A, "10.1.1.255", 137, 137, b"who")))
    case.step("contoso-sql", shout, ("underlay", vxlan(5001, shout, entropy(A, "10.1.1.255", 17, 137, 137))))
    heard = ethernet(BROADCAST, APP2, 0x0800,
                     ipv4("10.1.2.22", "10.1.2.255", 17, udp("10.1.2.22", "10.1.2.255", 137, 137, b"who")))
    case.step("underlay", vxlan(5002, heard, 50000, source=HOST2, destination=HOST1), ("contoso-app1", heard))
    yield case

    case = Case("resolution")
    case.step("contoso-sql", ethernet(BROADCAST, SQL, 0x0806, arp(1, SQL, A, "00:00:00:00:00:00", B)),
              ("contoso-sql", ethernet(SQL, WEB, 0x0806, arp(2, WEB, B, SQL, A))))
    case.step("contoso-sql", ethernet(BROADCAST, SQL, 0x0806, arp(1, SQL, A, "00:00:00:00:00:00", "10.1.1.1")),
              ("contoso-sql", ethernet(SQL, ROUTER, 0x0806, arp(2, ROUTER, "10.1.1.1", SQL, A))))
    case.step("contoso-sql", ethernet(BROADCAST, SQL, 0x0806, arp(1, SQL, A, "00:00:00:00:00:00", "10.1.1.99")),
              drop="ARP_TARGET_UNKNOWN")
    node = "ff02::1:ff00:12"
    ask = struct.pack("!BBHI", 135, 0, 0, 0) + address(B6) + b"\x01\x01" + mac(SQL)
    tell = struct.pack("!BBHI", 136, 0, 0, 0x60000000) + address(B6) + b"\x02\x01" + mac(WEB)
    case.step("contoso-sql",
              ethernet("33:33:ff:00:00:12", SQL, 0x86DD,
                       ipv6(A6, node, 58, transport(A6, node, 58, ask, 2), hops=255)),
              ("contoso-sql", ethernet(SQL, WEB, 0x86DD,
                                       ipv6(B6, A6, 58, transport(B6, A6, 58, tell, 2), hops=255))))
    echo = lambda kind: ping(9, kind=kind)
    case.step("contoso-sql", ethernet(ROUTER, SQL, 0x0800, ipv4(A, "10.1.1.1", 1, echo(8))),
              ("contoso-sql", ethernet(SQL, ROUTER, 0x0800, ipv4("10.1.1.1", A, 1, echo(0)))))
    yield case

    case = Case("errors")
    def error4(kind, code, rest, packet):
        """RFC 792, RFC 1191 §4; quoted as far as 576 octets allow (RFC 1812 §4.3.2.3)."""
        message = struct.pack("!BBHI", kind, code, 0, rest) + packet[:576 - 20 - 8]
        return ethernet(SQL, ROUTER, 0x0800, ipv4(
            "10.1.1.1", A, 1, put(message, 2, checksum(message)), ident=0, flags=0))
    def datagram(source, target, length):
        return udp(source, target, 5000, 53, b"x" * length)
    long4 = ipv4(A, B, 17, datagram(A, B, 1451 - 28))
    case.step("contoso-sql", ethernet(WEB, SQL, 0x0800, long4),
              ("contoso-sql", error4(3, 4, 1450, long4)), drop="MTU_EXCEEDED")
    fits = ethernet(WEB, SQL, 0x0800, ipv4(A, B, 17, datagram(A, B, 1450 - 28)))
    case.step("contoso-sql", fits, ("underlay", vxlan(5001, fits, entropy(A, B, 17, 5000, 53))))
    dying = ipv4(A, "10.1.2.22", 17, datagram(A, "10.1.2.22", 3), ttl=1)
    case.step("contoso-sql", ethernet(ROUTER, SQL, 0x0800, dying),
              ("contoso-sql", error4(11, 0, 0, dying)), drop="TTL_EXPIRED")
    long6 = ipv6(A6, B6, 17, datagram(A6, B6, 1451 - 48))
    too_big = struct.pack("!BBHI", 2, 0, 0, 1450) + long6[:1280 - 40 - 8]
    case.step("contoso-sql", ethernet(WEB, SQL, 0x86DD, long6),
              ("contoso-sql", ethernet(SQL, ROUTER, 0x86DD, ipv6(
                  "fd00:5001::1", A6, 58, transport("fd00:5001::1", A6, 58, too_big, 2)))),
              drop="MTU_EXCEEDED")
    # RFC 1122 §3.2.2: no error about an error.
    about = ipv4(A, B, 1, put(b"\x03\x01\0\0\0\0\0\0" + b"\0" * 1500, 2,
                             checksum(b"\x03\x01\0\0\0\0\0\0" + b"\0" * 1500)))
    case.step("contoso-sql", ethernet(WEB, SQL, 0x0800, about), drop="MTU_EXCEEDED")
    yield case

    case = Case("spoofed")
    plain = ipv4(A, B, 17, udp(A, B, 1, 2, b"x"))
    case.step("contoso-sql", ethernet(WEB, "00:15:5d:99:99:99", 0x0800, plain), drop="SOURCE_MAC_SPOOFED")
    case.step("contoso-sql", ethernet(WEB, SQL, 0x0800, ipv4(B, B, 17, udp(B, B, 1, 2, b"x"))),
              drop="SOURCE_CA_SPOOFED")
    case.step("contoso-sql", ethernet(WEB, SQL, 0x8100, struct.pack("!HH", 6, 0x0800) + plain),
              drop="VLAN_TAG_FROM_VM")
    case.step("contoso-sql", ethernet(WEB, SQL, 0x88B5, b"\0" * 46), drop="UNSUPPORTED_ETHERTYPE")
    case.step("contoso-sql", ethernet(BROADCAST, SQL, 0x0806, arp(1, SQL, B, "00:00:00:00:00:00", A)),
              drop="SOURCE_CA_SPOOFED")
    yield case

    case = Case("forged")
    page = lambda source_mac=WEB: ethernet(SQL, source_mac, 0x0800, ipv4(B, A, 6, tcp(B, A, 4444, 80, 0x02)))
    inbound = lambda vni=5001, source=HOST2, destination=HOST1, inner=None, **more: \
        vxlan(vni, inner or page(), 50000, source=source, destination=destination, **more)
    case.step("underlay", inbound(), ("contoso-sql", page()))
    # The same addresses exist in Fabrikam: the VNI decides, and there is no ACL there.
    case.step("underlay", inbound(6001), ("fabrikam-sql", page()))
    case.step("underlay", inbound(source="192.168.3.30"), drop="SOURCE_PA_MISMATCH")
    case.step("underlay", inbound(destination="192.168.1.99"), drop="OUTER_DESTINATION_NOT_LOCAL")
    case.step("underlay", inbound(7001), drop="UNKNOWN_VSID")
    case.step("underlay", inbound(inner=page("00:15:5d:99:99:99")), drop="SOURCE_MAC_MISMATCH")
    case.step("underlay", inbound(flags=0), drop="VXLAN_I_FLAG_MISSING")
    case.step("underlay",
              inbound(inner=mac(SQL) + mac(WEB) + struct.pack("!HHH", 0x8100, 6, 0x0800) + page()[14:]),
              drop="INNER_VLAN_TAG")
    case.step("underlay", nvgre(5001, page(), 1, source=HOST2, destination=HOST1), drop="ENCAPSULATION_MISMATCH")
    case.step("underlay",
              inbound(inner=ethernet(BROADCAST, WEB, 0x0806, arp(1, WEB, B, "00:00:00:00:00:00", A))),
              drop="LINK_LOCAL_SERVICE_ON_UNDERLAY")
    yield case

    case = Case("acl")
    def segment(source, destination, sport, dport, flags, seq, ack):
        macs = (SQL, WEB) if destination == A else (WEB, SQL)
        return ethernet(macs[0], macs[1], 0x0800,
                        ipv4(source, destination, 6, tcp(source, destination, sport, dport, flags, seq, ack)))
    arrive = lambda inner: vxlan(5001, inner, 50000, source=HOST2, destination=HOST1)
    ssh = segment(B, A, 4444, 22, 0x02, 1, 0)
    case.step("underlay", arrive(ssh), drop="ACL_DEFAULT_DENIED")
    web = segment(B, A, 4445, 80, 0x02, 1, 0)
    case.step("underlay", arrive(web), ("contoso-sql", web))
    answer = segment(A, B, 80, 4445, 0x12, 100, 2)
    case.step("contoso-sql", answer, ("underlay", vxlan(5001, answer, entropy(A, B, 6, 80, 4445))))
    # Outbound is permitted, and so is the answer, though no rule lets it in.
    ask = segment(A, B, 5555, 5432, 0x02, 1, 0)
    case.step("contoso-sql", ask, ("underlay", vxlan(5001, ask, entropy(A, B, 6, 5555, 5432))))
    back = segment(B, A, 5432, 5555, 0x12, 100, 2)
    case.step("underlay", arrive(back), ("contoso-sql", back))
    case.step("underlay", arrive(segment(B, A, 5432, 5556, 0x12, 100, 2)), drop="ACL_DEFAULT_DENIED")
    yield case


if __name__ == "__main__":
    for each in cases():
        each.write()
