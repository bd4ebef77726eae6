// SPDX-License-Identifier: Apache-2.0
package hnv.nat;

import static hnv.nat.NatLab.P;
import static hnv.nat.NatLab.R1;
import static hnv.nat.NatLab.WEB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.nat.NatPool.Filtering;
import hnv.nat.NatPool.Mapping;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Random packets of two tenants with the same addresses, random ends, time and changes of policy,
/// against tables of the plainest kind: whatever the engine answers must agree with them.
class NatOracleTest {
  private static final int STEPS = 12_000;
  private static final int TENANT_SESSIONS = 300;
  private static final int TENANT_PORTS = 120;

  /// A packet's addresses as a tenant sees them.
  private record Inside(int tenant, int protocol, int host, int port, int remote, int remotePort) {
    Endpoint endpoint() {
      return new Endpoint(tenant, protocol, host, port);
    }
  }

  private record Endpoint(int tenant, int protocol, int host, int port) {}

  /// A packet's addresses as the outside sees them.
  private record Outside(int protocol, int address, int port, int remote, int remotePort) {
    Public end() {
      return new Public(protocol, address, port);
    }
  }

  private record Public(int protocol, int address, int port) {}

  /// Which kinds of pool are tried.
  enum Kind {
    OPEN(Mapping.ENDPOINT_INDEPENDENT, Filtering.ENDPOINT_INDEPENDENT),
    ADDRESS(Mapping.ENDPOINT_INDEPENDENT, Filtering.ADDRESS_DEPENDENT),
    STRICT(Mapping.ENDPOINT_INDEPENDENT, Filtering.ADDRESS_AND_PORT_DEPENDENT),
    OVERLAPPING(Mapping.ENDPOINT_DEPENDENT, Filtering.ADDRESS_AND_PORT_DEPENDENT);

    private final Mapping mapping;
    private final Filtering filtering;

    Kind(Mapping mapping, Filtering filtering) {
      this.mapping = mapping;
      this.filtering = filtering;
    }
  }

  private final Map<Inside, Integer> byInside = new HashMap<>();
  private final Map<Outside, Integer> byOutside = new HashMap<>();
  private final Map<Integer, Inside> insideOf = new HashMap<>();
  private final Map<Integer, Outside> outsideOf = new HashMap<>();
  private final Map<Integer, Boolean> refreshed = new HashMap<>();

  @ParameterizedTest
  @EnumSource(Kind.class)
  void agreesWithPlainTables(Kind kind) {
    SplittableRandom random = new SplittableRandom(kind.name().hashCode());
    NatLab lab =
        new NatLab()
            .pool("p", P, P + 1)
            .mapping(kind.mapping)
            .filtering(kind.filtering)
            .ports(2_000, 2_255)
            .blocks(4, 12)
            .rule(0, "p")
            .rule(1, "p");
    lab.sessionsPerTenant = TENANT_SESSIONS;
    lab.portsPerTenant = TENANT_PORTS;
    lab.limits = new NatLimits(500, 400, 16, 16, 2);
    lab.start();
    int refusals = 0;
    for (int step = 0; step < STEPS; step++) {
      lab.nowNs += random.nextInt(1_000) * 1_000_000L;
      int action = random.nextInt(100);
      if (action < 55) {
        refusals += outbound(lab, random, kind) ? 0 : 1;
      } else if (action < 80) {
        inbound(lab, random, kind);
      } else if (action < 99) {
        end(lab, random);
      } else {
        lab.nat.tick(lab.nowNs);
        changePolicy(lab, random);
      }
      if (step % 8 == 0) {
        check(lab);
      }
    }
    assertTrue(refusals > 0 && byInside.size() > 20, "the limits were met, and lived with");
  }

  private boolean outbound(NatLab lab, SplittableRandom random, Kind kind) {
    int protocol = random.nextBoolean() ? NatLab.UDP : NatLab.TCP;
    Inside packet =
        new Inside(
            random.nextInt(2),
            protocol,
            WEB + random.nextInt(6),
            100 + random.nextInt(40),
            R1 + random.nextInt(4),
            53 + random.nextInt(3));
    int s =
        lab.out(
            packet.tenant, protocol, packet.host, packet.port, packet.remote, packet.remotePort, 0);
    Integer known = byInside.get(packet);
    if (known != null) {
      assertEquals(known, s);
      refreshed.put(s, true);
      return true;
    }
    if (s < 0) {
      assertTrue(NatVerdict.of(s).isExhaustion(), () -> NatVerdict.of(s).toString());
      return false;
    }
    Outside out = learn(lab, s);
    assertEquals(packet, insideOf.get(s));
    refreshed.put(s, true);
    for (Integer other : insideOf.keySet()) {
      Inside same = insideOf.get(other);
      Outside theirs = outsideOf.get(other);
      if (other == s || same == null || theirs == null) {
        continue;
      }
      if (kind.mapping == Mapping.ENDPOINT_INDEPENDENT) {
        assertEquals(
            same.endpoint().equals(packet.endpoint()),
            theirs.end().equals(out.end()),
            "one endpoint, one public end");
      }
      if (same.tenant == packet.tenant && same.host == packet.host) {
        assertEquals(theirs.address, out.address, "paired");
      }
    }
    return true;
  }

