// SPDX-License-Identifier: Apache-2.0
package hnv.edge.neighbor;

import hnv.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The neighbours of one network. Those that have answered, and those that are kept, give way to
/// nobody who has not. Owned by a {@link NeighborTable}.
final class NeighborNetwork {
  final int number;
  OutsideLink link;

  /// Whether frames could come and go when it was last looked.
  boolean up;

  /// When the next conflict about an address is told and defended (RFC 5227 §2.4).
  long nextDefenceNs = Long.MIN_VALUE;

  private final NeighborLimits limits;
  private final Map<IpAddress, Neighbor> all = new HashMap<>();

  /// Those that have not answered and are not kept, in the order in which they were asked for.
  private final Map<IpAddress, Neighbor> unanswered = new LinkedHashMap<>();

  /// A bucket of questions, as the time at which it is empty.
  private long questionsEmptyNs = Long.MIN_VALUE;

  NeighborNetwork(int number, OutsideLink link, boolean up, NeighborLimits limits) {
    this.number = number;
    this.link = link;
    this.up = up;
    this.limits = limits;
  }

  /// Whether the host asks for its neighbours, and is the one who is believed.
  boolean isOfHost() {
    return link.asking() == OutsideLink.Asking.HOST;
  }

  @Nullable Neighbor find(IpAddress address) {
    return all.get(address);
  }

  Iterable<Neighbor> neighbors() {
    return all.values();
  }

  Iterator<Neighbor> iterator() {
    return all.values().iterator();
  }

  int size() {
    return all.size();
  }

  /// The neighbour that gives way to one more unanswered; null where there is room.
  @Nullable Neighbor unansweredToGiveWay() {
    return unanswered.size() < limits.unanswered() ? null : unanswered.values().iterator().next();
  }

  void add(Neighbor neighbor) {
    all.put(neighbor.address(), neighbor);
    if (!neighbor.kept) {
      unanswered.put(neighbor.address(), neighbor);
    }
  }

  /// Takes note that it is among the answered now, whether it was before or not.
  void answered(Neighbor neighbor) {
    unanswered.remove(neighbor.address());
  }

  /// Whether more have answered, or are kept, than may.
  boolean isOverfull() {
    return all.size() - unanswered.size() > limits.neighbors() - limits.unanswered();
  }

  /// Whether one more may be kept.
  boolean mayKeepMore() {
    return all.size() - unanswered.size() < limits.neighbors() - limits.unanswered();
  }

  /// Of those that have answered the one that was used longest ago; null where all are kept.
  @Nullable Neighbor answeredToGiveWay() {
    Neighbor oldest = null;
    for (Neighbor neighbor : all.values()) {
      boolean candidate = !neighbor.kept && !unanswered.containsKey(neighbor.address());
      if (candidate && (oldest == null || neighbor.usedNs < oldest.usedNs)) {
        oldest = neighbor;
      }
    }
    return oldest;
  }

  void remove(Neighbor neighbor) {
    all.remove(neighbor.address());
    unanswered.remove(neighbor.address());
  }

  /// Whether everybody may be asked one question more now.
  boolean admitQuestion(long nowNs) {
    long interval = 1_000_000_000L / limits.solicitationsPerSecond();
    long full = nowNs - limits.solicitationsAtOnce() * interval;
    if (questionsEmptyNs < full) {
      questionsEmptyNs = full;
    }
    if (questionsEmptyNs + interval > nowNs) {
      return false;
    }
    questionsEmptyNs += interval;
    return true;
  }

  /// All of them as they are now, in no order.
  List<Neighbor> copy() {
    List<Neighbor> all = new ArrayList<>(size());
    neighbors().forEach(all::add);
    return all;
  }
}
