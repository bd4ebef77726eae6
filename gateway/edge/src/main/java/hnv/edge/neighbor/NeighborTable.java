// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import hnv.dataplane.Frame;
import hnv.dataplane.FramePool;
import hnv.wire.IpAddress;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// The neighbours of all outside networks: asked for when a packet wants them, asked again from
/// time to time for as long as they answer, since the kernel forwards without telling. Packets wait
/// here for those who have not answered yet.
///
/// A neighbour's MAC is in the records of flows, so who uses one says for which tenant, and {@link
/// NeighborEvents} say whose epochs want advancing when it changes.
///
/// Owned by one Worker; not thread-safe. Without a clock: each call says the time.
public final class NeighborTable {
  // RFC 4861 §10.
  static final int MAX_MULTICAST_SOLICIT = 3;
  static final int MAX_UNICAST_SOLICIT = 3;
  static final long RETRANS_NS = 1_000_000_000L;
  static final long DELAY_FIRST_PROBE_NS = 5_000_000_000L;
  static final long REACHABLE_NS = 30_000_000_000L;

  /// How long nobody is asked again who did not answer: twice as long each time.
  static final long FIRST_PAUSE_NS = 2_000_000_000L;

  static final long LONGEST_PAUSE_NS = 64_000_000_000L;

  /// Failures that make the longest pause.
  private static final int MAX_FAILURES = 5;

  /// A MAC changes once in this time at most, so that two who quarrel do not occupy us.
  static final long MOVE_INTERVAL_NS = 1_000_000_000L;

  /// How often it is looked what is due.
  static final long TICK_NS = 100_000_000L;

  /// Time between two defences of an address (RFC 5227 §1.1, DEFEND_INTERVAL).
  static final long DEFEND_INTERVAL_NS = 10_000_000_000L;

  private final NeighborLimits limits;
  private final FramePool pool;
  private final NeighborOutlet outlet;
  private final NeighborEvents events;
  private final Announcements announcements;
  private final SplittableRandom random;
  private final Map<Integer, NeighborNetwork> networks = new HashMap<>();

  private final NeighborClaims claims = new NeighborClaims(this);
  private final WaitingFrames waiting;
  private long nextTickNs = Long.MIN_VALUE;

  /// @param pool where questions are written
  /// @param seed of the times between questions, which differ from neighbour to neighbour
  public NeighborTable(
      NeighborLimits limits,
      FramePool pool,
      NeighborOutlet outlet,
      NeighborEvents events,
      long seed) {
    this.limits = limits;
    waiting = new WaitingFrames(limits, outlet);
    this.pool = pool;
    this.outlet = outlet;
    this.events = events;
    this.random = new SplittableRandom(seed);
    this.announcements = new Announcements(pool, outlet);
  }

  // ---- set-up ----

  /// A network is there from now on, or is otherwise than before; addresses that are new on it are
  /// announced. Where port or MAC are others, all neighbours are forgotten.
  ///
  /// @param network any number that its owner gives it
  public void attach(int network, OutsideLink link, long nowNs) {
    NeighborNetwork known = networks.get(network);
    if (known != null
        && (known.link.port() != link.port() || !known.link.mac().equals(link.mac()))) {
      detach(network);
      known = null;
    }
    if (known == null) {
      networks.put(network, new NeighborNetwork(network, link, outlet.isUp(link.port()), limits));
      announcements.announce(link, null, nowNs);
      return;
    }
    announcements.announce(link, known.link, nowNs);
    known.link = link;
    for (Neighbor neighbor : known.copy()) {
      if (!link.isOnLink(neighbor.address())) {
        forget(known, neighbor);
      }
    }
  }

  /// The network is there no more.
  public void detach(int network) {
    NeighborNetwork known = networks.remove(network);
    if (known != null) {
      announcements.stop(known.link.port());
      for (Neighbor neighbor : known.copy()) {
        forget(known, neighbor);
      }
    }
  }

