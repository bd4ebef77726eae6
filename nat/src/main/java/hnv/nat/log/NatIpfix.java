// SPDX-License-Identifier: Apache-2.0
package hnv.nat.log;

import hnv.nat.NatEvents;
import hnv.nat.NatVerdict;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Writes events as IPFIX messages (RFC 7011) with the information elements of RFC 8158, one
/// template for each kind of record. All elements are of IANA's registry. The templates go ahead of
/// the first data and "MUST be resent at regular intervals" over UDP (RFC 7011 §8.4), with data and
/// without. Keeps the sequence number, so owned by one thread; how messages are carried is the
/// caller's.
///
/// ```text
/// | version 10, length | export time | sequence | domain |   message header, 16 octets
/// | set 2 | length | template 256: field count | element, octets | ... |
/// | set 256 | length | data record | data record | ... |
/// ```
public final class NatIpfix {
  /// Most octets of a message unless said otherwise: no fragment in any sane network.
  public static final int DEFAULT_MESSAGE_OCTETS = 1_400;

  private static final int VERSION = 10;
  private static final int HEADER = 16;
  private static final int SET_HEADER = 4;
  private static final int TEMPLATE_SET = 2;

  /// Seconds between two times that the templates go unless said otherwise: a third of what
  /// collectors are to remember them for.
  public static final int DEFAULT_TEMPLATE_SECONDS = 600;

  /// An element: its number in IANA's IPFIX registry, and octets.
  private record Element(int id, int octets) {}

  private static final Element TIME = new Element(323, 8);
  private static final Element TENANT = new Element(234, 4);
  private static final Element PROTOCOL = new Element(4, 1);
  private static final Element INSIDE = new Element(8, 4);
  private static final Element INSIDE6 = new Element(27, 16);
  private static final Element INSIDE_PORT = new Element(7, 2);
  private static final Element PUBLIC = new Element(225, 4);
  private static final Element PUBLIC_PORT = new Element(227, 2);
  private static final Element REMOTE = new Element(12, 4);
  private static final Element REMOTE_PORT = new Element(11, 2);
  private static final Element REMOTE4 = new Element(226, 4);
  private static final Element REMOTE4_PORT = new Element(228, 2);
  private static final Element FIRST_PORT = new Element(361, 2);
  private static final Element LAST_PORT = new Element(362, 2);
  private static final Element EVENT = new Element(230, 1);
  private static final Element INSTANCE = new Element(463, 4);
  private static final Element QUOTA = new Element(466, 4);
  private static final Element THRESHOLD = new Element(467, 4);

  /// Records of one form.
  private record Template(int id, List<Element> elements) {
    Template(int id, Element... elements) {
      this(id, List.of(elements));
    }

    int octets() {
      return elements.stream().mapToInt(Element::octets).sum();
    }

    static Template of(NatLogRecord e) {
      return switch (e.kind()) {
        case SESSION_BEGAN, SESSION_ENDED -> e.remote() == 0 ? SESSION : WITH_DESTINATION;
        case HOST_SESSION_BEGAN, HOST_SESSION_ENDED ->
            e.remote() == 0 ? HOST_SESSION : HOST_WITH_DESTINATION;
        case BLOCK_TAKEN, BLOCK_RETURNED -> e.isIpv6() ? HOST_BLOCK : BLOCK;
        case PORTS_EXHAUSTED -> PORTS_EXHAUSTED;
        case QUOTA_EXCEEDED -> QUOTA_EXCEEDED;
        case THRESHOLD_REACHED -> THRESHOLD_REACHED;
      };
    }
  }

