// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.Frame;
import hnv.dataplane.FrameBatch;
import hnv.dataplane.PortKind;
import hnv.dataplane.VlanTagging;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Gives frames that came in by a device to the ports of its VLANs, untagged. What has a tag of no
/// such VLAN stays the device's port's, tag and all, who drops it. Only devices to the outside have
/// VLANs; the tag of a VM is looked at by nobody. Owned by the Worker of the port.
final class VlanSorter {
  private final boolean outside;
  private final @Nullable VlanPort[] byId;
  private List<VlanPort> all = List.of();

  VlanSorter(PortKind kind) {
    outside = kind == PortKind.OUTSIDE;
    byId = new VlanPort[outside ? VlanTagging.MAX_ID + 1 : 0];
  }

  void add(VlanPort port) {
    byId[port.vlan()] = port;
    List<VlanPort> next = new ArrayList<>(all);
    next.add(port);
    all = List.copyOf(next);
  }

  void remove(VlanPort port) {
    if (port.equals(byId[port.vlan()])) {
      byId[port.vlan()] = null;
    }
    List<VlanPort> next = new ArrayList<>(all);
    next.remove(port);
    all = List.copyOf(next);
  }

  List<VlanPort> all() {
    return all;
  }

  /// Sorts the frames of a batch from this one on.
  void sort(FrameBatch batch, int from) {
    if (!outside) {
      return;
    }
    for (int i = from; i < batch.size(); i++) {
      Frame frame = batch.get(i);
      int id = VlanTagging.id(frame);
      if (id == VlanTagging.PRIORITY_ONLY) {
        VlanTagging.strip(frame);
      } else if (id > 0 && id < byId.length) {
        VlanPort port = byId[id];
        if (port != null) {
          VlanTagging.strip(frame);
          frame.setIngressPort(port.number());
        }
      }
    }
  }
}
