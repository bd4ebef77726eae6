// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.dataplane.Direction;
import hnv.dataplane.DropReason;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.Frame;
import hnv.dataplane.HeaderTransposition;
import hnv.dataplane.PacketTrace;
import hnv.wire.EthernetHeader;
import org.jspecify.annotations.Nullable;

/// A packet on its walk through the layers: its identity as transposed so far, what has been
/// composed, and where it is to go. Layers read the identity and change it together with the
/// transposition; the frame itself is edited only by those that answer it. Reused from walk to
/// walk; owned by one Worker.
public final class PacketContext {
  /// Nothing was chosen.
  public static final int NO_CHOICE = 0;

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
  private @Nullable VPort targetPort;
  private int target;
  private @Nullable Replication replication;
  private DropReason dropReason = DropReason.NONE;
  private String said = "";

  private int vsid;
  private boolean vlanTagged;
  private boolean laterFragment;
  private long sourceMac;
  private long destinationMac;
  private int mssLimit;
  private int entropy;

  // Who speaks to whom: now, as received, and as known at each port that is a tenant's.
  private final PacketIdentity identity = new PacketIdentity();
  private final PacketIdentity received = new PacketIdentity();
  private final PacketIdentity atSource = new PacketIdentity();
  private final PacketIdentity atTarget = new PacketIdentity();
  private final QuotedPacket quoted = new QuotedPacket();
  private final PacketConversion conversion = new PacketConversion(this);
  private final ConnectionClaim claim = new ConnectionClaim();
  private boolean answersInTunnel;

  PacketContext(FlowArrays arrays) {
    this.arrays = arrays;
  }

  /// Starts a walk. The frame is parsed.
  void begin(Frame packet, int packetVsid, @Nullable PacketTrace tracer, boolean dry, long now) {
    frame = packet;
    trace = tracer;
    dryRun = dry;
    packetCount = packet.packetCount();
    clear(now);
    vsid = packetVsid;
    vlanTagged = packet.isVlanTagged();
    laterFragment = packet.isLaterFragment();
    boolean macs = packet.encapsulation() != Encapsulation.GRE;
    sourceMac = macs ? EthernetHeader.source(packet.memory(), packet.l2()) : 0;
    destinationMac = macs ? EthernetHeader.destination(packet.memory(), packet.l2()) : 0;
    identity.read(packet);
    received.copy(identity);
  }

  private void clear(long now) {
    nowNs = now;
    transposition.clear();
    port = null;
    source = null;
    targetPort = null;
    target = Connection.NO_PORT;
    replication = null;
    dropReason = DropReason.NONE;
    said = "";
    mssLimit = 0;
    claim.clear();
    conversion.clear();
    answersInTunnel = false;
    quoted.forget();
  }