  // RFC 8158 §5.6.1
  private static final Template SESSION =
      new Template(
          256, TIME, INSTANCE, TENANT, EVENT, PROTOCOL, INSIDE, INSIDE_PORT, PUBLIC, PUBLIC_PORT);
  private static final Template WITH_DESTINATION =
      new Template(
          257,
          TIME,
          INSTANCE,
          TENANT,
          EVENT,
          PROTOCOL,
          INSIDE,
          INSIDE_PORT,
          PUBLIC,
          PUBLIC_PORT,
          REMOTE,
          REMOTE_PORT);
  // Address and port blocks, exhausted ports, quotas, thresholds: §5.6.
  private static final Template BLOCK =
      new Template(258, TIME, INSTANCE, TENANT, EVENT, INSIDE, PUBLIC, FIRST_PORT, LAST_PORT);
  private static final Template PORTS_EXHAUSTED = new Template(259, TIME, INSTANCE, TENANT, EVENT);
  private static final Template QUOTA_EXCEEDED =
      new Template(260, TIME, INSTANCE, TENANT, EVENT, QUOTA);
  private static final Template THRESHOLD_REACHED =
      new Template(261, TIME, INSTANCE, TENANT, EVENT, THRESHOLD);
  // NAT64: the tenant's side is IPv6, and the destination is what the packet has outside.
  private static final Template HOST_SESSION =
      new Template(
          262, TIME, INSTANCE, TENANT, EVENT, PROTOCOL, INSIDE6, INSIDE_PORT, PUBLIC, PUBLIC_PORT);
  private static final Template HOST_WITH_DESTINATION =
      new Template(
          263,
          TIME,
          INSTANCE,
          TENANT,
          EVENT,
          PROTOCOL,
          INSIDE6,
          INSIDE_PORT,
          PUBLIC,
          PUBLIC_PORT,
          REMOTE4,
          REMOTE4_PORT);
  private static final Template HOST_BLOCK =
      new Template(264, TIME, INSTANCE, TENANT, EVENT, INSIDE6, PUBLIC, FIRST_PORT, LAST_PORT);
  private static final List<Template> TEMPLATES =
      List.of(
          SESSION,
          WITH_DESTINATION,
          BLOCK,
          PORTS_EXHAUSTED,
          QUOTA_EXCEEDED,
          THRESHOLD_REACHED,
          HOST_SESSION,
          HOST_WITH_DESTINATION,
          HOST_BLOCK);

  private final int domain;
  private final int messageOctets;
  private final int templateSeconds;
  private long sequence;
  private long templatesSecond = Long.MIN_VALUE;

  /// @param domain observation domain: a number that is this gateway's alone at its collector
  /// @param messageOctets most octets of a message, 512…65535
  /// @param templateSeconds how often the templates go, 1…86400
  public NatIpfix(int domain, int messageOctets, int templateSeconds) {
    if (templateSeconds < 1 || templateSeconds > 86_400) {
      throw new IllegalArgumentException("templateSeconds must be 1 to 86400");
    }
    this.templateSeconds = templateSeconds;
    if (messageOctets < 512 || messageOctets > 65_535) {
      throw new IllegalArgumentException("messageOctets must be 512 to 65535");
    }
    this.domain = domain;
    this.messageOctets = messageOctets;
  }

  /// The messages that carry these events, in their order; none where there are none.
  ///
  /// @param unixSeconds now
  public List<byte[]> encode(List<NatLogRecord> events, long unixSeconds) {
    List<byte[]> messages = new ArrayList<>();
    int i = 0;
    while (i < events.size()) {
      ByteBuffer b = ByteBuffer.allocate(messageOctets);
      b.position(HEADER);
      if (areTemplatesDue(unixSeconds)) {
        putTemplates(b);
        templatesSecond = unixSeconds;
      }
      int first = i;
      while (i < events.size() && fits(b, events.get(i))) {
        i = putSet(b, events, i);
      }
      messages.add(finish(b, unixSeconds));
      sequence += i - first;
    }
    return messages;
  }

  private boolean areTemplatesDue(long unixSeconds) {
    // A clock that is set back shall not silence them.
    return templatesSecond == Long.MIN_VALUE
        || unixSeconds < templatesSecond
        || unixSeconds - templatesSecond >= templateSeconds;
  }

