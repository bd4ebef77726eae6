// SPDX-License-Identifier: Apache-2.0
package hnv.app.handover;

import hnv.app.handover.LeftState.Origin;
import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfFolder;
import hnv.linux.offload.FlowPrograms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Where a node leaves what the next one takes over: beside its control socket, so that two nodes
/// of a host do not meet.
///
/// @param state the file
/// @param folder of a bpffs, with maps and links
public record HandOverPlace(Path state, Path folder) {
  /// The place of the node with this control socket: `/run/hnv/node.state` and `/run/hnv/node.bpf`
  /// for `/run/hnv/node.sock`.
  public static HandOverPlace of(Path controlSocket) {
    Path socket = controlSocket.toAbsolutePath();
    String name = String.valueOf(socket.getFileName());
    int dot = name.lastIndexOf('.');
    String base = dot > 0 ? name.substring(0, dot) : name;
    return new HandOverPlace(
        socket.resolveSibling(base + ".state"), socket.resolveSibling(base + ".bpf"));
  }

  /// Where this process is.
  ///
  /// @throws IOException where /proc cannot be read
  public static Origin here() throws IOException {
    return new Origin(
        Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip(),
        Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString(),
        FlowPrograms.format());
  }

  /// Fingerprint of this program; what another one compiled is compiled anew.
  public static String code() throws IOException {
    return CodeFingerprint.ofThisProgram();
  }

  /// The folder, where there is one on a bpffs.
  public Optional<BpfFolder> left() throws LinuxException {
    return BpfFolder.find(folder);
  }

  /// Takes the state for this process: no other one gets it.
  ///
  /// @throws StateRefusedException where another process was faster
  public void claim() throws StateRefusedException {
    try {
      Files.delete(state);
    } catch (IOException e) {
      throw new StateRefusedException("another process has taken it: " + e.getMessage());
    }
  }

  /// Removes all that lies here. Links that nobody else holds end, and with them what the kernel
  /// forwards.
  public void clear() throws LinuxException, IOException {
    Files.deleteIfExists(state);
    Optional<BpfFolder> found = left();
    if (found.isPresent()) {
      found.get().clear();
    }
  }

  /// Whether a state can be taken over here and now.
  ///
  /// @param nowNs of CLOCK_MONOTONIC
  /// @throws StateRefusedException where it cannot, saying why
  public static void check(LeftState left, Origin here, long nowNs) throws StateRefusedException {
    Origin origin = left.origin();
    if (!origin.boot().equals(here.boot())) {
      throw new StateRefusedException("it is of another boot of this machine");
    }
    if (!origin.namespace().equals(here.namespace())) {
      throw new StateRefusedException("it is of another network namespace: " + origin.namespace());
    }
    if (!origin.format().equals(here.format())) {
      throw new StateRefusedException("its maps have another layout");
    }
    long age = nowNs - left.leftAtNs();
    if (age < 0 || age > left.graceNs()) {
      throw new StateRefusedException(
          "it is "
              + age / 1_000_000_000L
              + " s old, and the kernel went on for "
              + left.graceNs() / 1_000_000_000L
              + " s");
    }
  }
}
