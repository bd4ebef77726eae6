// SPDX-License-Identifier: Apache-2.0
package hnv.nat.log;

import hnv.nat.NatEvents;
import hnv.nat.NatVerdict;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.function.IntFunction;

/// Writes events as syslog messages (RFC 5424): what happened is the MSGID, the fields are
/// structured data, and there is no free text. One message per event; how it is carried (RFC 5425,
/// 5426, 6587) is the caller's.
///
/// ```text
/// <134>1 2026-11-20T16:04:05.678Z gw1 hnv-nat - NAT-PORT-BLOCK-ALLOCATE
///   [nat@32473 tenant="Contoso" network="0" inside="10.1.1.12" public="203.0.113.5"
///    first="1024" last="1279"]
/// ```
public final class NatSyslog {
  /// Private enterprise number in the name of the structured data: that of examples (RFC 5612).
  public static final int EXAMPLE_ENTERPRISE = 32_473;

  private static final int LOCAL0 = 16;
  private static final int WARNING = 4;
  private static final int INFORMATIONAL = 6;
  private static final int MOST_HOST_OCTETS = 255;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final String host;
  private final int enterprise;
  private final IntFunction<String> tenantName;

  /// @param host name of this gateway; what is no printable US-ASCII in it becomes `_`
  /// @param enterprise private enterprise number of the operator
  /// @param tenantName of a slot
  public NatSyslog(String host, int enterprise, IntFunction<String> tenantName) {
    String printable = host.replaceAll("[^!-~]", "_");
    this.host =
        printable.isEmpty()
            ? "-"
            : printable.substring(0, Math.min(MOST_HOST_OCTETS, printable.length()));
    this.enterprise = enterprise;
    this.tenantName = tenantName;
  }

  /// The octets of one message, without framing.
  public byte[] encode(NatLogRecord event) {
    return text(event).getBytes(StandardCharsets.UTF_8);
  }

  private String text(NatLogRecord e) {
    StringBuilder b = new StringBuilder(256);
    boolean isWarning =
        switch (e.kind()) {
          case PORTS_EXHAUSTED, QUOTA_EXCEEDED -> true;
          case THRESHOLD_REACHED -> e.detail() > 0;
          default -> false;
        };
    b.append('<').append(LOCAL0 * 8 + (isWarning ? WARNING : INFORMATIONAL)).append(">1 ");
    b.append(TIME.format(Instant.ofEpochMilli(e.unixMillis())));
    b.append(' ').append(host).append(" hnv-nat - ").append(e.kind().word());
    b.append(" [nat@").append(enterprise);
    switch (e.kind()) {
      case SESSION_BEGAN, SESSION_ENDED, HOST_SESSION_BEGAN, HOST_SESSION_ENDED -> session(b, e);
      case BLOCK_TAKEN, BLOCK_RETURNED -> block(b, e);
      case PORTS_EXHAUSTED, QUOTA_EXCEEDED -> {
        tenant(b, e);
        field(b, "reason", NatVerdict.of(e.detail()).text());
      }
      case THRESHOLD_REACHED -> threshold(b, e);
    }
    return b.append(']').toString();
  }

  private void session(StringBuilder b, NatLogRecord e) {
    tenant(b, e);
    field(b, "protocol", Integer.toString(e.protocol()));
    field(b, "inside", inside(e));
    field(b, "insidePort", Integer.toString(e.insidePort()));
    field(b, "public", address(e.publicAddress()));
    field(b, "publicPort", Integer.toString(e.publicPort()));
    if (e.remote() != 0) {
      field(b, "remote", address(e.remote()));
      field(b, "remotePort", Integer.toString(e.remotePort()));
    }
  }

  private void block(StringBuilder b, NatLogRecord e) {
    tenant(b, e);
    field(b, "inside", inside(e));
    field(b, "public", address(e.publicAddress()));
    field(b, "first", Integer.toString(e.publicPort()));
    field(b, "last", Integer.toString(e.lastPort()));
  }

  private void threshold(StringBuilder b, NatLogRecord e) {
    NatEvents.Resource resource = NatEvents.Resource.of(e.protocol());
    field(b, "resource", resource.text());
    switch (resource) {
      case TENANT_SESSIONS, TENANT_PORTS -> field(b, "tenant", tenantName.apply(e.tenant()));
      case POOL_BLOCKS -> field(b, "pool", Integer.toString(e.publicPort()));
      case SESSIONS -> {}
    }
    field(b, "percent", Integer.toString(e.detail()));
  }

  private void tenant(StringBuilder b, NatLogRecord e) {
    field(b, "tenant", tenantName.apply(e.tenant()));
    field(b, "network", Integer.toString(e.network()));
  }

  /// "The characters '"', '\' and ']' MUST be escaped" (RFC 5424 §6.3.3).
  private static void field(StringBuilder b, String name, String value) {
    b.append(' ').append(name).append("=\"");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\' || c == ']') {
        b.append('\\');
      }
      b.append(Character.isISOControl(c) ? '_' : c);
    }
    b.append('"');
  }

  private static String inside(NatLogRecord e) {
    return e.isIpv6()
        ? new Ipv6Address(e.insideHigh(), e.insideLow()).toString()
        : address(e.inside());
  }

  private static String address(int bits) {
    return new Ipv4Address(bits).toString();
  }
}