  /// A message with the templates alone, if they are to go and there are no events now; else
  /// nothing.
  ///
  /// @param unixSeconds now
  public List<byte[]> templates(long unixSeconds) {
    if (!areTemplatesDue(unixSeconds)) {
      return List.of();
    }
    ByteBuffer b = ByteBuffer.allocate(messageOctets);
    b.position(HEADER);
    putTemplates(b);
    templatesSecond = unixSeconds;
    return List.of(finish(b, unixSeconds));
  }

  private static boolean fits(ByteBuffer b, NatLogRecord e) {
    return b.remaining() >= SET_HEADER + Template.of(e).octets();
  }

  private byte[] finish(ByteBuffer b, long unixSeconds) {
    byte[] message = new byte[b.position()];
    b.putShort(0, (short) VERSION);
    b.putShort(2, (short) message.length);
    b.putInt(4, (int) unixSeconds);
    // "The number of data records sent" before this message (RFC 7011 §3.1).
    b.putInt(8, (int) sequence);
    b.putInt(12, domain);
    b.get(0, message);
    return message;
  }

  private static void putTemplates(ByteBuffer b) {
    int start = b.position();
    b.putShort((short) TEMPLATE_SET);
    b.putShort((short) 0);
    for (Template template : TEMPLATES) {
      b.putShort((short) template.id);
      b.putShort((short) template.elements.size());
      for (Element element : template.elements) {
        b.putShort((short) element.id);
        b.putShort((short) element.octets);
      }
    }
    b.putShort(start + 2, (short) (b.position() - start));
  }

  /// Writes a set of records of one template, as many as follow one another and fit.
  ///
  /// @return index of the first event behind them
  private int putSet(ByteBuffer b, List<NatLogRecord> events, int from) {
    Template template = Template.of(events.get(from));
    int start = b.position();
    b.putShort((short) template.id);
    b.putShort((short) 0);
    int i = from;
    while (i < events.size()
        && Template.of(events.get(i)).id == template.id
        && b.remaining() >= template.octets()) {
      putRecord(b, template, events.get(i));
      i++;
    }
    b.putShort(start + 2, (short) (b.position() - start));
    return i;
  }

  private void putRecord(ByteBuffer b, Template template, NatLogRecord e) {
    for (Element element : template.elements) {
      switch (element.id) {
        case 323 -> b.putLong(e.unixMillis());
        case 463 -> b.putInt(domain);
        case 234 -> b.putInt(e.tenant());
        case 230 -> b.put((byte) e.kind().event());
        case 4 -> b.put((byte) e.protocol());
        case 8 -> b.putInt(e.inside());
        case 7 -> b.putShort((short) e.insidePort());
        case 225 -> b.putInt(e.publicAddress());
        case 227, 361 -> b.putShort((short) e.publicPort());
        case 362 -> b.putShort((short) e.lastPort());
        case 27 -> b.putLong(e.insideHigh()).putLong(e.insideLow());
        case 12, 226 -> b.putInt(e.remote());
        case 11, 228 -> b.putShort((short) e.remotePort());
        case 466 -> b.putInt(quota(NatVerdict.of(e.detail())));
        case 467 -> b.putInt(threshold(e));
        default -> throw new IllegalStateException("element " + element.id);
      }
    }
  }

  /// natQuotaExceededEvent: 1 "maximum session entries", 3 "maximum entries per user".
  private static int quota(NatVerdict verdict) {
    return switch (verdict) {
      case TENANT_SESSIONS, SUBSCRIBER_SESSIONS -> 3;
      default -> 1;
    };
  }

  /// natThresholdEvent: 1 and 2 address pool high and low, 3 mappings high, 4 mappings per user
  /// high.
  private static int threshold(NatLogRecord e) {
    return switch (NatEvents.Resource.of(e.protocol())) {
      case POOL_BLOCKS -> e.detail() > 0 ? 1 : 2;
      case SESSIONS -> 3;
      case TENANT_SESSIONS, TENANT_PORTS -> 4;
    };
  }
}
