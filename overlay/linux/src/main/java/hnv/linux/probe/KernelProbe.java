// SPDX-License-Identifier: Apache-2.0
package hnv.linux.probe;

import hnv.dataplane.FramePool;
import hnv.linux.LinuxException;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.port.PortTrial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Finds out what this kernel lets this process do, by doing it on a device of its own that is gone
/// afterwards. Nothing else on the host is touched. Any thread; takes a few milliseconds.
public final class KernelProbe {
  private static final int CAP_NET_ADMIN = 12;

  /// What was found.
  ///
  /// @param detail how it was found, or what the kernel said
  public record Finding(KernelFeature feature, boolean present, String detail) {}

  private KernelProbe() {}

  /// Kernel release, such as `6.18.44`.
  public static String kernelRelease() {
    return read("/proc/sys/kernel/osrelease").strip();
  }

  /// One finding per feature, in the order of {@link KernelFeature}.
  public static List<Finding> run() {
    List<Finding> findings = new ArrayList<>();
    String capabilities = effectiveCapabilities();
    boolean admin =
        !capabilities.isEmpty()
            && (Long.parseUnsignedLong(capabilities, 16) & (1L << CAP_NET_ADMIN)) != 0;
    findings.add(new Finding(KernelFeature.NET_ADMIN, admin, "CapEff " + capabilities));
    try (HostNetwork network = HostNetwork.open();
        PortTrial trial = PortTrial.open(network, new FramePool(1))) {
      findings.add(new Finding(KernelFeature.TAP, true, "created " + trial.name()));
      findings.add(attempt(KernelFeature.BPF, trial::loadProgram));
      findings.add(attempt(KernelFeature.CLSACT, trial::attachByClsact));
      findings.add(attempt(KernelFeature.TCX, trial::attachByTcx));
      findings.add(offload(KernelFeature.SUPER_FRAMES, true, trial));
      findings.add(offload(KernelFeature.UDP_SUPER_FRAMES, trial.carriesUdpSuperFrames(), trial));
      findings.add(
          offload(KernelFeature.TUNNEL_SUPER_FRAMES, trial.carriesTunnelSuperFrames(), trial));
      findings.add(attempt(KernelFeature.MANAGED_NEIGHBORS, trial::manageNeighbor));
    } catch (LinuxException e) {
      for (KernelFeature feature : KernelFeature.values()) {
        if (findings.stream().noneMatch(finding -> finding.feature() == feature)) {
          findings.add(new Finding(feature, false, "not tried: " + e.getMessage()));
        }
      }
    }
    return findings;
  }

  private static Finding offload(KernelFeature feature, boolean present, PortTrial trial) {
    return new Finding(
        feature, present, "TUNSETOFFLOAD took 0x" + Integer.toHexString(trial.offloads()));
  }

  private interface Attempt {
    void run() throws LinuxException;
  }

  private static Finding attempt(KernelFeature feature, Attempt attempt) {
    try {
      attempt.run();
      return new Finding(feature, true, "tried");
    } catch (LinuxException e) {
      return new Finding(feature, false, String.valueOf(e.getMessage()));
    }
  }

  private static String effectiveCapabilities() {
    for (String line : read("/proc/thread-self/status").split("\n", -1)) {
      if (line.startsWith("CapEff:")) {
        return line.substring(line.indexOf(':') + 1).strip();
      }
    }
    return "";
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException e) {
      return "";
    }
  }
}
