// SPDX-License-Identifier: Apache-2.0
package hnv.model;

import hnv.model.NetworkConnection.AddressTranslation;
import hnv.model.NetworkConnection.InterfaceAddress;
import hnv.model.NetworkConnection.L3;
import hnv.wire.Cidr;
import hnv.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Address translations of one virtual gateway's connections. Every packet has at most one
/// translation either way, and no address means two things on one side.
final class AddressTranslationRules {
  /// A shorter prefix would have addresses that are no host's.
  private static final int SHORTEST_PREFIX = 8;

  private record Owned(Cidr prefix, String owner) {}

  private final GatewayContext context;
  private final VirtualGateway virtual;
  private final List<Cidr> addressSpace;

  /// Of all connections: the subnets of L3 connections.
  private final List<Owned> connected = new ArrayList<>();

  /// Of all connections: what the virtual network knows the other side by, and what it is.
  private final DisjointPrefixes<Cidr> seenRemotes = new DisjointPrefixes<>();

  AddressTranslationRules(GatewayContext context, VirtualGateway virtual) {
    this.context = context;
    this.virtual = virtual;
    this.addressSpace =
        GatewayPlacement.virtualNetwork(virtual)
            .flatMap(context.context().index()::virtualNetwork)
            .map(VirtualNetwork::addressSpace)
            .orElse(List.of());
    for (NetworkConnection connection : virtual.networkConnections()) {
      connected(connection)
          .forEach(p -> connected.add(new Owned(p, "connection " + connection.resourceId())));
    }
  }

  private static List<Cidr> connected(NetworkConnection connection) {
    return connection.details() instanceof L3 l3
        ? l3.ipAddresses().stream().map(InterfaceAddress::prefix).distinct().toList()
        : List.of();
  }

  void check(NetworkConnection connection, String path) {
    String all = path + ".addressTranslations";
    List<AddressTranslation> translations = connection.addressTranslations();
    context.checkCount(all, translations, context.limits().translationsPerConnection());
    Pairs pairs = new Pairs();
    for (int i = 0; i < translations.size(); i++) {
      AddressTranslation translation = translations.get(i);
      String at = context.element(all, i);
      if (isWellFormed(translation, at)) {
        checkPlaces(connection, translation, at);
        checkPairs(translation, pairs, at);
      }
    }
    checkHidden(connection, path);
  }

  /// What the translations of one connection say, each prefix with its partner.
  private record Pairs(
      DisjointPrefixes<Cidr> locals,
      DisjointPrefixes<Cidr> seenLocals,
      DisjointPrefixes<Cidr> remotes,
      Set<AddressTranslation> all) {
    Pairs() {
      this(
          new DisjointPrefixes<>(),
          new DisjointPrefixes<>(),
          new DisjointPrefixes<>(),
          new HashSet<>());
    }
  }

  // ---- one translation ----

  private boolean isWellFormed(AddressTranslation translation, String path) {
    boolean usable = isUsable(translation.localPrefix(), path + ".localPrefix");
    usable &= isUsable(translation.translatedLocalPrefix(), path + ".translatedLocalPrefix");
    usable &= isUsable(translation.remotePrefix(), path + ".remotePrefix");
    usable &= isUsable(translation.translatedRemotePrefix(), path + ".translatedRemotePrefix");
    if (!usable) {
      return false;
    }
    boolean equal =
        isEquallyLong(
            translation.localPrefix(),
            translation.translatedLocalPrefix(),
            path + ".translatedLocalPrefix");
    equal &=
        isEquallyLong(
            translation.remotePrefix(),
            translation.translatedRemotePrefix(),
            path + ".translatedRemotePrefix");
    return equal;
  }

  private boolean isUsable(Cidr prefix, String path) {
    String why = whyUnusable(prefix);
    if (why != null) {
      context.add(path, ProblemCode.INVALID_ADDRESS_TRANSLATION, prefix + ": " + why);
    }
    return why == null;
  }

  private static @Nullable String whyUnusable(Cidr prefix) {
    if (!Addresses.isIpv4(prefix)) {
      return "connections translate IPv4 only";
    }
    if (prefix.prefixLength() < SHORTEST_PREFIX) {
      return "it is too wide; at least /" + SHORTEST_PREFIX;
    }
    IpAddress network = prefix.network();
    boolean hosts = network.isUnicast() && !network.isLoopback() && !Addresses.isLinkLocal(network);
    return hosts ? null : "its addresses are no hosts'";
  }

