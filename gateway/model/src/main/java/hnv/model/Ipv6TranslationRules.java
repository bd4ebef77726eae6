// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.model.NetworkConnection.InterfaceAddress;
import hnv.model.NetworkConnection.L3;
import hnv.model.VirtualGateway.PrefixTranslation;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import hnv.wire.Ipv6Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How IPv6 hosts reach the outside: NAT64 and prefix translation. Asked when all uses of outside
/// addresses are known.
final class Ipv6TranslationRules {
  /// RFC 6052 §2.2.
  private static final Set<Integer> NAT64_LENGTHS = Set.of(32, 40, 48, 56, 64, 96);

  private record Owned(Cidr prefix, String owner) {}

  private final GatewayContext context;

  /// External prefixes, and the virtual gateways that have them.
  private final DisjointPrefixes<ResourceId> externals = new DisjointPrefixes<>();

  Ipv6TranslationRules(GatewayContext context) {
    this.context = context;
  }

  void check(AddressUses uses) {
    List<VirtualGateway> gateways = context.resources().virtualGateways();
    for (int i = 0; i < gateways.size(); i++) {
      VirtualGateway gateway = gateways.get(i);
      String path = context.element("$.virtualGateways", i) + ".properties";
      List<Owned> tenants = owned(gateway);
      if (gateway.nat64Prefix().isPresent()) {
        checkNat64(gateway, gateway.nat64Prefix().get(), tenants, path + ".nat64Prefix");
      }
      checkPrefixes(gateway, tenants, path + ".prefixTranslations", uses);
    }
  }

  /// IPv6 prefixes that the tenant has: its own, and those of its L3 connections.
  private List<Owned> owned(VirtualGateway gateway) {
    List<Owned> owned = new ArrayList<>();
    space(gateway).forEach(p -> owned.add(new Owned(p, "the virtual network")));
    for (NetworkConnection connection : gateway.networkConnections()) {
      if (connection.details() instanceof L3 l3) {
        l3.ipAddresses().stream()
            .map(InterfaceAddress::prefix)
            .forEach(p -> owned.add(new Owned(p, "connection " + connection.resourceId())));
      }
    }
    return owned;
  }

  private List<Cidr> space(VirtualGateway gateway) {
    return GatewayPlacement.virtualNetwork(gateway)
        .flatMap(context.context().index()::virtualNetwork)
        .map(VirtualNetwork::addressSpace)
        .orElse(List.of());
  }

  // ---- NAT64 ----

  private void checkNat64(VirtualGateway gateway, Cidr prefix, List<Owned> tenants, String path) {
    String wrong = whyNotNat64(prefix);
    if (wrong != null) {
      context.add(path, ProblemCode.INVALID_NAT64_PREFIX, prefix + ": " + wrong);
      return;
    }
    for (Owned owned : tenants) {
      checkApart(prefix, owned, path);
    }
    for (PrefixTranslation translation : gateway.prefixTranslations()) {
      checkApart(prefix, new Owned(translation.externalPrefix(), "a prefix translation"), path);
    }
    for (NetworkConnection connection : gateway.networkConnections()) {
      connection.routes().stream()
          .map(NetworkConnection.Route::destinationPrefix)
          .filter(prefix::contains)
          .forEach(
              route ->
                  checkApart(
                      prefix, new Owned(route, "connection " + connection.resourceId()), path));
    }
  }

  private static @Nullable String whyNotNat64(Cidr prefix) {
    if (!(prefix.network() instanceof Ipv6Address network)) {
      return "IPv4 addresses are embedded in an IPv6 prefix";
    }
    if (!NAT64_LENGTHS.contains(prefix.prefixLength())) {
      return "the length is 32, 40, 48, 56, 64 or 96 (RFC 6052 §2.2)";
    }
    if (network.low() >>> 56 != 0) {
      return "bits 64 to 71 are zero (RFC 6052 §2.2)";
    }
    // ::/96 has the loopback address; ::ffff:0:0/96 is on no wire.
    boolean hosts = network.isUnicast() && !network.isLinkLocal() && network.high() != 0;
    return hosts ? null : "its addresses are no hosts'";
  }

  // ---- prefix translation ----