  /// Our end of a network; null where there is no such network now.
  public @Nullable OutsideLink link(int network) {
    NeighborNetwork known = networks.get(network);
    return known == null ? null : known.link;
  }

  /// These neighbours of a network, and no others, are asked for at once and always: next routers
  /// and ends of tunnels.
  ///
  /// @return false where there are more than the network may have; the others are resolved when a
  ///     packet wants them
  public boolean keep(int network, Set<? extends IpAddress> addresses, long nowNs) {
    NeighborNetwork known = networks.get(network);
    if (known == null) {
      return addresses.isEmpty();
    }
    for (Neighbor neighbor : known.copy()) {
      if (neighbor.kept && !addresses.contains(neighbor.address())) {
        // Asked on like any other, as long as it answers.
        neighbor.kept = false;
        if (!neighbor.isResolved()) {
          forget(known, neighbor);
        }
      }
    }
    boolean all = true;
    for (IpAddress address : addresses) {
      all &= keep(known, address, nowNs);
    }
    return all;
  }

  private boolean keep(NeighborNetwork network, IpAddress address, long nowNs) {
    Neighbor neighbor = network.find(address);
    if (neighbor != null && neighbor.kept) {
      return true;
    }
    if (neighbor != null && neighbor.isResolved()) {
      neighbor.kept = true;
      return true;
    }
    if (!network.mayKeepMore()) {
      return false;
    }
    if (neighbor == null) {
      neighbor = new Neighbor(network.number, address);
      neighbor.kept = true;
      neighbor.usedNs = nowNs;
      network.add(neighbor);
      ask(network, neighbor, nowNs);
    } else {
      neighbor.kept = true;
      network.answered(neighbor);
    }
    return true;
  }

  // ---- packets ----

  /// The neighbour with this address, who is asked for if he is not known.
  ///
  /// @param address on the link of the network
  /// @param tenant slot of the tenant whose flow will bear the MAC; negative: none
  /// @return null where there is no such network
  public @Nullable Neighbor resolve(int network, IpAddress address, int tenant, long nowNs) {
    NeighborNetwork known = networks.get(network);
    if (known == null) {
      return null;
    }
    Neighbor neighbor = known.find(address);
    if (neighbor == null) {
      Neighbor oldest = known.unansweredToGiveWay();
      if (oldest != null) {
        forget(known, oldest);
      }
      neighbor = new Neighbor(network, address);
      known.add(neighbor);
      ask(known, neighbor, nowNs);
    }
    neighbor.usedNs = nowNs;
    if (tenant >= 0) {
      neighbor.tenants.set(tenant);
    }
    return neighbor;
  }

  /// The neighbour with this address, if he is known or being asked for. Changes nothing.
  public @Nullable Neighbor find(int network, IpAddress address) {
    NeighborNetwork known = networks.get(network);
    return known == null ? null : known.find(address);
  }

  /// Takes over a packet until the neighbour has answered, or has not. Then it goes on by {@link
  /// NeighborOutlet#resume} either way, and finds him {@link Neighbor#isResolved} or not. Of more
  /// packets than may wait, the oldest for the same neighbour is dropped (RFC 4861 §7.2.2).
  ///
  /// @param neighbor one that is {@link NeighborState#INCOMPLETE}
  /// @return false where no packet may wait: the frame is the caller's still
  public boolean hold(Neighbor neighbor, Frame frame) {
    return waiting.hold(neighbor, frame);
  }

  /// Frames that wait now.
  public int held() {
    return waiting.size();
  }

  // ---- what the host says ----