  /// Starts a judgement: the first packet of a connection, as it may have been, with no octets.
  void beginInitiatorOf(Connection of, long now) {
    frame = null;
    trace = null;
    dryRun = true;
    clear(now);
    sourceMac = 0;
    destinationMac = 0;
    vlanTagged = false;
    laterFragment = false;
    identity.copy(of);
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
      atSource.copy(identity);
    } else {
      targetPort = at;
      atTarget.copy(identity);
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

  /// The port of this host that the packet came from; null where it came in a tunnel to a guest.
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

  /// 48 bits; 0 for a packet of a GRE tunnel, which has none.
  public long sourceMac() {
    return sourceMac;
  }

  public long destinationMac() {
    return destinationMac;
  }

  /// High half of an IPv6 source; 0 for IPv4.
  public long sourceHigh() {
    return identity.sourceHigh;
  }

  /// Low half of an IPv6 source, or the IPv4 source (32 bits).
  public long sourceLow() {
    return identity.sourceLow;
  }

  /// High half of an IPv6 destination; 0 for IPv4.
  public long destinationHigh() {
    return identity.destinationHigh;
  }

  /// Low half of an IPv6 destination, or the IPv4 destination (32 bits).
  public long destinationLow() {
    return identity.destinationLow;
  }

  public int protocol() {
    return identity.protocol;
  }

  public int sourcePort() {
    return identity.sourcePort;
  }

  public int destinationPort() {
    return identity.destinationPort;
  }

  /// EtherType of the inner frame, behind a VLAN tag if there is one.
  public int etherType() {
    return identity.etherType;
  }

  public boolean isIpv6() {
    return identity.ipv6;
  }

  public boolean isVlanTagged() {
    return vlanTagged;
  }

  /// A fragment other than the first.
  public boolean isLaterFragment() {
    return laterFragment;
  }

  public boolean isIp() {
    return etherType() == EthernetHeader.IPV4 || etherType() == EthernetHeader.IPV6;
  }

  /// The addresses are 32 bits.
  public boolean isIpv4Addressed() {
    return etherType() == EthernetHeader.IPV4 || etherType() == EthernetHeader.ARP;
  }

  /// TCP or UDP with known ports.
  public boolean hasPorts() {
    return isIp() && identity.hasPorts();
  }

  /// An IPv4 packet without DF. Where it is too long for its path, layers let it go on all the
  /// same: the engine cuts it into fragments at the end of the walk (RFC 791 §3.2, RFC 4787 REQ-13
  /// a).
  public boolean isFragmentable() {
    return frame != null && conversion.isFragmentable();
  }

  /// Whether the destination MAC is broadcast or multicast.
  public boolean isGroupAddressed() {
    return ((destinationMac >>> 40) & 1) != 0;
  }

  /// Who speaks to whom now.
  PacketIdentity identity() {
    return identity;
  }

  /// What an ICMP error quotes, as far as it has been translated; null where the packet is no such
  /// error or quotes too little.
  public @Nullable QuotedPacket quoted() {
    return frame != null && frame.isIcmpError() && quoted.read(frame) ? quoted : null;
  }

  // ---- what layers do ----

  /// Whether the packet leaves as one of the other version of IP.
  public PacketConversion conversion() {
    return conversion;
  }

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

  /// Replaces the IPv4 source: address (32 bits) and, where the packet has one, port; of an ICMP
  /// query the identifier. What an ICMP error quotes is translated by {@link #quoted}.
  public void translateSource(int address, int newPort) {
    Translation.ipv4Source(identity, transposition, address);
    Translation.sourcePort(identity, transposition, newPort);
  }

  /// Replaces the IPv6 source, as {@link #translateSource(int, int)} does the IPv4 one.
  public void translateSource(long high, long low, int newPort) {
    Translation.ipv6Source(identity, transposition, high, low);
    Translation.sourcePort(identity, transposition, newPort);
  }

  /// Replaces the IPv4 destination: address (32 bits) and, where the packet has one, port; of an
  /// ICMP query the identifier, which question and answer share.
  public void translateDestination(int address, int newPort) {
    Translation.ipv4Destination(identity, transposition, address);
    Translation.destinationPort(identity, transposition, newPort);
  }

  /// Replaces the IPv6 destination, as {@link #translateDestination(int, int)} does the IPv4 one.
  public void translateDestination(long high, long low, int newPort) {
    Translation.ipv6Destination(identity, transposition, high, low);
    Translation.destinationPort(identity, transposition, newPort);
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

  /// As {@link #answer}, to a packet that came in a tunnel: back by this next hop.
  public Verdict answerInTunnel(DropReason reason, int nextHop, int toVsid, int flowEntropy) {
    transposition.clear();
    transposition.push(nextHop, toVsid, flowEntropy);
    answersInTunnel = true;
    return answer(reason);
  }

  /// On to the port of this host with this number, whose inbound layers are asked next. May be the
  /// one that the packet came from; said by the layers of an inbound port, the packet goes on to
  /// another (what is translated toward an address of our own).
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
  public void keepConnection() {
    claim.begins = true;
  }

  /// What the packet's connection is bound to ({@link ConnectionBindings}), as far as it is known
  /// at the ports so far; {@link ConnectionBindings#NO_BINDING} for nothing.
  public int binding() {
    return claim.binding();
  }

  /// Binds the packet's connection, begun by it if need be, to something new. Where no connection
  /// comes of it the packet is dropped and the binding ends. Once a walk; not in a dry run.
  public void bind(int binding) {
    if (dryRun) {
      throw new IllegalStateException("bound in a dry run");
    }
    claim.bind(binding);
  }

  /// What was chosen for earlier packets of the connection in this direction, such as one of equal
  /// routes; {@link #NO_CHOICE} where nothing was or the connection is not known yet.
  public int choice() {
    return claim.choice();
  }

  /// The connection, if there is one, remembers this choice (not {@link #NO_CHOICE}) for its
  /// packets in this direction.
  public void choose(int choice) {
    claim.choose(choice);
  }

  /// The connection, if there is one, remembers this choice (not {@link #NO_CHOICE}) for the
  /// packets of the other direction, unless one has been made for them.
  public void chooseForAnswers(int choice) {
    claim.chooseForAnswers(choice);
  }

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
    identity.sourcePort = newSourcePort;
    identity.destinationPort = newDestinationPort;
    received.sourcePort = newSourcePort;
    received.destinationPort = newDestinationPort;
  }

  /// As the packet came in.
  PacketIdentity received() {
    return received;
  }

  /// As known at {@link #source}.
  PacketIdentity atSource() {
    return atSource;
  }

  /// The port that the packet goes inbound at; null while there is none.
  @Nullable VPort targetPort() {
    return targetPort;
  }

  /// As known at {@link #targetPort}.
  PacketIdentity atTarget() {
    return atTarget;
  }

  /// Number of the port to go on to, said once; negative where there is none.
  int takeTarget() {
    int taken = target;
    target = Connection.NO_PORT;
    return taken;
  }

  boolean answersInTunnel() {
    return answersInTunnel;
  }

  /// What is known and wanted of the packet's connection.
  ConnectionClaim claim() {
    return claim;
  }
}
