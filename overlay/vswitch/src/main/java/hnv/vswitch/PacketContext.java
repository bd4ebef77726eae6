// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Direction;
import hnv.dataplane.DropReason;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.Frame;
import hnv.dataplane.HeaderTransposition;
import hnv.dataplane.PacketTrace;
import hnv.wire.ArpPacket;
import hnv.wire.EthernetHeader;
import hnv.wire.IpProtocol;
import hnv.wire.Ipv4Header;
import hnv.wire.Ipv6Header;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A packet on its walk through the layers: its identity as transposed so far, what has been
/// composed, and where it is to go. Layers read the identity and change it together with the
/// transposition; the frame itself is edited only by those that answer it. Reused from walk to
/// walk; owned by one Worker.
public final class PacketContext {
  private static final int NO_PORT = -1;
  private static final int ICMP_ECHO_REPLY = 0;
  private static final int ICMPV6_ECHO_REPLY = 129;

  private final HeaderTransposition transposition = new HeaderTransposition();
  private final FlowArrays arrays;
  private @Nullable Frame frame;
  private @Nullable PacketTrace trace;
  private boolean dryRun;
  private long nowNs;
  private int packetCount;

  private Direction direction = Direction.OUTBOUND;
  private @Nullable VPort port;
  private @Nullable VPort source;
  private int target;
  private @Nullable Replication replication;
  private DropReason dropReason = DropReason.NONE;
  private String said = "";

  private int vsid;
  private int etherType;
  private boolean ipv6;
  private boolean vlanTagged;
  private boolean laterFragment;
  private long sourceMac;
  private long destinationMac;
  private long sourceHigh;
  private long sourceLow;
  private long destinationHigh;
  private long destinationLow;
  private int protocol;
  private int sourcePort;
  private int destinationPort;
  private int mssLimit;
  private int entropy;

  private @Nullable Connection connection;
  private boolean connectionPermits;
  private boolean keepsConnection;
  private boolean forward;

  PacketContext(FlowArrays arrays) {
    this.arrays = arrays;
  }

  /// Starts a walk. The frame is parsed.
  void begin(Frame packet, int packetVsid, @Nullable PacketTrace tracer, boolean dry, long now) {
    frame = packet;
    trace = tracer;
    dryRun = dry;
    nowNs = now;
    packetCount = packet.packetCount();
    transposition.clear();
    port = null;
    source = null;
    target = NO_PORT;
    replication = null;
    dropReason = DropReason.NONE;
    said = "";
    vsid = packetVsid;
    mssLimit = 0;
    connection = null;
    connectionPermits = false;
    keepsConnection = false;
    forward = true;
    etherType = packet.etherType();
    ipv6 = packet.isIpv6();
    vlanTagged = packet.isVlanTagged();
    laterFragment = packet.isLaterFragment();
    MemorySegment f = packet.memory();
    sourceMac = EthernetHeader.source(f, packet.l2());
    destinationMac = EthernetHeader.destination(f, packet.l2());
    protocol = packet.protocol();
    sourcePort = packet.sourcePort();
    destinationPort = packet.destinationPort();
    readAddresses(packet, f);
  }

  private void readAddresses(Frame packet, MemorySegment f) {
    sourceHigh = 0;
    sourceLow = 0;
    destinationHigh = 0;
    destinationLow = 0;
    int l3 = packet.l3();
    if (packet.isIpv6()) {
      sourceHigh = Ipv6Header.sourceHigh(f, l3);
      sourceLow = Ipv6Header.sourceLow(f, l3);
      destinationHigh = Ipv6Header.destinationHigh(f, l3);
      destinationLow = Ipv6Header.destinationLow(f, l3);
    } else if (packet.etherType() == EthernetHeader.IPV4) {
      sourceLow = Ipv4Header.source(f, l3) & 0xFFFF_FFFFL;
      destinationLow = Ipv4Header.destination(f, l3) & 0xFFFF_FFFFL;
    } else if (packet.etherType() == EthernetHeader.ARP) {
      sourceLow = ArpPacket.senderIp(f, l3) & 0xFFFF_FFFFL;
      destinationLow = ArpPacket.targetIp(f, l3) & 0xFFFF_FFFFL;
    }
  }