  private boolean isEquallyLong(Cidr prefix, Cidr translated, String path) {
    if (prefix.prefixLength() == translated.prefixLength()) {
      return true;
    }
    String text = translated + " is not as long as " + prefix + ", which it stands for";
    context.add(path, ProblemCode.INVALID_ADDRESS_TRANSLATION, text);
    return false;
  }

  private void checkPlaces(
      NetworkConnection connection, AddressTranslation translation, String path) {
    Cidr local = translation.localPrefix();
    if (!addressSpace.isEmpty()
        && addressSpace.stream().noneMatch(space -> space.contains(local))) {
      String text = local + " is not inside the address space of the virtual network";
      context.add(path + ".localPrefix", ProblemCode.INVALID_ADDRESS_TRANSLATION, text);
    }
    String seen = path + ".translatedRemotePrefix";
    for (Cidr space : addressSpace) {
      checkApart(translation.translatedRemotePrefix(), space, "the virtual network", seen);
    }
    for (Owned owned : connected) {
      checkApart(translation.translatedRemotePrefix(), owned.prefix(), owned.owner(), seen);
    }
    for (Cidr own : connected(connection)) {
      checkApart(
          translation.translatedLocalPrefix(),
          own,
          "this connection",
          path + ".translatedLocalPrefix");
      checkApart(translation.remotePrefix(), own, "this connection", path + ".remotePrefix");
    }
    for (AddressTranslation other : connection.addressTranslations()) {
      checkApart(
          translation.translatedLocalPrefix(),
          other.remotePrefix(),
          "the other side",
          path + ".translatedLocalPrefix");
    }
  }

  private void checkApart(Cidr prefix, Cidr other, String owner, String path) {
    if (prefix.overlaps(other)) {
      String text = prefix + " overlaps " + other + " of " + owner;
      context.add(path, ProblemCode.TRANSLATED_PREFIX_OVERLAP, text);
    }
  }

  // ---- with others ----

  private void checkPairs(AddressTranslation translation, Pairs pairs, String path) {
    if (!pairs.all().add(translation)) {
      String text = "the same translation stands there already";
      context.add(path, ProblemCode.TRANSLATED_PREFIX_OVERLAP, text);
    }
    Cidr local = translation.localPrefix();
    Cidr seenLocal = translation.translatedLocalPrefix();
    checkPair(pairs.locals(), local, seenLocal, path + ".localPrefix");
    checkPair(pairs.seenLocals(), seenLocal, local, path + ".translatedLocalPrefix");
    Cidr remote = translation.remotePrefix();
    Cidr seenRemote = translation.translatedRemotePrefix();
    checkPair(pairs.remotes(), remote, seenRemote, path + ".remotePrefix");
    checkPair(seenRemotes, seenRemote, remote, path + ".translatedRemotePrefix");
  }

  /// Prefixes are apart, or the same with the same partner.
  private void checkPair(DisjointPrefixes<Cidr> pairs, Cidr prefix, Cidr partner, String path) {
    Map.Entry<Cidr, Cidr> other = pairs.put(prefix, partner);
    if (other != null && !(other.getKey().equals(prefix) && other.getValue().equals(partner))) {
      context.add(
          path,
          ProblemCode.TRANSLATED_PREFIX_OVERLAP,
          prefix + " overlaps " + other.getKey() + ", which goes with " + other.getValue());
    }
  }

  /// Routes speak of what the virtual network sees.
  private void checkHidden(NetworkConnection connection, String path) {
    String all = path + ".routes";
    for (int i = 0; i < connection.routes().size(); i++) {
      Cidr destination = connection.routes().get(i).destinationPrefix();
      Optional<AddressTranslation> hiding =
          connection.addressTranslations().stream()
              .filter(t -> t.remotePrefix().contains(destination))
              .filter(t -> !t.translatedRemotePrefix().overlaps(destination))
              .findFirst();
      if (hiding.isPresent()) {
        context.add(
            context.element(all, i) + ".destinationPrefix",
            ProblemCode.INVALID_ADDRESS_TRANSLATION,
            destination
                + " is hidden: virtual gateway "
                + virtual.resourceId()
                + " knows it as "
                + hiding.get().translatedRemotePrefix());
      }
    }
  }
}
