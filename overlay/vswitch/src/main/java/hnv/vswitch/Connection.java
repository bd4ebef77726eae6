// SPDX-License-Identifier: Apache-2.0
package hnv.vswitch;

import hnv.wire.IpProtocol;
import hnv.wire.TcpHeader;

/// The object behind the flows of both directions: who began it, the state of TCP, the epoch of the
/// policy that allowed it, and the unified flows that belong to it. It survives policy epochs: what
/// a change of policy re-evaluates is its initiator's direction, never a reply by itself.
///
/// A connection is known at up to two ports of this host: its *initiator's*, where it goes
/// outbound, and its *responder's*, where it goes inbound. Its addresses and ports are those that
/// these ports' tenant sees: what an outside network is told instead is the record's concern. So
/// both directions of a translated connection are one object. Pooled by {@link ConnectionTable};
/// owned by one Worker.
///
/// Memory: 120 octets, taken when the place in the table is used for the first time.
public final class Connection {
  /// Not known at that end.
  static final int NO_PORT = -1;

  /// No unified flow.
  static final int NO_FLOW = -1;

  private static final long SECOND = 1_000_000_000L;

  // RFC 5382 REQ-5: established no less than 2 hours 4 minutes.
  static final long TCP_ESTABLISHED_NS = 7_440 * SECOND;
  static final long TCP_OPENING_NS = 30 * SECOND;
  static final long TCP_CLOSING_NS = 15 * SECOND;
  // RFC 4787 REQ-5: 5 minutes recommended; a flow that nobody answers is given less.
  static final long UDP_REPLIED_NS = 300 * SECOND;
  static final long UDP_UNREPLIED_NS = 60 * SECOND;
  // RFC 5508 REQ-1: queries no less than 60 seconds.
  static final long ICMP_NS = 60 * SECOND;
  static final long OTHER_NS = 300 * SECOND;

  private final int id;
  private boolean live;
  private int tenant;
  private int epoch;
  private boolean ipv6;
  private int protocol;
  private long sourceHigh;
  private long sourceLow;
  private long destinationHigh;
  private long destinationLow;
  private char sourcePort;
  private char destinationPort;
  private int initiatorPort = NO_PORT;
  private int responderPort = NO_PORT;
  private int forwardFlow = NO_FLOW;
  private int reverseFlow = NO_FLOW;
  private int binding;
  private int forwardChoice;
  private int reverseChoice;
  private String walkedBecause = "";
  private long startedNs;
  private long lastSeenNs;
  private boolean syn;
  private boolean replied;
  private boolean forwardFin;
  private boolean reverseFin;
  private boolean reset;

  Connection(int id) {
    this.id = id;
  }

  /// @param as who speaks to whom as the port sees it at which the connection is known
  void begin(
      PacketContext first,
      PacketIdentity as,
      int ofTenant,
      int ofEpoch,
      int initiator,
      int responder) {
    live = true;
    tenant = ofTenant;
    epoch = ofEpoch;
    ipv6 = as.ipv6;
    protocol = as.protocol;
    sourceHigh = as.sourceHigh;
    sourceLow = as.sourceLow;
    destinationHigh = as.destinationHigh;
    destinationLow = as.destinationLow;
    sourcePort = (char) as.connectionSourcePort();
    destinationPort = (char) as.connectionDestinationPort();
    initiatorPort = initiator;
    responderPort = responder;
    forwardFlow = NO_FLOW;
    reverseFlow = NO_FLOW;
    binding = ConnectionBindings.NO_BINDING;
    forwardChoice = PacketContext.NO_CHOICE;
    reverseChoice = PacketContext.NO_CHOICE;
    walkedBecause = "";
    startedNs = first.nowNs();
    lastSeenNs = first.nowNs();
    syn = isSyn(first.frame().tcpFlags());
    replied = false;
    forwardFin = false;
    reverseFin = false;
    reset = false;
  }

  void end() {
    live = false;
  }

  /// Goes on as another process left it, without flows.
  void resume(ConnectionImage image) {
    live = true;
    tenant = image.tenant();
    epoch = image.epoch();
    ipv6 = image.ipv6();
    protocol = image.protocol();
    sourceHigh = image.sourceHigh();
    sourceLow = image.sourceLow();
    destinationHigh = image.destinationHigh();
    destinationLow = image.destinationLow();
    sourcePort = (char) image.sourcePort();
    destinationPort = (char) image.destinationPort();
    initiatorPort = image.initiatorPort();
    responderPort = image.responderPort();
    forwardFlow = NO_FLOW;
    reverseFlow = NO_FLOW;
    binding = ConnectionBindings.NO_BINDING;
    forwardChoice = PacketContext.NO_CHOICE;
    reverseChoice = PacketContext.NO_CHOICE;
    startedNs = image.startedNs();
    lastSeenNs = image.lastSeenNs();
    syn = (image.flags() & ConnectionImage.SYN) != 0;
    replied = (image.flags() & ConnectionImage.REPLIED) != 0;
    forwardFin = (image.flags() & ConnectionImage.FORWARD_FIN) != 0;
    reverseFin = (image.flags() & ConnectionImage.REVERSE_FIN) != 0;
    reset = (image.flags() & ConnectionImage.RESET) != 0;
  }

