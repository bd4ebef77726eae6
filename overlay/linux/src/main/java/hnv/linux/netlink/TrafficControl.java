// SPDX-License-Identifier: Apache-2.0
package hnv.linux.netlink;

import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.bpf.TcProgram;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Programs at a device's clsact hooks: cls_bpf filters with direct action. Unlike a tcx link they
/// stay when the process ends, until they are deleted or the device goes. Any thread.
public final class TrafficControl {
  // RTM_… and TC_H_… of linux/rtnetlink.h, linux/pkt_sched.h; struct tcmsg.
  private static final int NEW_QDISC = 36;
  private static final int NEW_FILTER = 44;
  private static final int DELETE_FILTER = 45;
  private static final int GET_FILTER = 46;
  private static final int FIXED_LENGTH = 20;
  private static final int INDEX_AT = 4;
  private static final int HANDLE_AT = 8;
  private static final int PARENT_AT = 12;
  private static final int INFO_AT = 16;
  private static final int CLSACT_HANDLE = 0xFFFF_0000;
  private static final int CLSACT_PARENT = 0xFFFF_FFF1;
  private static final int KIND = 1;
  private static final int OPTIONS = 2;
  private static final int BPF_FD = 6;
  private static final int BPF_NAME = 7;
  private static final int BPF_FLAGS = 8;
  private static final int BPF_DIRECT_ACTION = 1;
  private static final int ALL_PROTOCOLS = 0x0300; // htons(ETH_P_ALL)
  private static final int FILTER_HANDLE = 1;

  /// Where on a device.
  public enum Hook {
    /// What comes in by the device.
    INGRESS(0xFFFF_FFF2),
    /// What leaves by it.
    EGRESS(0xFFFF_FFF3);

    private final int parent;

    Hook(int parent) {
      this.parent = parent;
    }
  }

  /// A bpf filter found on a device.
  ///
  /// @param priority lower is asked first
  /// @param name as given to {@link #replaceFilter}, or the name that tc gave it
  public record Filter(Hook hook, int priority, String name) {}

  private final NetlinkSocket socket;

  TrafficControl(NetlinkSocket socket) {
    this.socket = socket;
  }

  /// Gives a device clsact hooks unless it has them.
  public void addHooks(int linkIndex) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Request request =
          request(
                  arena,
                  NEW_QDISC,
                  Request.ACK | Request.CREATE | Request.EXCLUSIVE,
                  linkIndex,
                  CLSACT_PARENT,
                  0)
              .fixed32(HANDLE_AT, CLSACT_HANDLE)
              .putText(KIND, "clsact");
      socket.request(request, "add clsact to the device with index " + linkIndex, reply -> {});
    } catch (LinuxException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
    }
  }

  /// Puts a program at a hook, in place of the one of the same priority if there is one; there is
  /// no moment without either.
  public void replaceFilter(int linkIndex, Hook hook, int priority, TcProgram program, String name)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Request request =
          request(
                  arena,
                  NEW_FILTER,
                  Request.ACK | Request.CREATE | Request.REPLACE,
                  linkIndex,
                  hook.parent,
                  priority)
              .fixed32(HANDLE_AT, FILTER_HANDLE)
              .putText(KIND, "bpf")
              .beginNest(OPTIONS)
              .put32(BPF_FD, program.fd())
              .putText(BPF_NAME, name)
              .put32(BPF_FLAGS, BPF_DIRECT_ACTION)
              .endNest();
      socket.request(
          request, "attach " + name + " to the device with index " + linkIndex, reply -> {});
    }
  }

  /// Removes the filter of this priority; none there is no error.
  public void deleteFilter(int linkIndex, Hook hook, int priority) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Request request =
          request(arena, DELETE_FILTER, Request.ACK, linkIndex, hook.parent, priority)
              .fixed32(HANDLE_AT, FILTER_HANDLE)
              .putText(KIND, "bpf");
      socket.request(request, "remove a filter of the device with index " + linkIndex, reply -> {});
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.EINVAL && e.errno() != Errno.ENODEV) {
        throw e;
      }
    }
  }

  /// The bpf filters at both hooks of a device.
  public List<Filter> filters(int linkIndex) throws LinuxException {
    List<Filter> result = new ArrayList<>();
    for (Hook hook : Hook.values()) {
      try (Arena arena = Arena.ofConfined()) {
        Request request = request(arena, GET_FILTER, Request.DUMP, linkIndex, hook.parent, 0);
        socket.request(
            request,
            "list the filters of the device with index " + linkIndex,
            reply -> {
              if (reply.type() != NEW_FILTER || !reply.hasFixed(FIXED_LENGTH)) {
                return;
              }
              MemorySegment options = reply.attribute(FIXED_LENGTH, OPTIONS);
              if (options != null
                  && Reply.text(reply.attribute(FIXED_LENGTH, KIND)).equals("bpf")) {
                int priority = reply.fixed32(INFO_AT) >>> 16;
                result.add(new Filter(hook, priority, Reply.text(Reply.nested(options, BPF_NAME))));
              }
            });
      }
    }
    return result;
  }

  private static Request request(
      Arena arena, int type, int flags, int linkIndex, int parent, int priority) {
    int info = priority == 0 ? 0 : (priority << 16) | ALL_PROTOCOLS;
    return new Request(arena, type, flags, FIXED_LENGTH)
        .fixed32(INDEX_AT, linkIndex)
        .fixed32(PARENT_AT, parent)
        .fixed32(INFO_AT, info);
  }
}