  private void checkPrefixes(
      VirtualGateway gateway, List<Owned> tenants, String path, AddressUses uses) {
    List<PrefixTranslation> translations = gateway.prefixTranslations();
    context.checkCount(path, translations, context.limits().translationsPerConnection());
    DisjointPrefixes<Cidr> internals = new DisjointPrefixes<>();
    Wire first = null;
    for (int i = 0; i < translations.size(); i++) {
      PrefixTranslation translation = translations.get(i);
      String at = context.element(path, i);
      String external = at + ".externalPrefix";
      boolean possible = isPossible(translation.internalPrefix(), at + ".internalPrefix");
      possible &= isPossible(translation.externalPrefix(), external);
      if (!possible) {
        continue;
      }
      checkInternal(gateway, translation, internals, at + ".internalPrefix");
      checkExternal(gateway, translation.externalPrefix(), tenants, external, uses);
      Optional<Wire> wire = wire(gateway, translation.externalPrefix(), external);
      if (wire.isPresent() && first != null && !first.equals(wire.get())) {
        String text = "it belongs to " + wire.get() + ", others of the virtual gateway to " + first;
        context.add(external, ProblemCode.INVALID_PREFIX_TRANSLATION, text);
      }
      first = first == null ? wire.orElse(null) : first;
    }
  }

  private boolean isPossible(Cidr prefix, String path) {
    String wrong = whyNotTranslatable(prefix);
    if (wrong != null) {
      context.add(path, ProblemCode.INVALID_PREFIX_TRANSLATION, prefix + ": " + wrong);
    }
    return wrong == null;
  }

  private static @Nullable String whyNotTranslatable(Cidr prefix) {
    if (Addresses.isIpv4(prefix)) {
      return "prefixes of IPv6 are translated so; IPv4 is by the rules of load balancers";
    }
    if (prefix.prefixLength() > PrefixTranslation.LONGEST_PREFIX) {
      return "it is at most " + PrefixTranslation.LONGEST_PREFIX + " bits long (RFC 6296 §3.5)";
    }
    IpAddress network = prefix.network();
    return network.isUnicast() && !Addresses.isLinkLocal(network)
        ? null
        : "its addresses are no hosts'";
  }

  private void checkInternal(
      VirtualGateway gateway,
      PrefixTranslation translation,
      DisjointPrefixes<Cidr> internals,
      String path) {
    Cidr internal = translation.internalPrefix();
    List<Cidr> space = space(gateway);
    if (!space.isEmpty() && space.stream().noneMatch(s -> s.contains(internal))) {
      String text = internal + " is not inside the address space of the virtual network";
      context.add(path, ProblemCode.INVALID_PREFIX_TRANSLATION, text);
    }
    Map.Entry<Cidr, Cidr> other = internals.put(internal, translation.externalPrefix());
    if (other != null) {
      String text =
          internal + " overlaps " + other.getKey() + ", which is translated to " + other.getValue();
      context.add(path, ProblemCode.TRANSLATED_PREFIX_OVERLAP, text);
    }
  }

  private void checkExternal(
      VirtualGateway gateway, Cidr external, List<Owned> tenants, String path, AddressUses uses) {
    for (Owned owned : tenants) {
      checkApart(external, owned, path);
    }
    Map.Entry<Cidr, ResourceId> other = externals.put(external, gateway.resourceId());
    if (other != null) {
      checkApart(external, new Owned(other.getKey(), "virtual gateway " + other.getValue()), path);
    }
    uses.checkUnused(external, path);
  }

  /// The outside network of an external prefix, on which the gateway that translates must be.
  private Optional<Wire> wire(VirtualGateway gateway, Cidr external, String path) {
    Optional<Wire> wire = context.index().publicWire(external);
    if (wire.isEmpty() && !context.missesNetworks()) {
      String text = external + " is in no public logical subnet";
      context.add(path, ProblemCode.INVALID_PREFIX_TRANSLATION, text);
    }
    Optional<Gateway> home = context.placement().home(gateway);
    if (wire.isPresent()
        && home.isPresent()
        && !context.placement().wires(home.get()).contains(wire.get())) {
      context.add(
          path,
          ProblemCode.OUTSIDE_NETWORK_NOT_ON_GATEWAY,
          external
              + " belongs to "
              + wire.get()
              + ", on which gateway "
              + home.get().resourceId()
              + " has no outside interface");
    }
    return wire;
  }

  private void checkApart(Cidr prefix, Owned owned, String path) {
    if (prefix.overlaps(owned.prefix())) {
      context.add(
          path,
          ProblemCode.TRANSLATED_PREFIX_OVERLAP,
          prefix + " overlaps " + owned.prefix() + " of " + owned.owner());
    }
  }
}
