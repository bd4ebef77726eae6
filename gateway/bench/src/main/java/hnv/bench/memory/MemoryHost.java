// SPDX-License-Identifier: Apache-2.0
package hnv.bench.memory;

import hnv.app.cli.Refusal;
import hnv.app.host.OfflineHost;
import hnv.app.host.UnderlayAddresses;
import hnv.bench.traffic.BenchPolicy;
import hnv.bench.traffic.BenchPolicy.Tenant;
import hnv.dataplane.FlowArrays;
import hnv.dataplane.FlowOffload;
import hnv.model.Policy;
import hnv.model.Server;
import hnv.vswitch.VSwitch;
import hnv.wire.ProviderAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The dataplane of a node with ports in memory, under the benchmark's policy. Time is made up.
/// Owned by one thread.
final class MemoryHost {
  private static final UnderlayAddresses ADDRESSES = new UnderlayAddresses(Map.of());

  /// MAC addresses of the underlay's devices, in the low 48 bits.
  static final long UNDERLAY_MAC_HERE =
      ADDRESSES.macOf(new ProviderAddress(BenchPolicy.PA_HERE)).bits();

  static final long UNDERLAY_MAC_THERE =
      ADDRESSES.macOf(new ProviderAddress(BenchPolicy.PA_THERE)).bits();

  private static final long SECOND_NS = 1_000_000_000L;
  private static final long BATCH_NS = 1_000;

  /// Longer than any connection without packets is remembered.
  private static final long FORGET_NS = 10_000 * SECOND_NS;

  /// Steps of ageing after which every connection has been looked at, with many to spare: only so
  /// many are asked for in the kernel at a time.
  private static final int MOST_AGEING_STEPS = 100_000;

  private static final long AGEING_STEP_NS = SECOND_NS / 10;

  private final OfflineHost host;
  private final List<LoopPort> ports = new ArrayList<>();
  private long nowNs = SECOND_NS;

  /// Java alone, tables of a node's size.
  MemoryHost() {
    this(OfflineHost.Size.NODE, FlowArrays.ofDefaultSize(), FlowOffload.NONE);
  }

  /// Established flows go to another executor; nothing comes in there.
  ///
  /// @param arrays the other executor's
  MemoryHost(OfflineHost.Size size, FlowArrays arrays, FlowOffload offload) {
    Policy policy = BenchPolicy.policy();
    Server server =
        policy.servers().stream()
            .filter(each -> each.resourceId().toString().equals(BenchPolicy.SERVER))
            .findFirst()
            .orElseThrow(); // Cannot fail: the document is part of this module.
    OfflineHost.Settings settings =
        new OfflineHost.Settings(OfflineHost.DEFAULT_UNDERLAY_MTU, ADDRESSES, true, size);
    try {
      host =
          new OfflineHost(
              policy,
              server,
              settings,
              (name, kind, number, mtu) -> {
                LoopPort port =
                    new LoopPort(name, kind, number, mtu, !offload.equals(FlowOffload.NONE));
                ports.add(port);
                return port;
              },
              arrays,
              offload);
    } catch (Refusal e) {
      throw new IllegalStateException(e); // Cannot happen: four interfaces.
    }
  }

  VSwitch vswitch() {
    return host.vswitch();
  }

  LoopPort underlay() {
    return port(OfflineHost.UNDERLAY);
  }

  LoopPort port(Tenant tenant) {
    return port(tenant.portHere());
  }

  private LoopPort port(String name) {
    return ports.stream().filter(port -> port.name().equals(name)).findFirst().orElseThrow();
  }

  /// All ports, the underlay first.
  List<LoopPort> ports() {
    return ports;
  }

  /// Lets whole rounds of what is loaded come in by all ports and be dealt with.
  void run(int rounds) {
    for (int i = 0; i < ports.size(); i++) {
      ports.get(i).offer((long) rounds * ports.get(i).round());
    }
    work();
  }

  /// Lets so many of the frames that are loaded come in by a port with the next {@link #work}.
  void offer(LoopPort port, long frames) {
    port.offer(frames);
  }

  /// Deals with what is to come in, and finds every port empty afterwards.
  void work() {
    do {
      nowNs += BATCH_NS;
      host.work(nowNs);
    } while (isAnythingWaiting());
    nowNs += BATCH_NS;
    host.work(nowNs);
  }

  private boolean isAnythingWaiting() {
    for (int i = 0; i < ports.size(); i++) {
      if (ports.get(i).waiting() > 0) {
        return true;
      }
    }
    return false;
  }

  /// Lets time pass in which nothing comes in, in the steps in which a node looks up.
  void rest(double seconds) {
    long steps = (long) (seconds * SECOND_NS / AGEING_STEP_NS);
    for (long i = 0; i < steps; i++) {
      nowNs += AGEING_STEP_NS;
      host.work(nowNs);
    }
  }

  /// Now, by the made-up clock.
  long nowNs() {
    return nowNs;
  }

  /// Lets so much time pass that every connection and flow is forgotten.
  void forgetAll() {
    nowNs += FORGET_NS;
    for (int i = 0; i < MOST_AGEING_STEPS && vswitch().connections().size() != 0; i++) {
      nowNs += AGEING_STEP_NS;
      host.work(nowNs);
    }
    if (vswitch().connections().size() != 0) {
      throw new IllegalStateException("connections are still remembered");
    }
  }
}
