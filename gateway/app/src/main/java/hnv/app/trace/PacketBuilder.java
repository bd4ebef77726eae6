// SPDX-License-Identifier: Apache-2.0
package hnv.app.trace;

import hnv.app.cli.Refusal;
import hnv.app.host.OfflineHost;
import hnv.dataplane.Encapsulation;
import hnv.dataplane.FramePool;
import hnv.overlay.OverlayNetwork;
import hnv.overlay.OverlayNetwork.Adapter;
import hnv.overlay.OverlayNetwork.Domain;
import hnv.overlay.OverlayNetwork.Host;
import hnv.overlay.OverlayNetwork.Subnet;
import hnv.overlay.RouterMac;
import hnv.wire.CustomerAddress;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import hnv.wire.MacAddress;
import hnv.wire.ProviderAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Makes octets of a description, and fills in what it does not say from policy: the sender's
/// addresses are those of the port, the MAC of a destination in another virtual subnet is the
/// router's, a packet from the underlay comes from the host where its sender is. Owned by one
/// caller.
public final class PacketBuilder {
  private static final long IPV4_MULTICAST_MAC = 0x01_00_5E_00_00_00L;
  private static final long IPV6_MULTICAST_MAC = 0x33_33_00_00_00_00L;

  private final OverlayNetwork network;
  private final String host;
  private final int vxlanPort;
  private final List<String> problems = new ArrayList<>();

  /// @param host the server at which the packet comes in, as policy spells it
  public PacketBuilder(OverlayNetwork network, String host, int vxlanPort) {
    this.network = network;
    this.host = host;
    this.vxlanPort = vxlanPort;
  }

  /// Where a packet is, as far as policy is concerned.
  ///
  /// @param subnets the virtual subnets of its routing domain; none where policy knows no domain
  /// @param adapters the adapters of its routing domain
  /// @param sender the adapter that it comes from; null at the underlay
  private record Place(
      List<Subnet> subnets, List<Adapter> adapters, int vsid, @Nullable Adapter sender) {}

  /// The octets of the frame.
  ///
  /// @throws Refusal with every problem, each naming its option
  public byte[] build(DescribedPacket described) throws Refusal {
    if (!described.octets().isEmpty()) {
      return parseHex(described.octets());
    }
    boolean underlay = described.port().equalsIgnoreCase(OfflineHost.UNDERLAY);
    Optional<Place> place = underlay ? placeOfVni(described) : placeOfPort(described);
    if (place.isEmpty()) {
      throw new Refusal(problems);
    }
    FrameText frame = inner(described, place.get());
    if (!problems.isEmpty()) {
      throw new Refusal(problems);
    }
    if (!underlay) {
      return frame.octets();
    }
    OuterText outer = outer(described, place.get(), frame);
    if (!problems.isEmpty()) {
      throw new Refusal(problems);
    }
    return outer.around(frame.octets(), vxlanPort);
  }

  private static byte[] parseHex(String text) throws Refusal {
    String digits = text.replaceAll("[\\s:]", "");
    try {
      byte[] octets = HexFormat.of().parseHex(digits);
      if (octets.length > FramePool.MAX_FRAME_LENGTH) {
        throw new Refusal("--hex: more than " + FramePool.MAX_FRAME_LENGTH + " octets");
      }
      return octets;
    } catch (IllegalArgumentException e) {
      throw new Refusal("--hex: not an even number of hexadecimal digits");
    }
  }

  // ---- where the packet is ----

  private Optional<Place> placeOfPort(DescribedPacket described) {
    for (Domain domain : network.domains()) {
      for (Adapter adapter : domain.adapters()) {
        if (adapter.name().equalsIgnoreCase(described.port())) {
          if (!adapter.host().equals(host)) {
            problems.add(
                "--port: "
                    + adapter.name()
                    + " is on "
                    + (adapter.host().isEmpty() ? "no server" : adapter.host())
                    + ", not on "
                    + host);
            return Optional.empty();
          }
          return Optional.of(
              new Place(domain.subnets(), domain.adapters(), adapter.vsid().value(), adapter));
        }
      }
    }
    problems.add(
        "--port: policy has no interface \"" + described.port() + "\" in a virtual network");
    return Optional.empty();
  }

