// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import com.sun.management.OperatingSystemMXBean;
import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.bpf.UnderlayFilter;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.offload.OffloadLimits;
import hnv.linux.probe.OffloadProbe;
import hnv.overlay.TableRanges;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The kernel's executor of flows with what it needs, for as long as a node runs.
final class KernelOffload implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KernelOffload.class);

  private final UnderlayFilter filter;
  private final KernelExecutor executor;

  private KernelOffload(UnderlayFilter filter, KernelExecutor executor) {
    this.filter = filter;
    this.executor = executor;
  }

  /// Makes the executor, where the kernel can and the operator wants it; says so, or why not.
  ///
  /// @param onFailure told of what the kernel refuses later on
  /// @return null: every packet is Java's
  static @Nullable KernelOffload start(
      NodeConfiguration configuration, Consumer<LinuxException> onFailure) {
    if (!configuration.offload()) {
      LOG.info("flow offload: off, as configured; every packet passes this process");
      return null;
    }
    List<OffloadProbe.Finding> findings = OffloadProbe.run();
    String missing =
        findings.stream()
            .filter(finding -> finding.feature().isRequired() && !finding.present())
            .map(finding -> finding.feature().text() + " (" + firstLine(finding.detail()) + ")")
            .collect(Collectors.joining("; "));
    if (!missing.isEmpty()) {
      LOG.warn("flow offload: none, every packet passes this process; missing: {}", missing);
      return null;
    }
    try {
      return make(configuration, onFailure);
    } catch (LinuxException e) {
      LOG.warn("flow offload: none, every packet passes this process: {}", e.getMessage());
      return null;
    }
  }

  /// Goes on with the maps of an earlier node.
  ///
  /// @throws LinuxException where they are not what they should be; nothing has changed then
  static KernelOffload resume(Heritage heritage, Consumer<LinuxException> onFailure)
      throws LinuxException {
    List<Integer> udpPorts = List.of(heritage.state().vxlanPort());
    UnderlayFilter filter = UnderlayFilter.create(heritage.folder(), udpPorts);
    try {
      return new KernelOffload(
          filter,
          KernelExecutor.resume(
              heritage.state().limits(), filter, heritage.inheritance(), onFailure));
    } catch (LinuxException | RuntimeException e) {
      filter.close();
      throw e;
    }
  }

  /// The verifier's log, if there is one, is for `hnv doctor`.
  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }

  private static KernelOffload make(
      NodeConfiguration configuration, Consumer<LinuxException> onFailure) throws LinuxException {
    UnderlayFilter filter = UnderlayFilter.create(List.of(configuration.vxlanPort()));
    OffloadLimits limits =
        OffloadLimits.ofMemory(memory())
            .withPorts(Math.max(portsOf(configuration), OffloadLimits.DEFAULT_PORTS));
    if (configuration.limits().flows() != NodeLimits.DEFAULT.flows()) {
      limits = limits.withFlows(configuration.limits().flows());
    }
    if (!configuration.outside().isEmpty()) {
      limits = limits.withTables(TableRanges.END_OF_HOPS, TableRanges.END_OF_METERS);
    }
    try {
      while (true) {
        try {
          KernelExecutor executor = KernelExecutor.create(limits, filter, onFailure);
          executor.setTellsChecksumPlace(OffloadProbe.tellsChecksumPlace());
          LOG.info(
              "flow offload: {} flows per family, {} MiB",
              limits.flows(),
              (limits.flowOctets() + (1 << 20) - 1) >> 20);
          return new KernelOffload(filter, executor);
        } catch (LinuxException e) {
          if (e.errno() != Errno.ENOMEM || limits.flows() / 2 < OffloadLimits.MIN_FLOWS) {
            throw e;
          }
          LOG.warn("flow offload: no memory for {} flows per family", limits.flows());
          limits = limits.withFlows(limits.flows() / 2);
        }
      }
    } catch (LinuxException e) {
      filter.close();
      throw e;
    }
  }

  /// Where VLANs may come, as many as there are devices of other ports.
  private static int portsOf(NodeConfiguration configuration) {
    int devices = 1 + configuration.ports().size() + configuration.outside().size();
    return configuration.outside().isEmpty()
        ? devices
        : Math.min(devices + OffloadLimits.DEFAULT_PORTS, TableRanges.FIRST_GATEWAY_PORT);
  }

  /// Octets of the machine's memory, or of the control group that bounds this process.
  private static long memory() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }

  /// Which packets of the underlay are ours, for program and guard.
  UnderlayFilter filter() {
    return filter;
  }

  KernelExecutor executor() {
    return executor;
  }

  /// Gives the maps up. No port is open any more, and the Worker has ended.
  @Override
  public void close() {
    executor.close();
    filter.close();
  }
}
