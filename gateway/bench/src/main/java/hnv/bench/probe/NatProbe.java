// SPDX-License-Identifier: Apache-2.0
package hnv.bench.probe;

import hnv.bench.line.ExitLine;
import hnv.bench.line.Inside;
import hnv.lab.netns.Deadline;
import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.traffic.FrameSender;
import hnv.wire.Ipv4Address;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// A client inside and two addresses with two ports each outside, which find out together what the
/// translation between them does, in the terms of RFC 4787 and in the manner of RFC 5780. It knows
/// nothing of the translation but where its two sides are.
///
/// Closing closes the sockets. Owned by one thread.
final class NatProbe implements AutoCloseable {
  private static final Ipv4Address INSIDE = Ipv4Address.parse("10.9.0.2");
  private static final Ipv4Address INSIDE_2 = Ipv4Address.parse("10.9.0.3");
  private static final Ipv4Address OUTSIDE_2 = Ipv4Address.parse("198.51.100.3");
  private static final int PORT_1 = 3_478;
  private static final int PORT_2 = 3_479;
  private static final int CLOSED_PORT = 3_500;
  private static final int CONTENDED_PORT = 40_404;
  private static final int LARGE = 4_000;
  private static final int MANY = 12;

  private final Namespace client;
  private final Namespace server;

  /// First address and port, first and second port of either address.
  private final Endpoint out11;

  private final Endpoint out12;
  private final Endpoint out21;
  private final Map<String, String> answers = new LinkedHashMap<>();

  /// @param line a translation without tunnels; it is given addresses more
  NatProbe(ExitLine line) {
    client = line.client();
    server = line.server();
    client.ip("address add %s/24 dev %s".formatted(INSIDE_2, ExitLine.DEVICE));
    server.ip("address add %s/24 dev %s".formatted(OUTSIDE_2, ExitLine.DEVICE));
    out11 = Endpoint.open(server, ExitLine.SERVER, PORT_1);
    out12 = Endpoint.open(server, ExitLine.SERVER, PORT_2);
    out21 = Endpoint.open(server, OUTSIDE_2, PORT_1);
  }

  /// All questions, and what the translation answered, in the order of the questions.
  ///
  /// @param idle how long to wait before mappings are asked for again; zero: not at all
  Map<String, String> ask(Duration idle) throws IOException, LinuxException {
    mapping();
    contendedMapping();
    filtering();
    hairpin();
    ports();
    pooling();
    answers.put("ICMP: port unreachable comes in", yes(errorComesIn()));
    answers.put("ICMP: ping goes out and back", yes(ping()));
    fragments();
    if (!idle.isZero()) {
      timers(idle);
    }
    return answers;
  }

  private static String yes(boolean is) {
    return is ? "yes" : "no";
  }

  private Endpoint inside(Ipv4Address address, int port) {
    return Endpoint.open(client, address, port);
  }

  private static InetSocketAddress mapped(Endpoint from, Endpoint to) {
    return from.reach(to.address(), to)
        .orElseThrow(() -> new LabException("nothing of " + from.address() + " arrives outside"));
  }

  /// RFC 4787 §4.1: which packets of one socket come from one place outside.
  private void mapping() {
    try (Endpoint in = inside(INSIDE, 0)) {
      answers.put("mapping", mapping(in, List.of(out11, out12, out21)));
    }
  }

  /// The same where another machine has the port already that would be the natural one, toward the
  /// endpoint that is asked last.
  private void contendedMapping() {
    try (Endpoint other = inside(INSIDE, CONTENDED_PORT);
        Endpoint in = inside(INSIDE_2, CONTENDED_PORT)) {
      mapped(other, out11);
      answers.put("mapping, port taken by another", mapping(in, List.of(out12, out21, out11)));
    }
  }

  private String mapping(Endpoint in, List<Endpoint> order) {
    Map<Endpoint, InetSocketAddress> seen = new HashMap<>();
    order.forEach(out -> seen.put(out, mapped(in, out)));
    InetSocketAddress first = seen.get(out11);
    boolean samePort = Objects.equals(seen.get(out12), first);
    if (samePort && Objects.equals(seen.get(out21), first)) {
      return "endpoint-independent";
    }
    return samePort ? "address-dependent" : "address and port-dependent";
  }

  /// RFC 4787 §5: who may send to a mapping.
  private void filtering() {
    try (Endpoint in = inside(INSIDE, 0)) {
      InetSocketAddress to = mapped(in, out11);
      boolean sameEndpoint = out11.reach(to, in).isPresent();
      boolean otherPort = out12.reach(to, in).isPresent();
      boolean otherAddress = out21.reach(to, in).isPresent();
      String behaviour;
      if (!sameEndpoint) {
        behaviour = "nothing comes in";
      } else if (otherAddress) {
        behaviour = "endpoint-independent";
      } else {
        behaviour = otherPort ? "address-dependent" : "address and port-dependent";
      }
      answers.put("filtering", behaviour);
    }
  }