  /// Starts a judgement: the first packet of a connection, as it may have been, with no octets.
  void beginInitiatorOf(Connection of, long now) {
    frame = null;
    trace = null;
    dryRun = true;
    nowNs = now;
    transposition.clear();
    port = null;
    source = null;
    target = NO_PORT;
    replication = null;
    dropReason = DropReason.NONE;
    said = "";
    connection = null;
    connectionPermits = false;
    keepsConnection = false;
    sourceMac = 0;
    destinationMac = 0;
    ipv6 = of.isIpv6();
    etherType = ipv6 ? EthernetHeader.IPV6 : EthernetHeader.IPV4;
    vlanTagged = false;
    laterFragment = false;
    protocol = of.protocol();
    sourceHigh = of.sourceHigh();
    sourceLow = of.sourceLow();
    destinationHigh = of.destinationHigh();
    destinationLow = of.destinationLow();
    sourcePort = of.sourcePort();
    destinationPort = of.destinationPort();
  }

  /// A judgement goes on at this port: without octets, the packet is in the port's virtual subnet.
  void judgeAt(VPort at, Direction seen) {
    enter(at, seen);
    vsid = at.vsid();
  }

  /// From here on the packet is at `at`, seen in `direction`.
  void enter(VPort at, Direction seen) {
    boolean elsewhere = port == null || port.number() != at.number() || direction != seen;
    if (trace != null && elsewhere) {
      traceStep("PORT", at.name(), "", seen == Direction.OUTBOUND ? "outbound" : "inbound");
    }
    port = at;
    direction = seen;
    if (seen == Direction.OUTBOUND) {
      source = at;
    }
  }

  // ---- what layers read ----

  /// The packet's frame. Its octets are as received.
  public Frame frame() {
    if (frame == null) {
      throw new IllegalStateException("no walk has begun");
    }
    return frame;
  }

  /// The port whose layers are asked.
  public VPort port() {
    if (port == null) {
      throw new IllegalStateException("the packet is at no port");
    }
    return port;
  }

  /// The local port that the packet came from; null where it came in a tunnel.
  public @Nullable VPort source() {
    return source;
  }

  /// Outbound while the layers of the sending port are asked, then inbound.
  public Direction direction() {
    return direction;
  }

  /// Tables that a layer may look into: whether a next hop is resolved, its MTU, peers' addresses.
  public FlowArrays arrays() {
    return arrays;
  }

  /// Time of the packet, by the Worker's clock.
  public long nowNs() {
    return nowNs;
  }

  /// Virtual subnet that the packet is in now.
  public int vsid() {
    return vsid;
  }

  public long sourceMac() {
    return sourceMac;
  }

  public long destinationMac() {
    return destinationMac;
  }

  /// High half of an IPv6 source; 0 for IPv4.
  public long sourceHigh() {
    return sourceHigh;
  }

  /// Low half of an IPv6 source, or the IPv4 source (32 bits).
  public long sourceLow() {
    return sourceLow;
  }

  /// High half of an IPv6 destination; 0 for IPv4.
  public long destinationHigh() {
    return destinationHigh;
  }

  /// Low half of an IPv6 destination, or the IPv4 destination (32 bits).
  public long destinationLow() {
    return destinationLow;
  }

  public int protocol() {
    return protocol;
  }

  public int sourcePort() {
    return sourcePort;
  }

  public int destinationPort() {
    return destinationPort;
  }

  /// EtherType of the inner frame, behind a VLAN tag if there is one.
  public int etherType() {
    return etherType;
  }

  public boolean isIpv6() {
    return ipv6;
  }

  public boolean isVlanTagged() {
    return vlanTagged;
  }

  /// A fragment other than the first.
  public boolean isLaterFragment() {
    return laterFragment;
  }

  /// IPv4 or IPv6.
  public boolean isIp() {
    return etherType == EthernetHeader.IPV4 || etherType == EthernetHeader.IPV6;
  }

  /// IPv4 or ARP: the addresses are 32 bits.
  public boolean isIpv4Addressed() {
    return etherType == EthernetHeader.IPV4 || etherType == EthernetHeader.ARP;
  }

  /// TCP or UDP with known ports.
  public boolean hasPorts() {
    return isIp() && (protocol == IpProtocol.TCP || protocol == IpProtocol.UDP);
  }

  /// Whether the destination MAC is broadcast or multicast.
  public boolean isGroupAddressed() {
    return ((destinationMac >>> 40) & 1) != 0;
  }