  private Optional<Place> placeOfVni(DescribedPacket described) {
    if (described.vni() < 0) {
      problems.add("--vni: a packet at the underlay needs it: which virtual subnet is it in?");
      return Optional.empty();
    }
    for (Domain domain : network.domains()) {
      for (Subnet subnet : domain.subnets()) {
        if (subnet.vsid().value() == described.vni()) {
          return Optional.of(
              new Place(domain.subnets(), domain.adapters(), (int) described.vni(), null));
        }
      }
    }
    // Nobody's: addresses then have to be given.
    return Optional.of(new Place(List.of(), List.of(), (int) described.vni(), null));
  }

  // ---- the inner frame ----

  private FrameText inner(DescribedPacket described, Place place) {
    FrameText frame = new FrameText();
    IpAddress destination = address("--dst", described.destination());
    if (destination == null) {
      if (problems.isEmpty()) {
        problems.add("--dst: a packet needs a destination, or --hex or --pcap");
      }
      return frame;
    }
    frame.destination = destination;
    IpAddress source = address("--src", described.source());
    Adapter sender = place.sender();
    if (source == null && sender != null) {
      source = ofFamily(sender, destination).orElse(null);
    }
    if (source == null) {
      problems.add("--src: which address does it come from?");
      return frame;
    }
    if (source instanceof Ipv6Address != destination instanceof Ipv6Address) {
      problems.add("--src and --dst are of different families");
    }
    frame.source = source;
    frame.protocol = protocol(described, destination);
    frame.sourcePort = number("--sport", described.sourcePort(), 0, 65_535, 40_000);
    frame.destinationPort = number("--dport", described.destinationPort(), 0, 65_535, 80);
    frame.flags = flags(described.flags());
    frame.ttl = number("--ttl", described.ttl(), 0, 255, 64);
    frame.size = number("--size", described.size(), 0, 65_535, 0);
    frame.vlan = number("--vlan", described.vlan(), 0, 4_095, FrameText.NO_VLAN);
    frame.fragmentable = described.fragmentable();
    frame.sourceMac = sourceMac(described, place, source);
    frame.destinationMac = destinationMac(described, place, frame);
    return frame;
  }

  private long sourceMac(DescribedPacket described, Place place, IpAddress source) {
    MacAddress given = parsed("--src-mac", described.sourceMac(), MacAddress::parse);
    if (given != null) {
      return given.bits();
    }
    Adapter sender = place.sender();
    if (sender != null) {
      return sender.mac().bits();
    }
    Optional<Adapter> owner = owner(place, source);
    if (owner.isEmpty()) {
      problems.add("--src-mac: policy has no interface with " + source + "; say its MAC address");
      return 0;
    }
    return owner.get().vsid().value() == place.vsid() ? owner.get().mac().bits() : RouterMac.BITS;
  }

  private long destinationMac(DescribedPacket described, Place place, FrameText frame) {
    MacAddress given = parsed("--dst-mac", described.destinationMac(), MacAddress::parse);
    if (given != null) {
      return given.bits();
    }
    IpAddress destination = frame.destination;
    if (frame.protocol == FrameText.ARP || isBroadcast(place, destination)) {
      return MacAddress.BROADCAST.bits();
    }
    if (frame.protocol == FrameText.NEIGHBOR_SOLICITATION
        && destination instanceof Ipv6Address target) {
      return IPV6_MULTICAST_MAC | 0xFF00_0000L | (target.low() & 0xFF_FFFFL);
    }
    if (destination.isMulticast()) {
      return switch (destination) {
        case Ipv4Address v4 -> IPV4_MULTICAST_MAC | (v4.bits() & 0x7F_FFFFL);
        case Ipv6Address v6 -> IPV6_MULTICAST_MAC | (v6.low() & 0xFFFF_FFFFL);
      };
    }
    return owner(place, destination)
        .filter(adapter -> adapter.vsid().value() == place.vsid())
        .map(adapter -> adapter.mac().bits())
        .orElse(RouterMac.BITS);
  }

  private static boolean isBroadcast(Place place, IpAddress address) {
    return (address instanceof Ipv4Address(int bits) && bits == -1)
        || place.subnets().stream()
            .filter(subnet -> subnet.vsid().value() == place.vsid())
            .flatMap(subnet -> subnet.prefixes().stream())
            .anyMatch(prefix -> prefix.isBroadcast(address));
  }

