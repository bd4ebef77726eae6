// SPDX-License-Identifier: Apache-2.0
package hnv.routing;

import hnv.routing.NextHops.Hop;
import hnv.wire.Cidr;
import hnv.wire.Ipv4Address;
import hnv.wire.Ipv6Address;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// All routes of one routing domain, the best and the others: packets follow, of each prefix, the
/// reachable routes of the lowest administrative distance and among these of the lowest metric.
/// Where several are left they share the flows. A prefix none of whose routes is reachable is as if
/// it were not there: the next shorter one counts, which may be a blackhole.
///
/// Changes take effect with {@link #commit}, which takes time for what changed, not for the table.
/// A next hop that goes or comes changes as many groups as name it, however many prefixes they
/// serve, unless a prefix has nothing else.
///
/// Owned by the control thread; what {@link #commit} gives is for everybody.
///
/// Memory, where prefixes have one route each and few next hops serve them: 160 octets for a route
/// of a large table, its prefix included, of which 24 are the {@link Fib}'s (IPv6: 208 and 64); 256
/// and 28 for a route of a table of a hundred. Tests hold the two to that.
///
/// @param <N> a next hop, by `equals`; "nowhere" may be one
public final class Rib<N> {
  /// How many next hops share the flows of a prefix at most.
  public static final int MAX_EQUAL = 16;

  /// How many routes one prefix has at most.
  public static final int MAX_ROUTES_OF_PREFIX = 64;

  /// How many different next hops a table names at most.
  public static final int MAX_NEXT_HOPS = 65_535;

  /// How many different sets of routes the prefixes of a table have at most.
  public static final int MAX_GROUPS = 65_535;

  /// How many routes a table has at most, unless said otherwise.
  public static final int DEFAULT_MAX_ROUTES = 1 << 20;

  private final int maxRoutes;
  private final Map<Cidr, Entry> entries = new HashMap<>();
  private final NextHops<N> hops = new NextHops<>();
  private final PathSets sets = new PathSets();
  private int size;

  /// Prefixes to be looked at by the next commit.
  private final List<Entry> touched = new ArrayList<>();

  private boolean hopsChanged;
  private Fib<N> fib = Fib.empty();

  /// With room for {@link #DEFAULT_MAX_ROUTES} routes.
  public Rib() {
    this(DEFAULT_MAX_ROUTES);
  }

  /// @param maxRoutes how many routes it holds at most, 1 or more
  /// @throws IllegalArgumentException if it is less
  public Rib(int maxRoutes) {
    if (maxRoutes < 1) {
      throw new IllegalArgumentException("maxRoutes: 1 or more, not " + maxRoutes);
    }
    this.maxRoutes = maxRoutes;
  }

  /// Number of routes, the best and the others.
  public int size() {
    return size;
  }

  /// Adds a route; one of the same prefix, source and next hop gives way to it.
  ///
  /// @throws RoutingCapacityException if there is no room; the table is as it was
  public void put(Route<N> route) throws RoutingCapacityException {
    Hop<N> hop = hops.get(route.nextHop());
    try {
      put(route.prefix(), hop, new Path(route.source(), route.metric(), hop.number));
    } finally {
      hops.forgetUnlessNamed(hop);
    }
  }

  private void put(Cidr prefix, Hop<N> hop, Path path) throws RoutingCapacityException {
    @Nullable Entry entry = entries.get(prefix);
    List<Path> before = entry == null ? List.of() : entry.paths();
    List<Path> after = new ArrayList<>(before);
    after.removeIf(path::hasKeyOf);
    int growth = after.size() + 1 - before.size();
    if (before.size() + growth > MAX_ROUTES_OF_PREFIX) {
      throw new RoutingCapacityException("routes of one prefix", MAX_ROUTES_OF_PREFIX);
    }
    if (size + growth > maxRoutes) {
      throw new RoutingCapacityException("routes", maxRoutes);
    }
    after.add(path);
    after.sort(null);
    PathSet set = setOf(after);
    if (entry == null) {
      entry = new Entry(prefix);
      entries.put(prefix, entry);
    }
    hopsChanged |= hop.routes == 0;
    hop.routes += growth;
    size += growth;
    move(entry, set);
  }

  /// Takes a route away.
  ///
  /// @return false if there was none of this prefix, source and next hop
  /// @throws RoutingCapacityException if what is left of the prefix's routes would be one set too
  ///     many; the table is as it was
  public boolean remove(Cidr prefix, RouteSource source, N nextHop)
      throws RoutingCapacityException {
    @Nullable Entry entry = entries.get(prefix);
    @Nullable Hop<N> hop = hops.find(nextHop);
    if (entry == null || hop == null) {
      return false;
    }
    List<Path> after = new ArrayList<>(entry.paths());
    if (!after.removeIf(path -> path.source() == source && path.hop() == hop.number)) {
      return false;
    }
    move(entry, after.isEmpty() ? null : setOf(after));
    hop.routes--;
    size--;
    hopsChanged |= hops.forgetUnlessNamed(hop);
    return true;
  }