  /// Writes down a new session, which nobody else's packets may be confused with.
  private Outside learn(NatLab lab, int s) {
    NatEngine nat = lab.nat;
    Inside in =
        new Inside(
            nat.tenant(s),
            nat.protocol(s),
            nat.insideAddress(s),
            nat.insidePort(s),
            nat.remoteAddress(s),
            nat.remotePort(s));
    Outside out =
        new Outside(
            nat.protocol(s),
            nat.publicAddress(s),
            nat.publicPort(s),
            nat.remoteAddress(s),
            nat.remotePort(s));
    assertNull(insideOf.put(s, in), "a handle twice");
    outsideOf.put(s, out);
    assertNull(byInside.put(in, s));
    assertNull(byOutside.put(out, s), "two sessions look the same from outside");
    refreshed.put(s, false);
    assertTrue(out.port >= 2_000 && out.port <= 2_255);
    return out;
  }

  private void inbound(NatLab lab, SplittableRandom random, Kind kind) {
    List<Outside> all = new ArrayList<>(byOutside.keySet());
    Outside packet =
        all.isEmpty() || random.nextInt(4) == 0
            ? new Outside(
                NatLab.UDP,
                P + random.nextInt(2),
                2_000 + random.nextInt(256),
                R1 + random.nextInt(6),
                53)
            : vary(all.get(random.nextInt(all.size())), random);
    boolean isKnown = byOutside.containsKey(packet);
    @Nullable Inside owner = owner(packet, kind);
    int s =
        lab.in(packet.protocol, packet.remote, packet.remotePort, packet.address, packet.port, 0);
    if (isKnown) {
      assertEquals(byOutside.get(packet), s);
    } else if (owner == null) {
      assertTrue(s < 0, "nobody let it in");
    } else if (s < 0) {
      assertTrue(NatVerdict.of(s).isExhaustion());
    } else {
      learn(lab, s);
      Inside got = insideOf.get(s);
      assertTrue(got != null && got.endpoint().equals(owner.endpoint()), "the wrong tenant's");
    }
  }

  private static Outside vary(Outside o, SplittableRandom random) {
    return switch (random.nextInt(3)) {
      case 0 -> o;
      case 1 -> new Outside(o.protocol, o.address, o.port, o.remote, 1_000 + random.nextInt(3));
      default -> new Outside(o.protocol, o.address, o.port, R1 + 4 + random.nextInt(2), 53);
    };
  }

  /// Who gets a packet that no session knows, by the rules of filtering.
  private @Nullable Inside owner(Outside packet, Kind kind) {
    @Nullable Inside owner = null;
    boolean isOpen = false;
    boolean hasSentThere = false;
    for (Map.Entry<Outside, Integer> e : byOutside.entrySet()) {
      if (e.getKey().end().equals(packet.end())) {
        owner = insideOf.get(e.getValue());
        boolean own = Boolean.TRUE.equals(refreshed.get(e.getValue()));
        isOpen |= own;
        hasSentThere |= own && e.getKey().remote == packet.remote;
      }
    }
    boolean isLetIn =
        switch (kind) {
          case OPEN -> isOpen;
          case ADDRESS -> hasSentThere;
          case STRICT, OVERLAPPING -> false;
        };
    return isLetIn ? owner : null;
  }

  private void end(NatLab lab, SplittableRandom random) {
    List<Integer> all = new ArrayList<>(insideOf.keySet());
    if (!all.isEmpty()) {
      int s = all.get(random.nextInt(all.size()));
      lab.nat.end(s);
      forget(s);
    }
  }

  private void forget(int s) {
    byInside.remove(insideOf.remove(s));
    byOutside.remove(outsideOf.remove(s));
    refreshed.remove(s);
  }

  /// An address leaves the pool, or comes back, or a port is forwarded.
  private void changePolicy(NatLab lab, SplittableRandom random) {
    int change = random.nextInt(3);
    NatPool p = lab.pools.getFirst();
    lab.pool(
        new NatPool(
            p.name(),
            p.network(),
            List.of(NatLab.range(change == 0 ? P + 1 : P, P + 1)),
            p.firstPort(),
            p.lastPort(),
            p.mapping(),
            p.filtering(),
            p.parity(),
            p.blockSize(),
            p.blocksPerSubscriber()));
    lab.apply();
    for (int s : lab.revoked) {
      Outside out = outsideOf.get(s);
      assertTrue(out != null && change == 0 && out.address == P, "still allowed");
      lab.nat.end(s);
      forget(s);
    }
    assertTrue(
        change != 0 || byOutside.keySet().stream().noneMatch(o -> o.address == P),
        "no more allowed");
  }

  private void check(NatLab lab) {
    assertEquals(byInside.size(), lab.nat.sessions());
    for (int tenant = 0; tenant < 2; tenant++) {
      int t = tenant;
      long sessions = byInside.keySet().stream().filter(i -> i.tenant == t).count();
      assertEquals(sessions, lab.nat.sessions(tenant));
      assertTrue(sessions <= TENANT_SESSIONS && lab.nat.ports(tenant) <= TENANT_PORTS);
    }
  }
}
