// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import hnv.dataplane.FlowKey;
import hnv.dataplane.TunnelEndpoints;
import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfMap;
import hnv.linux.bpf.MapBatch;
import hnv.linux.bpf.MapSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The kernel's copy of {@link TunnelEndpoints}: outer addresses and key of a GRE tunnel → context
/// of its flows, and the port that its packets come by. An entry that changes is removed and made
/// anew: between, its packets go up. The Worker.
final class KernelEndpoints implements AutoCloseable {
  /// Context in the keys of the flows, and the number of the port to come by.
  static final int VALUE_LENGTH = 8;

  private static final int MIN_BATCH = 1_024;

  /// What is looked for, as five words.
  private record Key(long a, long b, long c, long d, long e) {
    static Key of(MemorySegment octets, long at) {
      return new Key(
          octets.get(JAVA_LONG_UNALIGNED, at),
          octets.get(JAVA_LONG_UNALIGNED, at + 8),
          octets.get(JAVA_LONG_UNALIGNED, at + 16),
          octets.get(JAVA_LONG_UNALIGNED, at + 24),
          octets.get(JAVA_LONG_UNALIGNED, at + 32));
    }

    MemorySegment write(MemorySegment to) {
      to.set(JAVA_LONG_UNALIGNED, 0, a);
      to.set(JAVA_LONG_UNALIGNED, 8, b);
      to.set(JAVA_LONG_UNALIGNED, 16, c);
      to.set(JAVA_LONG_UNALIGNED, 24, d);
      to.set(JAVA_LONG_UNALIGNED, 32, e);
      return to;
    }
  }

  private final BpfMap map;
  private final Map<Key, Long> contexts = new HashMap<>();

  /// What {@link #contexts} was made equal to last.
  private List<TunnelEndpoints.Endpoint> published = List.of();

  private KernelEndpoints(BpfMap map) {
    this.map = map;
  }

  /// @param capacity as {@link TunnelEndpoints#capacity}
  static KernelEndpoints create(MapSource source, int capacity) throws LinuxException {
    BpfMap map = source.hash("hnv_endpoints", TunnelEndpoints.KEY_LENGTH, VALUE_LENGTH, capacity);
    try {
      KernelEndpoints endpoints = new KernelEndpoints(map);
      endpoints.readAll(Math.max(capacity, MIN_BATCH));
      return endpoints;
    } catch (LinuxException e) {
      map.close();
      throw e;
    }
  }

  /// Takes note of what another process left.
  private void readAll(int most) throws LinuxException {
    try (MapBatch batch = new MapBatch(TunnelEndpoints.KEY_LENGTH, VALUE_LENGTH, most)) {
      while (batch.next(map)) {
        for (int i = 0; i < batch.count(); i++) {
          contexts.put(
              Key.of(batch.keys(), (long) TunnelEndpoints.KEY_LENGTH * i),
              batch.values().get(JAVA_LONG, (long) VALUE_LENGTH * i));
        }
      }
    }
  }

  KernelEndpoints addTo(Map<String, BpfMap> maps) {
    maps.put("hnv_endpoints", map);
    return this;
  }

  /// Removes what is not, or not so, among these: its packets go up from now on.
  void withdrawChanged(TunnelEndpoints wanted) throws LinuxException {
    if (wanted.all().equals(published) && contexts.size() == published.size()) {
      return;
    }
    Map<Key, Long> next = contextsOf(wanted);
    for (Map.Entry<Key, Long> known : List.copyOf(contexts.entrySet())) {
      if (!known.getValue().equals(next.get(known.getKey()))) {
        try (Arena call = Arena.ofConfined()) {
          map.remove(known.getKey().write(call.allocate(TunnelEndpoints.KEY_LENGTH, 8)));
        }
        contexts.remove(known.getKey());
      }
    }
  }

  /// Makes the kernel's table equal to this.
  void publishChanged(TunnelEndpoints wanted) throws LinuxException {
    withdrawChanged(wanted);
    if (wanted.all().equals(published) && contexts.size() == published.size()) {
      return;
    }
    for (Map.Entry<Key, Long> next : contextsOf(wanted).entrySet()) {
      if (!contexts.containsKey(next.getKey())) {
        try (Arena call = Arena.ofConfined()) {
          MemorySegment key = next.getKey().write(call.allocate(TunnelEndpoints.KEY_LENGTH, 8));
          map.put(key, call.allocateFrom(JAVA_LONG, next.getValue()));
        }
        contexts.put(next.getKey(), next.getValue());
      }
    }
    published = wanted.all();
  }

  private static Map<Key, Long> contextsOf(TunnelEndpoints endpoints) {
    Map<Key, Long> result = new HashMap<>();
    try (Arena call = Arena.ofConfined()) {
      MemorySegment octets = call.allocate(TunnelEndpoints.KEY_LENGTH, 8);
      for (TunnelEndpoints.Endpoint endpoint : endpoints.all()) {
        // A tunnel whose packets come in order has numbers in them, which the program leaves to
        // Java.
        TunnelEndpoints.writeKey(endpoint, octets);
        result.put(Key.of(octets, 0), value(endpoint));
      }
    }
    return result;
  }

  /// `struct endpoint` of `bpf/record.h`, little-endian as the programs are.
  private static long value(TunnelEndpoints.Endpoint endpoint) {
    return ((long) endpoint.through() << 32) | FlowKey.greContext(endpoint.port());
  }

  @Override
  public void close() {
    map.close();
  }
}
