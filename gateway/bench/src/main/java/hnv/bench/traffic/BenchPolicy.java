// SPDX-License-Identifier: Apache-2.0
package hnv.bench.traffic;

import hnv.dataplane.Encapsulation;
import hnv.document.Parsed;
import hnv.document.PolicyDocuments;
import hnv.model.Policy;
import hnv.wire.Ipv4Address;
import hnv.wire.MacAddress;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/// The policy of all rows, `policy.json` beside this class's module: two tenants with the same
/// addresses, each with a machine *here*, on the host that is measured, and one *there*. The
/// machines here have an access control list that denies by default.
public final class BenchPolicy {
  /// The host that is measured.
  public static final String SERVER = "here";

  /// The other host.
  public static final String SERVER_THERE = "there";

  public static final Ipv4Address PA_HERE = Ipv4Address.parse("192.168.1.10");
  public static final Ipv4Address PA_THERE = Ipv4Address.parse("192.168.1.20");
  public static final Ipv4Address CA_HERE = Ipv4Address.parse("10.1.1.11");
  public static final Ipv4Address CA_THERE = Ipv4Address.parse("10.1.1.12");
  public static final MacAddress MAC_HERE = MacAddress.parse("02:00:0a:01:01:0b");
  public static final MacAddress MAC_THERE = MacAddress.parse("02:00:0a:01:01:0c");

  /// A tenant.
  ///
  /// @param portHere resourceId of its network interface here
  /// @param portThere resourceId of its network interface there
  public record Tenant(String portHere, String portThere, int vsid) {}

  public static final Tenant BLUE = new Tenant("blue-here", "blue-there", 5001);
  public static final Tenant GREEN = new Tenant("green-here", "green-there", 6001);

  private BenchPolicy() {}

  /// The document.
  public static String document() {
    try (InputStream in = BenchPolicy.class.getResourceAsStream("/hnv/bench/policy.json")) {
      // Cannot be absent: it is part of this module.
      byte[] text = Objects.requireNonNull(in, "policy.json").readAllBytes();
      return new String(text, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The document with another encapsulation.
  public static String document(Encapsulation encapsulation) {
    String member = "\"networkVirtualizationProtocol\": \"";
    return document().replace(member + Encapsulation.VXLAN, member + encapsulation);
  }

  /// The policy.
  public static Policy policy() {
    return switch (PolicyDocuments.parse(document().getBytes(StandardCharsets.UTF_8))) {
      case Parsed.Accepted accepted -> accepted.policy();
      case Parsed.Refused refused ->
          throw new IllegalStateException("policy.json is refused: " + refused.problems());
    };
  }
}