  /// RFC 4787 §6: two machines inside by their public addresses.
  private void hairpin() {
    try (Endpoint a = inside(INSIDE, 0);
        Endpoint b = inside(INSIDE_2, 0)) {
      InetSocketAddress publicA = mapped(a, out11);
      InetSocketAddress publicB = mapped(b, out11);
      Optional<InetSocketAddress> seen = a.reach(publicB, b);
      answers.put("hairpin", yes(seen.isPresent()));
      answers.put(
          "hairpin: source that is seen",
          seen.map(from -> from.equals(publicA) ? "the public one" : "another").orElse("none"));
    }
  }

  /// RFC 4787 §4.2: how ports outside are like those inside.
  private void ports() {
    int preserved = 0;
    int parity = 0;
    int neighbours = 0;
    int before = 0;
    for (int i = 0; i < MANY; i++) {
      try (Endpoint in = inside(INSIDE, 0)) {
        int local = in.address().getPort();
        int outside = mapped(in, out11).getPort();
        preserved += local == outside ? 1 : 0;
        parity += local % 2 == outside % 2 ? 1 : 0;
        neighbours += Math.abs(outside - before) == 1 ? 1 : 0;
        before = outside;
      }
    }
    answers.put("port preserved", "%d of %d".formatted(preserved, MANY));
    answers.put("port parity preserved", "%d of %d".formatted(parity, MANY));
    answers.put("port next to the one before", "%d of %d".formatted(neighbours, MANY));
  }

  /// RFC 4787 §4.1 REQ-2: whether all of a machine's sockets have one address outside.
  private void pooling() {
    Set<Object> addresses = new HashSet<>();
    for (int i = 0; i < MANY; i++) {
      try (Endpoint in = inside(INSIDE, 0)) {
        addresses.add(mapped(in, i % 2 == 0 ? out11 : out21).getAddress());
      }
    }
    answers.put(
        "address pooling", addresses.size() == 1 ? "paired" : addresses.size() + " addresses");
  }

  private boolean errorComesIn() {
    try (Endpoint in = inside(INSIDE, 0)) {
      return in.learnsThatNobodyIsAt(
          new InetSocketAddress(out11.address().getAddress(), CLOSED_PORT));
    }
  }

  private boolean ping() {
    return client
        .run(
            "ping",
            "-c",
            "2",
            "-i",
            "0.2",
            "-W",
            "1",
            "-I",
            INSIDE.toString(),
            "-q",
            ExitLine.SERVER.toString())
        .succeeded();
  }

  /// RFC 4787 §11: packets in pieces, both ways; and the last piece first.
  private void fragments() throws IOException, LinuxException {
    try (Endpoint in = inside(INSIDE, 0)) {
      Optional<InetSocketAddress> out = in.reach(out11.address(), out11, LARGE);
      answers.put("fragments, out", yes(out.isPresent()));
      InetSocketAddress to = mapped(in, out11);
      answers.put("fragments, in", yes(out11.reach(to, in, LARGE).isPresent()));
      answers.put("fragments, out, last first", yes(backwardsArrive(in)));
    }
  }

  private boolean backwardsArrive(Endpoint in) throws IOException, LinuxException {
    FragmentedDatagram datagram =
        new FragmentedDatagram(
            ExitLine.CLIENT_MAC,
            ExitLine.LAN_MAC,
            INSIDE,
            ExitLine.SERVER,
            in.address().getPort(),
            PORT_1);
    List<byte[]> frames = new ArrayList<>();
    for (int id = 1; id <= FrameSender.BATCH / 2; id++) {
      frames.addAll(datagram.lastFirst(id));
    }
    try (FrameSender sender =
        Inside.call(
            client,
            () -> {
              try (HostNetwork network = HostNetwork.open()) {
                int index = network.link(ExitLine.DEVICE).orElseThrow().index();
                return new FrameSender(index, frames);
              }
            })) {
      sender.send();
    }
    return out11.await(datagram.payload()).isPresent();
  }

  /// RFC 4787 §4.3, as far as it can be seen by waiting.
  private void timers(Duration idle) {
    try (Endpoint asked = inside(INSIDE, 0);
        Endpoint answered = inside(INSIDE, 0)) {
      InetSocketAddress toAsked = mapped(asked, out11);
      InetSocketAddress toAnswered = mapped(answered, out11);
      out11.reach(toAnswered, answered);
      Deadline.pause(idle);
      String after = ", after %d s of silence".formatted(idle.toSeconds());
      answers.put(
          "mapping lives, never answered" + after, yes(out11.reach(toAsked, asked).isPresent()));
      answers.put(
          "mapping lives, answered once" + after,
          yes(out11.reach(toAnswered, answered).isPresent()));
    }
  }

  @Override
  public void close() {
    out11.close();
    out12.close();
    out21.close();
  }
}