  /// Port that names the sender's end of the connection. A ping's identifier stands at the end that
  /// asked, so that question and answer are one connection and two pings of one identifier are not.
  int connectionSourcePort() {
    if (protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMPV6) {
      return isEchoReply() ? 0 : sourcePort;
    }
    return sourcePort;
  }

  /// Port that names the receiver's end of the connection.
  int connectionDestinationPort() {
    if (protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMPV6) {
      return isEchoReply() ? sourcePort : 0;
    }
    return destinationPort;
  }

  /// A ping's answer: it never starts a connection.
  boolean isEchoReply() {
    return isEchoReply(protocol, destinationPort >>> 8);
  }

  static boolean isEchoReply(int protocol, int type) {
    return (protocol == IpProtocol.ICMP && type == ICMP_ECHO_REPLY)
        || (protocol == IpProtocol.ICMPV6 && type == ICMPV6_ECHO_REPLY);
  }

  // ---- what layers do ----

  /// The edit composed so far.
  public HeaderTransposition transposition() {
    return transposition;
  }

  /// Routed into another virtual subnet, or within the same: new MACs, one hop less to live.
  public void route(int newVsid, long newDestinationMac, long newSourceMac) {
    transposition.rewriteMacs(newDestinationMac, newSourceMac);
    transposition.decrementTtl();
    vsid = newVsid;
    destinationMac = newDestinationMac;
    sourceMac = newSourceMac;
  }

  /// Stops the packet.
  public Verdict drop(DropReason reason) {
    dropReason = reason;
    return Verdict.DROP;
  }

  /// The frame has become the answer to a packet that is dropped for `reason`; {@link
  /// DropReason#NONE} for a plain answer.
  public Verdict answer(DropReason reason) {
    dropReason = reason;
    return Verdict.HAIRPIN;
  }

  /// On to the port of this host with this number, whose inbound layers are asked next.
  public void deliverTo(int portNumber) {
    target = portNumber;
  }

  /// One copy to each of these; those that leave the host bear `flowEntropy`.
  public Verdict replicate(Replication to, int flowEntropy) {
    replication = to;
    entropy = flowEntropy;
    return Verdict.REPLICATE;
  }

  /// The path carries TCP segments of at most this many payload octets; a SYN says so from here on.
  public void limitMss(int octets) {
    mssLimit = mssLimit == 0 ? octets : Math.min(mssLimit, octets);
  }

  /// The packet may start a connection, if all layers let it pass.
  void keepConnection() {
    keepsConnection = true;
  }

  // ---- trace ----

  /// Whether anybody listens: building a sentence costs.
  public boolean isTraced() {
    return trace != null;
  }

  /// Wire packets that came in as this one: also when the frame has become an answer.
  int packetCount() {
    return packetCount;
  }

  /// Nothing may change but the packet's context: a described packet, not a real one.
  public boolean isDryRun() {
    return dryRun;
  }

  /// What the current rule says for the trace.
  public void say(String sentence) {
    said = sentence;
  }

  String takeSaid() {
    String sentence = said;
    said = "";
    return sentence;
  }

  void traceStep(String layer, String group, String rule, String says) {
    if (trace != null) {
      trace.step(layer, group, rule, says);
    }
  }

  void traceVerdict(String verdict) {
    if (trace != null) {
      trace.verdict(verdict);
    }
  }

  // ---- what the engine reads ----

  /// Why the packet was dropped; {@link DropReason#NONE} while it is not.
  public DropReason dropReason() {
    return dropReason;
  }

  /// Number of the local port to deliver to, or a negative number.
  int target() {
    return target;
  }

  int entropy() {
    return entropy;
  }

  @Nullable Replication replication() {
    return replication;
  }

  int mssLimit() {
    return mssLimit;
  }

  @Nullable PacketTrace trace() {
    return trace;
  }

  /// Ports of a later fragment, remembered from the first.
  void setPorts(int newSourcePort, int newDestinationPort) {
    sourcePort = newSourcePort;
    destinationPort = newDestinationPort;
  }

  @Nullable Connection connection() {
    return connection;
  }

  void setConnection(@Nullable Connection found, boolean permits) {
    connection = found;
    connectionPermits = permits;
  }

  boolean isOfPermittedConnection() {
    return connectionPermits;
  }

  boolean keepsConnection() {
    return keepsConnection;
  }

  /// Goes the way of its connection's initiator.
  boolean isForward() {
    return forward;
  }

  void setForward(boolean initiatorsWay) {
    forward = initiatorsWay;
  }
}