  /// What {@link #resume} goes on with.
  ConnectionImage image(ConnectionImage.Count forward, ConnectionImage.Count reverse) {
    int flags =
        (syn ? ConnectionImage.SYN : 0)
            | (replied ? ConnectionImage.REPLIED : 0)
            | (forwardFin ? ConnectionImage.FORWARD_FIN : 0)
            | (reverseFin ? ConnectionImage.REVERSE_FIN : 0)
            | (reset ? ConnectionImage.RESET : 0);
    return new ConnectionImage(
        id,
        tenant,
        epoch,
        ipv6,
        protocol,
        sourceHigh,
        sourceLow,
        destinationHigh,
        destinationLow,
        sourcePort,
        destinationPort,
        initiatorPort,
        responderPort,
        startedNs,
        lastSeenNs,
        flags,
        forward,
        reverse);
  }

  /// Takes note of a packet that the layers let pass.
  ///
  /// @return true where it begins a new incarnation, of which the answers so far say nothing
  boolean observe(boolean forward, int tcpFlags, long nowNs) {
    lastSeenNs = nowNs;
    if (!forward) {
      replied = true;
    }
    if ((tcpFlags & TcpHeader.RST) != 0) {
      reset = true;
    } else if ((tcpFlags & TcpHeader.SYN) != 0) {
      // A new incarnation on the same ports (RFC 9293 §3.6.1) starts the states anew.
      reset = false;
      if (forward && isSyn(tcpFlags)) {
        startedNs = nowNs;
        syn = true;
        replied = false;
        forwardFin = false;
        reverseFin = false;
        return true;
      }
    } else if ((tcpFlags & TcpHeader.FIN) != 0) {
      if (forward) {
        forwardFin = true;
      } else {
        reverseFin = true;
      }
    }
    return false;
  }

  private static boolean isSyn(int tcpFlags) {
    return (tcpFlags & (TcpHeader.SYN | TcpHeader.ACK)) == TcpHeader.SYN;
  }

  /// A packet passed by a unified flow without being shown to {@link #observe}.
  void touch(long seenNs, boolean reverseSeen) {
    if (seenNs > lastSeenNs) {
      lastSeenNs = seenNs;
    }
    replied |= reverseSeen;
  }

  /// TCP that has been reset or closed by both ends.
  boolean isClosing() {
    return reset || (forwardFin && reverseFin);
  }

  /// TCP whose first packet was seen: it may be answered by a SYN-ACK, which nothing precedes.
  boolean beganWithSyn() {
    return syn;
  }

  /// How long it may be silent before it is forgotten.
  long timeoutNs() {
    return switch (protocol) {
      case IpProtocol.TCP -> {
        if (isClosing()) {
          yield TCP_CLOSING_NS;
        }
        yield replied ? TCP_ESTABLISHED_NS : TCP_OPENING_NS;
      }
      case IpProtocol.UDP -> replied ? UDP_REPLIED_NS : UDP_UNREPLIED_NS;
      case IpProtocol.ICMP, IpProtocol.ICMPV6 -> ICMP_NS;
      default -> OTHER_NS;
    };
  }

  /// Word for people: `opening`, `established`, `closing`; `unreplied` or `replied` without TCP.
  public String state() {
    if (protocol != IpProtocol.TCP) {
      return replied ? "replied" : "unreplied";
    }
    if (isClosing()) {
      return "closing";
    }
    return replied ? "established" : "opening";
  }

  /// Whether the responder has been heard.
  boolean isReplied() {
    return replied;
  }

  /// Index in the table, from 1.
  public int id() {
    return id;
  }

  public boolean isLive() {
    return live;
  }

  /// Slot of its routing domain.
  public int tenant() {
    return tenant;
  }

  int epoch() {
    return epoch;
  }

  void setEpoch(int newEpoch) {
    epoch = newEpoch;
  }

  public boolean isIpv6() {
    return ipv6;
  }

  public int protocol() {
    return protocol;
  }

  /// High half of the initiator's IPv6 address; 0 for IPv4.
  public long sourceHigh() {
    return sourceHigh;
  }

  /// Low half of the initiator's IPv6 address, or its IPv4 address.
  public long sourceLow() {
    return sourceLow;
  }

  public long destinationHigh() {
    return destinationHigh;
  }

  public long destinationLow() {
    return destinationLow;
  }

  /// The initiator's port, or the identifier of its ICMP query.
  public int sourcePort() {
    return sourcePort;
  }

  public int destinationPort() {
    return destinationPort;
  }

  /// Number of the initiator's port on this host, or a negative number.
  public int initiatorPort() {
    return initiatorPort;
  }

  /// Number of the responder's port on this host, or a negative number.
  public int responderPort() {
    return responderPort;
  }

  void setInitiatorPort(int number) {
    initiatorPort = number;
  }

  void setResponderPort(int number) {
    responderPort = number;
  }

  /// What it is bound to; {@link ConnectionBindings#NO_BINDING} for nothing.
  public int binding() {
    return binding;
  }

  void setBinding(int newBinding) {
    binding = newBinding;
  }

  /// What was chosen for this direction; {@link PacketContext#NO_CHOICE} where nothing was.
  int choice(boolean forward) {
    return forward ? forwardChoice : reverseChoice;
  }

  void setChoice(boolean forward, int choice) {
    if (forward) {
      forwardChoice = choice;
    } else {
      reverseChoice = choice;
    }
  }

  /// Why no record carries its packets, which are walked one by one; empty where records do.
  public String walkedBecause() {
    return walkedBecause;
  }

  void walkBecause(String reason) {
    walkedBecause = reason;
  }

  public long startedNs() {
    return startedNs;
  }

  public long lastSeenNs() {
    return lastSeenNs;
  }

  int flow(boolean forward) {
    return forward ? forwardFlow : reverseFlow;
  }

  void setFlow(boolean forward, int flow) {
    if (forward) {
      forwardFlow = flow;
    } else {
      reverseFlow = flow;
    }
  }
}
