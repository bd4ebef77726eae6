// SPDX-License-Identifier: Apache-2.0
package hnv.app.doctor;

import hnv.app.doctor.Finding.Grade;
import hnv.linux.probe.KernelFeature;
import hnv.linux.probe.KernelProbe;
import hnv.linux.probe.OffloadFeature;
import hnv.linux.probe.OffloadProbe;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The machine itself: the JDK, the kernel, the tools.
final class MachineChecks {
  private static final int JDK = 25;

  /// Where all of the demo's checks have been seen to hold.
  private static final List<String> TRIED_KERNELS = List.of("6.1", "6.18");

  /// A program that something here calls, and what is not there without it.
  private record Tool(String name, String cost) {}

  private static final List<Tool> TOOLS =
      List.of(
          new Tool("ip", "no lab and no demo (package iproute2); a node needs none of it"),
          new Tool("tshark", "the demo cannot read the wire independently (package tshark)"),
          new Tool("ping", "no reachability checks in the demo (package iputils-ping)"),
          new Tool("ethtool", "the demo cannot set offloads (package ethtool)"),
          new Tool("iperf3", "no bulk TCP rows in the bench (package iperf3)"),
          new Tool(
              "nft", "no fallback to packet sockets where bpf(2) is refused (package nftables)"));

  private MachineChecks() {}

  static List<Finding> run() {
    List<Finding> findings = new ArrayList<>();
    int feature = Runtime.version().feature();
    findings.add(
        new Finding(
            feature == JDK ? Grade.OK : Grade.MISSING,
            "JDK",
            Runtime.version()
                + " in "
                + System.getProperty("java.home")
                + (feature == JDK ? "" : "; " + JDK + " is needed")));
    findings.add(kernelRelease(KernelProbe.kernelRelease()));
    for (KernelProbe.Finding found : KernelProbe.run()) {
      findings.add(kernel(found));
    }
    for (OffloadProbe.Finding found : OffloadProbe.run()) {
      findings.add(offload(found));
    }
    for (Tool tool : TOOLS) {
      boolean there = isInstalled(tool.name());
      findings.add(
          new Finding(
              there ? Grade.OK : Grade.NOTE,
              "tool " + tool.name(),
              there ? "installed" : "not installed: " + tool.cost()));
    }
    return findings;
  }

  /// Says of a kernel that the demo's checks have not been run on it. What it can do is tried all
  /// the same, in the findings that follow.
  ///
  /// @param release such as `6.1.0-56-amd64`
  static Finding kernelRelease(String release) {
    String[] parts = release.split("[.-]", -1);
    String version = parts.length < 2 ? release : parts[0] + "." + parts[1];
    if (TRIED_KERNELS.contains(version)) {
      return new Finding(Grade.OK, "kernel", release);
    }
    return new Finding(
        Grade.NOTE,
        "kernel",
        release
            + ": untested; the demo's checks were run on "
            + String.join(" and ", TRIED_KERNELS)
            + ". What follows was tried here");
  }

  private static Finding kernel(KernelProbe.Finding found) {
    KernelFeature feature = found.feature();
    if (found.present()) {
      return new Finding(Grade.OK, feature.text(), found.detail());
    }
    return new Finding(
        feature.isRequired() ? Grade.MISSING : Grade.COSTS,
        feature.text(),
        "missing (" + found.detail() + "): " + feature.cost());
  }

  /// A node runs without any of it, slower.
  private static Finding offload(OffloadProbe.Finding found) {
    OffloadFeature feature = found.feature();
    String about = "flow offload: " + feature.text();
    return found.present()
        ? new Finding(Grade.OK, about, found.detail())
        : new Finding(Grade.COSTS, about, "missing (" + found.detail() + "): " + feature.cost());
  }

  private static boolean isInstalled(String tool) {
    String path = System.getenv("PATH") + File.pathSeparator + "/usr/sbin:/sbin";
    for (String folder : path.split(File.pathSeparator, -1)) {
      if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, tool))) {
        return true;
      }
    }
    return false;
  }
}