  private int protocol(DescribedPacket described, IpAddress destination) {
    boolean ipv6 = destination instanceof Ipv6Address;
    String text = described.protocol().toLowerCase(Locale.ROOT);
    return switch (text) {
      case "", "tcp" -> FrameText.TCP;
      case "udp" -> FrameText.UDP;
      case "icmp", "ping" -> ipv6 ? FrameText.ICMPV6 : FrameText.ICMP;
      case "icmp6", "icmpv6" -> FrameText.ICMPV6;
      case "arp" -> {
        if (ipv6) {
          problems.add("--proto arp: ARP asks for IPv4 addresses; nd asks for IPv6");
        }
        yield FrameText.ARP;
      }
      case "nd" -> {
        if (!ipv6) {
          problems.add("--proto nd: neighbour discovery asks for IPv6 addresses; arp for IPv4");
        }
        yield FrameText.NEIGHBOR_SOLICITATION;
      }
      default -> {
        if (text.matches("[0-9]{1,3}") && Integer.parseInt(text) <= 255) {
          yield Integer.parseInt(text);
        }
        problems.add(
            "--proto: \"" + described.protocol() + "\" is none of tcp, udp, icmp, arp, nd, 0-255");
        yield FrameText.TCP;
      }
    };
  }

  private int flags(String text) {
    int flags = FrameText.flags(text);
    if (flags < 0) {
      problems.add(
          "--flags: \"" + text + "\" is not like S, SA, syn,ack or 0x12 (F S R P A U E C)");
      return 0;
    }
    return flags;
  }

  // ---- the outer headers ----

  private OuterText outer(DescribedPacket described, Place place, FrameText frame) {
    ProviderAddress source = parsed("--outer-src", described.outerSource(), ProviderAddress::parse);
    ProviderAddress destination =
        parsed("--outer-dst", described.outerDestination(), ProviderAddress::parse);
    Optional<Host> sender = owner(place, frame.source).flatMap(adapter -> host(adapter.host()));
    if (source == null) {
      source = sender.map(from -> from.addresses().getFirst()).orElse(null);
    }
    if (destination == null) {
      destination = host(host).map(to -> to.addresses().getFirst()).orElse(null);
    }
    if (source == null || destination == null) {
      problems.add(
          source == null
              ? "--outer-src: which provider address does it come from?"
              : "--outer-dst: " + host + " has no provider address");
      return new OuterText(
          Encapsulation.VXLAN, Ipv4Address.parse("0.0.0.0"), Ipv4Address.parse("0.0.0.0"), 0);
    }
    Encapsulation encapsulation =
        switch (described.encapsulation().toLowerCase(Locale.ROOT)) {
          case "" -> network.encapsulation();
          case "vxlan" -> Encapsulation.VXLAN;
          case "nvgre" -> Encapsulation.NVGRE;
          default -> {
            problems.add(
                "--encap: \"" + described.encapsulation() + "\" is neither vxlan nor nvgre");
            yield Encapsulation.VXLAN;
          }
        };
    if (source.address() instanceof Ipv4Address != destination.address() instanceof Ipv4Address) {
      problems.add("--outer-src and --outer-dst are of different families");
    }
    int vni = number("--vni", described.vni(), 0, 0xFF_FFFF, 0);
    return new OuterText(encapsulation, source.address(), destination.address(), vni);
  }

  // ---- small things ----

  private Optional<Host> host(String name) {
    return network.hosts().stream().filter(each -> each.name().equals(name)).findFirst();
  }

  private static Optional<Adapter> owner(Place place, IpAddress address) {
    return place.adapters().stream()
        .filter(
            adapter ->
                adapter.addresses().stream()
                    .map(CustomerAddress::address)
                    .anyMatch(address::equals))
        .findFirst();
  }

  private static Optional<IpAddress> ofFamily(Adapter adapter, IpAddress like) {
    return adapter.addresses().stream()
        .map(CustomerAddress::address)
        .filter(address -> address instanceof Ipv6Address == like instanceof Ipv6Address)
        .findFirst();
  }

  private @Nullable IpAddress address(String option, String text) {
    return parsed(option, text, IpAddress::parse);
  }

  private <T> @Nullable T parsed(String option, String text, Function<String, T> parse) {
    if (text.isEmpty()) {
      return null;
    }
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException e) {
      problems.add(option + ": " + Objects.requireNonNullElse(e.getMessage(), text));
      return null;
    }
  }

  private int number(String option, long value, int min, int max, int otherwise) {
    if (value == DescribedPacket.NOT_GIVEN) {
      return otherwise;
    }
    if (value < min || value > max) {
      problems.add(option + ": " + value + " is not within " + min + " to " + max);
      return otherwise;
    }
    return (int) value;
  }
}