  /// What the host knows of one whom it was asked for ({@link NeighborEvents#wanted}), or what has
  /// become of him since.
  ///
  /// @param mac 48 bits; negative: he does not answer
  public void told(int network, IpAddress address, long mac, long nowNs) {
    NeighborNetwork known = networks.get(network);
    Neighbor neighbor = known == null ? null : known.find(address);
    if (known == null || neighbor == null) {
      return;
    }
    if (mac < 0) {
      if (neighbor.isResolved() && !isWantedStill(known, neighbor, nowNs)) {
        known.remove(neighbor);
      }
    } else if (!neighbor.isResolved()) {
      learn(known, neighbor, mac, NeighborState.REACHABLE, nowNs);
    } else {
      boolean settled = neighbor.mac == mac || move(neighbor, mac, nowNs);
      enter(neighbor, settled ? NeighborState.REACHABLE : NeighborState.STALE, nowNs);
    }
  }

  // ---- what neighbours say ----

  NeighborClaims claims() {
    return claims;
  }

  /// Somebody else says that an address of ours is his. Told, and answered by saying that it is
  /// ours, once in ten seconds at most (RFC 5227 §2.4 (b)).
  void contested(NeighborNetwork network, IpAddress address, long mac, long nowNs) {
    if (nowNs >= network.nextDefenceNs) {
      network.nextDefenceNs = nowNs + DEFEND_INTERVAL_NS;
      events.conflict(network.number, address, mac);
      announcements.defend(network.link, address);
    }
  }

  @Nullable NeighborNetwork network(int number) {
    return networks.get(number);
  }

  /// Now its MAC is known.
  void learn(
      NeighborNetwork network, Neighbor neighbor, long mac, NeighborState state, long nowNs) {
    neighbor.mac = mac;
    neighbor.failures = 0;
    neighbor.toldLost = false;
    neighbor.usedNs = nowNs;
    enter(neighbor, state, nowNs);
    network.answered(neighbor);
    if (network.isOverfull()) {
      Neighbor oldest = network.answeredToGiveWay();
      if (oldest != null) {
        forget(network, oldest);
      }
    }
    waiting.goOn(neighbor);
    events.resolved(neighbor);
  }

  /// Now it has another MAC.
  ///
  /// @return false where it moved a moment ago
  boolean move(Neighbor neighbor, long mac, long nowNs) {
    if (nowNs - neighbor.movedNs < MOVE_INTERVAL_NS) {
      return false;
    }
    long before = neighbor.mac;
    neighbor.mac = mac;
    neighbor.movedNs = nowNs;
    events.moved(neighbor, before);
    neighbor.tenants.clear();
    return true;
  }

  void enter(Neighbor neighbor, NeighborState state, long nowNs) {
    neighbor.enter(state, nowNs, random);
  }

  private void forget(NeighborNetwork network, Neighbor neighbor) {
    network.remove(neighbor);
    waiting.giveUp(neighbor);
    if (neighbor.isResolved()) {
      neighbor.state = NeighborState.UNREACHABLE;
      events.lost(neighbor);
    }
    neighbor.state = NeighborState.UNREACHABLE;
  }

  // ---- time ----

  /// Lets go on what waited, asks who is to be asked. Between packets.
  ///
  /// @return what was done, about
  public int housekeep(long nowNs) {
    int done = waiting.release(nowNs);
    if (nowNs >= nextTickNs) {
      nextTickNs = nowNs + TICK_NS;
      for (NeighborNetwork network : networks.values()) {
        done += tick(network, nowNs);
      }
      done += announcements.housekeep(nowNs);
    }
    return done + waiting.release(nowNs);
  }

  /// The port lost its link, or has it again. Without, nobody on it can be reached, which is told
  /// at once; again, the network may be another, where all is said and asked anew.
  private void follow(NeighborNetwork network, boolean up, long nowNs) {
    network.up = up;
    for (Neighbor neighbor : network.copy()) {
      if (!neighbor.kept) {
        forget(network, neighbor);
      } else if (up) {
        neighbor.failures = 0;
        enter(neighbor, NeighborState.INCOMPLETE, nowNs);
        ask(network, neighbor, nowNs);
      } else {
        enter(neighbor, NeighborState.UNREACHABLE, nowNs);
        waiting.goOn(neighbor);
        if (!neighbor.toldLost) {
          tellLost(neighbor);
        }
      }
    }
    if (up) {
      announcements.announce(network.link, null, nowNs);
    } else {
      announcements.stop(network.link.port());
    }
  }

