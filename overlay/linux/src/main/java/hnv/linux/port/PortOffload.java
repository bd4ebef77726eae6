// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.dataplane.PortKind;
import hnv.linux.LinuxException;
import hnv.linux.bpf.SharedFilter;
import hnv.linux.bpf.TcProgram;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.netlink.Link;
import hnv.linux.netlink.VethPair;
import hnv.linux.offload.ExitDevice;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.offload.MissLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What the kernel's executor knows of one port: by which device its frames come, where misses go,
/// and whether frames may leave by it. Any thread.
final class PortOffload implements AutoCloseable {
  private static final String VETH = "veth";

  private final KernelExecutor executor;
  private final DeviceUse use;
  private final int number;
  private final int linkIndex;
  private final @Nullable SharedFilter filter;
  private @Nullable TcProgram shared;
  private int emitterIndex;
  private final List<VlanPort> vlans = new ArrayList<>();
  private int missIndex;
  private boolean gone;
  private boolean exitOpen;
  private ExitDevice device = ExitDevice.ORDINARY;

  /// @param filter what of a {@link DeviceUse#SHARED_OUTSIDE} is ours; null for others
  /// @param left whether an earlier process left the port open
  PortOffload(
      KernelExecutor executor,
      DeviceUse use,
      int number,
      Link link,
      @Nullable SharedFilter filter,
      boolean left) {
    this.exitOpen = left;
    this.executor = executor;
    this.use = use;
    this.filter = filter;
    this.number = number;
    this.linkIndex = link.index();
  }

  /// For the ingress of the device.
  TcProgram program() throws LinuxException {
    return switch (use) {
      case VIRTUAL_MACHINE -> executor.virtualMachineProgram();
      case UNDERLAY -> executor.underlayProgram();
      case OUTSIDE -> executor.outsideProgram();
      case SHARED_OUTSIDE -> sharedProgram();
    };
  }

  private TcProgram sharedProgram() throws LinuxException {
    TcProgram made = shared;
    if (made == null) {
      made = executor.sharedProgram(Objects.requireNonNull(filter));
      shared = made;
    }
    return made;
  }

  /// For the ingress of the TAP: sends by the port's exit what Java writes there.
  TcProgram emitProgram(int tapIndex) throws LinuxException {
    executor.putEmitter(tapIndex, number);
    emitterIndex = tapIndex;
    return executor.emitProgram();
  }

  /// Names the device to the program, before it is attached.
  void begin(int tapIndex) throws LinuxException {
    missIndex = tapIndex;
    if (use == DeviceUse.SHARED_OUTSIDE) {
      executor.ports().putSharedPort(linkIndex, number, tapIndex);
    } else {
      executor.putPort(linkIndex, number, tapIndex);
    }
    if (use.kind() == PortKind.OUTSIDE) {
      limit(number);
    }
  }

  /// All tenants share what may go up by a port to the outside.
  private void limit(int outside) {
    executor
        .misses()
        .limitPort(outside, MissLimits.DEFAULT_OUTSIDE_FRAMES_PER_SECOND, MissLimits.DEFAULT_BURST);
  }

  /// Gives frames of a VLAN on the device a port of their own from now on, and has those that leave
  /// by that port tagged.
  synchronized void bear(VlanPort vlan) {
    try {
      limit(vlan.number());
      executor.ports().putVlanPort(linkIndex, vlan.vlan(), vlan.number(), missIndex);
      vlans.add(vlan);
      writeExit(vlan);
    } catch (LinuxException e) {
      executor.failed(e);
    }
  }

  /// Takes {@link #bear} back.
  synchronized void unbear(VlanPort vlan) {
    try {
      if (vlans.remove(vlan)) {
        executor.ports().removeVlanPort(linkIndex, vlan.vlan());
        executor.putExit(vlan.number(), 0, 0, device);
      }
    } catch (LinuxException e) {
      executor.failed(e);
    }
  }

  private void writeExit(VlanPort vlan) throws LinuxException {
    executor
        .ports()
        .putVlanExit(
            vlan.number(),
            exitOpen ? linkIndex : 0,
            vlan.vlan(),
            exitOpen ? executor.mark() : 0,
            device);
  }

  /// Takes note of how the device is now.
  synchronized void observe(Link link, boolean open) {
    // One that is closed is closed at once, without a question.
    setExit(open, open ? deviceOf(link) : device);
  }

  /// Frames to other machines take the queue where it does anything to them, and beside the host
  /// always.
  private ExitDevice deviceOf(Link link) {
    if (!link.kind().equals(VETH)) {
      return ExitDevice.ORDINARY;
    }
    boolean passesBy =
        switch (use) {
          case VIRTUAL_MACHINE -> VethPair.leavesNamespace(link);
          case OUTSIDE, UNDERLAY -> isTransparent(link);
          case SHARED_OUTSIDE -> false;
        };
    return passesBy ? ExitDevice.VETH_INTO_NAMESPACE : ExitDevice.VETH;
  }

  private static boolean isTransparent(Link link) {
    try (HostNetwork network = HostNetwork.open()) {
      return VethPair.isTransparent(network, link);
    } catch (LinuxException e) {
      return false; // No more descriptors, say. It is asked again in a second.
    }
  }

  /// Lets frames of flows leave by the device, or sends them up to Java, which drops them with a
  /// reason.
  private void setExit(boolean open, ExitDevice next) {
    if (gone || (exitOpen == open && device == next)) {
      return;
    }
    // The guard at an exclusive device admits what bears the mark; a shared one has no such guard.
    int mark = use.isExclusive() ? executor.mark() : 0;
    try {
      executor.putExit(number, open ? linkIndex : 0, open ? mark : 0, next);
      exitOpen = open;
      device = next;
      for (VlanPort vlan : vlans) {
        writeExit(vlan);
      }
    } catch (LinuxException e) {
      executor.failed(e);
    }
  }

  /// The device is gone, and its index may be another's in a moment: nothing comes and goes any
  /// more.
  @Override
  public synchronized void close() {
    setExit(false, device);
    List.copyOf(vlans).forEach(this::unbear);
    if (!gone) {
      gone = true;
      if (shared != null) {
        shared.close();
      }
      try {
        if (use == DeviceUse.SHARED_OUTSIDE) {
          executor.ports().removeSharedPort(linkIndex);
        } else {
          executor.removePort(linkIndex);
        }
        executor.removePort(emitterIndex);
      } catch (LinuxException e) {
        executor.failed(e);
      }
    }
  }
}
