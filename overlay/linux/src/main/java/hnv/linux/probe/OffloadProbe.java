// SPDX-License-Identifier: Apache-2.0
package hnv.linux.probe;

import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.FramePool;
import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.bpf.Assembler;
import hnv.linux.bpf.BpfMap;
import hnv.linux.bpf.KernelFunction;
import hnv.linux.bpf.MapBatch;
import hnv.linux.bpf.Register;
import hnv.linux.bpf.TcProgram;
import hnv.linux.bpf.UnderlayFilter;
import hnv.linux.netlink.HostNetwork;
import hnv.linux.offload.KernelExecutor;
import hnv.linux.offload.OffloadLimits;
import hnv.linux.port.PortTrial;
import hnv.wire.EthernetHeader;
import hnv.wire.Ipv4Header;
import hnv.wire.VxlanHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// Finds out whether this kernel can execute flows, by having it do each part on maps and frames
/// that are gone afterwards. Any thread; takes some milliseconds.
public final class OffloadProbe {
  private static final int ENTRIES = 1_024;
  private static final int FRAME_LENGTH = 200;

  // linux/bpf.h: BPF_ADJ_ROOM_MAC; FIXED_GSO | ENCAP_L3_IPV4 | ENCAP_L4_UDP | ENCAP_L2_ETH and the
  // length of the inner Ethernet header; FIXED_GSO | DECAP_L3_IPV6.
  private static final int BEHIND_MAC = 1;
  private static final int PUSH_FLAGS = 0x53;
  private static final int INNER_LENGTH_SHIFT = 56;
  private static final int POP_FLAGS = 0x101;

  /// Outer IPv4, UDP, VXLAN and inner Ethernet header.
  private static final int VXLAN_ROOM = 50;

  /// What was found.
  ///
  /// @param detail how it was found, or what the kernel said
  public record Finding(OffloadFeature feature, boolean present, String detail) {}

  private OffloadProbe() {}

  /// One finding per feature, in the order of {@link OffloadFeature}.
  public static List<Finding> run() {
    return List.of(
        attempt(OffloadFeature.FLOW_MAPS, OffloadProbe::makeMaps),
        attempt(OffloadFeature.SHARED_ARRAYS, OffloadProbe::shareArray),
        attempt(OffloadFeature.MAP_BATCHES, OffloadProbe::readBatch),
        attempt(
            OffloadFeature.COARSE_CLOCK,
            () -> load(new Assembler().call(KernelFunction.COARSE_CLOCK).exit(0))),
        attempt(
            OffloadFeature.TUNNEL_ROOM,
            () -> adjustRoom(VXLAN_ROOM, PUSH_FLAGS, EthernetHeader.LENGTH)),
        attempt(OffloadFeature.WAITING, OffloadProbe::awaitPrograms),
        attempt(OffloadFeature.FLOW_PROGRAMS, OffloadProbe::loadPrograms),
        attempt(OffloadFeature.CHECKSUM_PLACE, OffloadProbe::tellChecksumPlace),
        attempt(OffloadFeature.FAMILY_CHANGE, () -> adjustRoom(-VXLAN_ROOM, POP_FLAGS, 0)));
  }

  /// For {@link KernelExecutor#setTellsChecksumPlace}: whether the kernel does.
  public static boolean tellsChecksumPlace() {
    return attempt(OffloadFeature.CHECKSUM_PLACE, OffloadProbe::tellChecksumPlace).present();
  }

  private static void tellChecksumPlace() throws LinuxException {
    try (HostNetwork network = HostNetwork.open();
        PortTrial trial = PortTrial.open(network, new FramePool(1))) {
      trial.tellChecksumPlace();
    }
  }

  private interface Attempt {
    void run() throws LinuxException;
  }

  private static Finding attempt(OffloadFeature feature, Attempt attempt) {
    try {
      attempt.run();
      return new Finding(feature, true, "tried");
    } catch (LinuxException e) {
      return new Finding(feature, false, String.valueOf(e.getMessage()));
    }
  }

  private static void makeMaps() throws LinuxException {
    BpfMap.hash("hnv_probe", FlowKey.IPV6_LENGTH, FlowRecord.LENGTH, ENTRIES).close();
  }

  private static void shareArray() throws LinuxException {
    try (Arena arena = Arena.ofShared();
        BpfMap map = BpfMap.mappableArray("hnv_probe", 8, 1)) {
      MemorySegment mine = map.mapped(1, arena);
      mine.set(ValueLayout.JAVA_INT, 0, 1);
      MemorySegment kernels = arena.allocate(8, 8);
      map.get(arena.allocate(4, 4), kernels);
      if (kernels.mismatch(mine) >= 0) {
        throw new LinuxException("share the memory of an array", Errno.EIO);
      }
    }
  }

  private static void readBatch() throws LinuxException {
    try (BpfMap map = BpfMap.hash("hnv_probe", 4, 8, ENTRIES);
        MapBatch batch = new MapBatch(4, 8, ENTRIES)) {
      if (batch.next(map) && batch.count() != 0) {
        throw new LinuxException("read an empty map in batches", Errno.EIO);
      }
    }
  }

  private static void load(Assembler program) throws LinuxException {
    TcProgram.load("hnv_probe", program).close();
  }

  /// Has a program move the headers of a frame, and hears what the helper says.
  private static void adjustRoom(int octets, int flags, int innerLength) throws LinuxException {
    Assembler program =
        new Assembler()
            .move(Register.R2, octets)
            .move(Register.R3, BEHIND_MAC)
            .move(Register.R4, innerLength)
            .shiftLeft(Register.R4, INNER_LENGTH_SHIFT)
            .move(Register.R5, flags)
            .or(Register.R4, Register.R5)
            .call(KernelFunction.ADJUST_ROOM)
            .exit();
    try (TcProgram loaded = TcProgram.load("hnv_probe", program);
        Arena arena = Arena.ofConfined()) {
      MemorySegment frame = arena.allocate(FRAME_LENGTH, 8);
      EthernetHeader.write(frame, 0, 1, 2, EthernetHeader.IPV4);
      Ipv4Header.write(
          frame,
          EthernetHeader.LENGTH,
          0,
          FRAME_LENGTH - EthernetHeader.LENGTH,
          0,
          0,
          64,
          17,
          1,
          2);
      VxlanHeader.write(frame, EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH + 8L, 0);
      MemorySegment result = arena.allocate(2 * FRAME_LENGTH, 8);
      int said = (int) (loaded.run(frame, arena.allocate(0), result) >> 32);
      if (said != 0) {
        throw new LinuxException("move the headers of a frame by " + octets + " octets", -said);
      }
    }
  }

  private static void awaitPrograms() throws LinuxException {
    try (BpfMap inner = BpfMap.array("hnv_probe", 4, 1)) {
      BpfMap.slotFor("hnv_probe", inner).close();
    }
  }

  /// Nothing is asked of the executor but that it is made.
  private static void ignore(LinuxException refused) {
    assert refused.errno() != 0;
  }

  private static void loadPrograms() throws LinuxException {
    try (UnderlayFilter filter = UnderlayFilter.create(List.of(VxlanHeader.UDP_PORT))) {
      KernelExecutor.create(new OffloadLimits(ENTRIES, 2, 2, 1, 1, 1), filter, OffloadProbe::ignore)
          .close();
    }
  }
}