  private int tick(NeighborNetwork network, long nowNs) {
    int done = 0;
    boolean up = outlet.isUp(network.link.port());
    if (up != network.up) {
      follow(network, up, nowNs);
      done++;
    }
    for (Iterator<Neighbor> all = network.iterator(); all.hasNext(); ) {
      Neighbor neighbor = all.next();
      if (nowNs < neighbor.nextNs) {
        continue;
      }
      done++;
      if (!isGoingOn(network, neighbor, nowNs)) {
        all.remove();
        network.answered(neighbor);
      }
    }
    return done;
  }

  /// Does what is due.
  ///
  /// @return false where the neighbour is to be forgotten
  private boolean isGoingOn(NeighborNetwork network, Neighbor neighbor, long nowNs) {
    switch (neighbor.state) {
      case REACHABLE, STALE -> {
        enter(neighbor, NeighborState.PROBE, nowNs);
        ask(network, neighbor, nowNs);
      }
      case PROBE -> {
        if (neighbor.asked < MAX_UNICAST_SOLICIT) {
          ask(network, neighbor, nowNs);
        } else {
          return isWantedStill(network, neighbor, nowNs);
        }
      }
      case INCOMPLETE -> {
        if (neighbor.asked < MAX_MULTICAST_SOLICIT) {
          ask(network, neighbor, nowNs);
        } else {
          enter(neighbor, NeighborState.UNREACHABLE, nowNs);
          neighbor.failures = Math.min(neighbor.failures + 1, MAX_FAILURES);
          waiting.goOn(neighbor);
          if (neighbor.kept && !neighbor.toldLost) {
            tellLost(neighbor);
          }
        }
      }
      case UNREACHABLE -> {
        if (!neighbor.kept) {
          return false;
        }
        enter(neighbor, NeighborState.INCOMPLETE, nowNs);
        ask(network, neighbor, nowNs);
      }
    }
    return true;
  }

  /// One that was known does not answer any more.
  ///
  /// @return false where the neighbour is to be forgotten
  private boolean isWantedStill(NeighborNetwork network, Neighbor neighbor, long nowNs) {
    enter(neighbor, NeighborState.INCOMPLETE, nowNs);
    tellLost(neighbor);
    if (!neighbor.kept) {
      neighbor.state = NeighborState.UNREACHABLE;
      return false;
    }
    ask(network, neighbor, nowNs);
    return true;
  }

  private void tellLost(Neighbor neighbor) {
    neighbor.toldLost = true;
    events.lost(neighbor);
    neighbor.tenants.clear();
  }

  /// Asks once: the one that is known, or everybody.
  private void ask(NeighborNetwork network, Neighbor neighbor, long nowNs) {
    boolean probe = neighbor.state == NeighborState.PROBE;
    if (!probe && !neighbor.kept && !network.admitQuestion(nowNs)) {
      neighbor.nextNs = nowNs + TICK_NS;
      return;
    }
    neighbor.nextNs = nowNs + RETRANS_NS;
    neighbor.asked++;
    if (network.isOfHost()) {
      events.wanted(neighbor, network.link.port());
      return;
    }
    Frame frame = pool.acquire();
    if (frame != null) {
      NeighborFrames.writeSolicitation(
          frame, network.link, neighbor.address(), probe ? neighbor.mac : -1);
      frame.setIngressPort(network.link.port());
      outlet.emit(frame, network.link.port());
    }
  }

  /// All neighbours of a network, in no order: for people.
  public List<Neighbor> neighbors(int network) {
    NeighborNetwork known = networks.get(network);
    return known == null ? List.of() : known.copy();
  }
}