  /// Makes `routes` all that there is of a source: puts what is new or has another metric, and
  /// takes away what is not among them.
  ///
  /// @param routes all of this source
  /// @throws IllegalArgumentException if one is of another
  /// @throws RoutingCapacityException if there is no room; some of the change has been made
  public void replaceAll(RouteSource source, Collection<Route<N>> routes)
      throws RoutingCapacityException {
    Set<Key<N>> wanted = new HashSet<>();
    for (Route<N> route : routes) {
      if (route.source() != source) {
        throw new IllegalArgumentException(
            "route to %s: its source is %s, not %s"
                .formatted(route.prefix(), route.source(), source));
      }
      wanted.add(new Key<>(route.prefix(), route.nextHop()));
    }
    List<Key<N>> unwanted = new ArrayList<>();
    for (Entry entry : entries.values()) {
      for (Path path : entry.paths()) {
        Key<N> key = new Key<>(entry.prefix, hops.at(path.hop()).value);
        if (path.source() == source && !wanted.contains(key)) {
          unwanted.add(key);
        }
      }
    }
    for (Key<N> key : unwanted) {
      remove(key.prefix, source, key.nextHop);
    }
    for (Route<N> route : routes) {
      put(route);
    }
  }

  private record Key<N>(Cidr prefix, N nextHop) {}

  /// Says whether a next hop can be reached, which it can until something else is said. What is
  /// said of one that no route names counts for routes to come.
  ///
  /// @throws RoutingCapacityException if it is one too many; the table is as it was
  public void setReachable(N nextHop, boolean reachable) throws RoutingCapacityException {
    Hop<N> hop = hops.get(nextHop);
    if (hop.reachable != reachable) {
      hop.reachable = reachable;
      hop.sets.forEach(this::choose);
    }
    hops.forgetUnlessNamed(hop);
  }

  /// Whether a next hop is taken for reachable.
  public boolean isReachable(N nextHop) {
    @Nullable Hop<N> hop = hops.find(nextHop);
    return hop == null || hop.reachable;
  }

  /// What packets are looked up in from now on. The same object as before where nothing changed.
  public Fib<N> commit() {
    List<Ipv6Change> changes6 = new ArrayList<>();
    long[] changes4 = new long[touched.size()];
    int count4 = 0;
    for (Entry entry : touched) {
      int wanted = entry.wanted();
      if (wanted != entry.installed) {
        switch (entry.prefix.network()) {
          case Ipv4Address v4 ->
              changes4[count4++] =
                  PrefixArray.entry(
                      Integer.toUnsignedLong(v4.bits()), entry.prefix.prefixLength(), wanted);
          case Ipv6Address v6 ->
              changes6.add(
                  new Ipv6Change(v6.high(), v6.low(), entry.prefix.prefixLength(), wanted));
        }
        entry.installed = (char) wanted;
      }
      entry.touched = false;
      if (entry.paths == null) {
        entries.remove(entry.prefix);
      }
    }
    touched.clear();
    if (count4 > 0 || !changes6.isEmpty() || sets.isChanged() || hopsChanged) {
      fib =
          fib.with(
              sorted(changes4, count4),
              changes6.stream().sorted().toArray(Ipv6Change[]::new),
              sets.write(fib.groups()),
              hopsChanged ? hops.values() : fib.nextHops());
      hopsChanged = false;
    }
    return fib;
  }

  private static long[] sorted(long[] changes, int count) {
    long[] sorted = Arrays.copyOf(changes, count);
    Arrays.sort(sorted);
    return sorted;
  }

  /// All routes by prefix, the best of each first.
  public List<RouteState<N>> routes() {
    List<RouteState<N>> all = new ArrayList<>(size);
    entries.values().stream()
        .sorted(Comparator.comparing(entry -> entry.prefix))
        .forEach(entry -> addStates(entry, all));
    return all;
  }

  private void addStates(Entry entry, List<RouteState<N>> all) {
    @Nullable PathSet set = entry.paths;
    if (set == null) {
      return;
    }
    for (Path path : set.paths()) {
      Hop<N> hop = hops.at(path.hop());
      all.add(
          new RouteState<>(
              new Route<>(entry.prefix, path.source(), path.metric(), hop.value),
              hop.reachable,
              set.standing(path, hop.reachable)));
    }
  }

  private PathSet setOf(List<Path> paths) throws RoutingCapacityException {
    @Nullable PathSet known = sets.find(paths);
    if (known != null) {
      return known;
    }
    PathSet made = sets.make(paths);
    paths.forEach(path -> hops.at(path.hop()).sets.add(made));
    choose(made);
    return made;
  }

  /// Chooses a set's members anew; where it has some now and had none before, or has none any more,
  /// its prefixes come or go.
  private void choose(PathSet set) {
    boolean hadSome = set.members().length > 0;
    if (set.choose(hops::isReachable)) {
      sets.changed(set);
      if (hadSome != set.members().length > 0) {
        for (@Nullable Entry entry = set.first(); entry != null; entry = entry.next) {
          touch(entry);
        }
      }
    }
  }

  /// Gives a prefix other paths, or none.
  private void move(Entry entry, @Nullable PathSet to) {
    @Nullable PathSet from = entry.paths;
    if (from == to) {
      return;
    }
    if (from != null) {
      from.remove(entry);
      if (from.first() == null) {
        sets.forget(from);
        from.paths().forEach(path -> hops.at(path.hop()).sets.remove(from));
      }
    }
    entry.paths = to;
    if (to != null) {
      to.add(entry);
    }
    touch(entry);
  }

  private void touch(Entry entry) {
    if (!entry.touched) {
      entry.touched = true;
      touched.add(entry);
    }
  }
}
