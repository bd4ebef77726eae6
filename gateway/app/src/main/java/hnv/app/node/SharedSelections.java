// SPDX-License-Identifier: Apache-2.0
package hnv.app.node;

import hnv.linux.LinuxException;
import hnv.linux.bpf.SharedFilter;
import hnv.linux.bpf.SharedFilter.Selection;
import hnv.linux.netlink.Link;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is ours of the devices that the host has, too: by the numbers of their ports, which stay,
/// where the kernel goes by devices, which come and go. Owned by the control thread.
final class SharedSelections implements AutoCloseable {
  private @Nullable SharedFilter filter;
  private final Map<Integer, Selection> selections = new HashMap<>();

  /// Index of each port's device.
  private final Map<Integer, Integer> devices = new HashMap<>();

  /// The filter, which takes what is ours of this port's device from now on.
  SharedFilter filterFor(int number, Link device) throws LinuxException {
    SharedFilter existing = filter;
    if (existing == null) {
      existing = SharedFilter.create();
      filter = existing;
    }
    Integer before = devices.put(number, device.index());
    if (before != null && before != device.index()) {
      existing.select(before, Selection.NONE);
    }
    existing.select(device.index(), selections.getOrDefault(number, Selection.NONE));
    return existing;
  }

  /// Takes exactly this from now on, by the numbers of the ports.
  void select(Map<Integer, Selection> wanted) throws LinuxException {
    selections.clear();
    selections.putAll(wanted);
    SharedFilter existing = filter;
    if (existing == null) {
      return;
    }
    for (Map.Entry<Integer, Integer> each : devices.entrySet()) {
      existing.select(each.getValue(), selections.getOrDefault(each.getKey(), Selection.NONE));
    }
  }

  /// Gives up this process's hold: guards go on by what was selected last.
  @Override
  public void close() {
    if (filter != null) {
      filter.close();
    }
  }
}
