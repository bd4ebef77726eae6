// SPDX-License-Identifier: Apache-2.0
package hnv.bench.memory;

import hnv.lab.netns.LabException;
import hnv.linux.LinuxException;
import hnv.linux.bpf.UnderlayFilter;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.offload.OffloadLimits;
import hnv.vswitch.VSwitch;
import java.util.List;
import java.util.Optional;

/// The kernel's executor with its maps and programs, attached to no device.
final class KernelMaps {
  private static final long ROOMY = 1L << 40;

  private KernelMaps() {}

  /// What this machine lacks for it; empty where nothing.
  static Optional<String> lacking() {
    return "root".equals(System.getProperty("user.name"))
        ? Optional.empty()
        : Optional.of("needs root to make maps in the kernel");
  }

  /// Makes it.
  ///
  /// @param flows of each family
  /// @throws LabException where the kernel refuses
  static KernelExecutor create(int flows) {
    try {
      UnderlayFilter filter = UnderlayFilter.create(List.of(VSwitch.DEFAULT_VXLAN_PORT));
      return KernelExecutor.create(
          OffloadLimits.ofMemory(ROOMY).withFlows(flows),
          filter,
          refused -> {
            throw new IllegalStateException("the kernel refused", refused);
          });
    } catch (LinuxException e) {
      throw new LabException("the kernel's executor: " + e.getMessage(), e);
    }
  }

  /// Flows that the kernel holds.
  static int count(KernelExecutor executor) {
    try {
      return executor.flows(false).readAll((keys, keyAt, records, recordAt) -> {});
    } catch (LinuxException e) {
      throw new LabException("cannot read the flows", e);
    }
  }
}
