// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfFolder;
import hnv.linux.bpf.BpfMap;
import hnv.linux.bpf.TcxLink;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// What an earlier process left pinned, for one that goes on: maps, and the ports whose programs go
/// on forwarding. A port is taken over once; what is not taken over ends with {@link
/// BpfFolder#clear}. One thread.
public final class Inheritance {
  private static final String LINK_PREFIX = "link_";

  private final BpfFolder folder;
  private final int mark;
  private final Map<Integer, Integer> linkIndexes;

  /// @param mark that the earlier process's frames bear
  /// @param linkIndexes of the devices of the ports that may be taken over, by number
  public Inheritance(BpfFolder folder, int mark, Map<Integer, Integer> linkIndexes) {
    this.folder = folder;
    this.mark = mark;
    this.linkIndexes = new HashMap<>(linkIndexes);
  }

  /// Under which name the link of a port's program is pinned.
  public static String linkName(int port) {
    return LINK_PREFIX + port;
  }

  /// Under which name the slot of a port's program is pinned, where that is a filter of clsact.
  public static String slotName(int port) {
    return "slot_" + port;
  }

  /// Ends a port that nobody takes over: its guard alone is left at the device.
  public static void end(BpfFolder folder, int port) throws LinuxException {
    folder.remove(linkName(port));
    folder.remove(slotName(port));
  }

  /// Pins all maps that the programs of an executor read: they outlive it.
  public static void leave(KernelExecutor executor, BpfFolder folder) throws LinuxException {
    for (BpfMap map : executor.maps().values()) {
      folder.pin(map.name(), map);
    }
  }

  /// Asks about each flow in the kernel whether it may stay.
  ///
  /// @return how many were removed
  public static int adoptFlows(KernelExecutor executor, FlowHeir heir) throws LinuxException {
    int removed = 0;
    for (boolean ofIpv6 : new boolean[] {false, true}) {
      removed +=
          executor
              .flows(ofIpv6)
              .adopt((keys, keyAt, records, at) -> heir.adopts(ofIpv6, keys, keyAt, records, at));
    }
    return removed;
  }

  BpfFolder folder() {
    return folder;
  }

  int mark() {
    return mark;
  }

  /// A port that goes on forwarding while it is taken over.
  ///
  /// @param link of the program at its device; empty where the program is a filter of clsact
  public record LeftPort(Optional<TcxLink> link) {}

  /// Takes a port over; the second time it is not there.
  public Optional<LeftPort> takePort(int number, int linkIndex) throws LinuxException {
    Integer left = linkIndexes.remove(number);
    if (left == null || left != linkIndex) {
      return Optional.empty();
    }
    String name = linkName(number);
    return Optional.of(
        new LeftPort(
            folder.names().contains(name)
                ? Optional.of(folder.link(name, linkIndex))
                : Optional.empty()));
  }
}
