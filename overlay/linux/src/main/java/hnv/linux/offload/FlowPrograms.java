// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import hnv.dataplane.FlowKey;
import hnv.dataplane.FlowRecord;
import hnv.dataplane.MeterTable;
import hnv.dataplane.NextHopTable;
import hnv.dataplane.PeerTable;
import hnv.dataplane.TenantTable;
import hnv.dataplane.TunnelEndpoints;
import hnv.linux.bpf.ProgramObject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// The committed object file with the kernel's programs, and the layouts that it was built for.
public final class FlowPrograms {
  /// The object file, built by `src/main/bpf/build`.
  static final String OBJECT = "/hnv/linux/bpf/flow.o";

  /// To be raised when an octet of a map comes to mean something else although no length changes:
  /// the maps of a process that had another one are not taken over.
  private static final int MEANING = 2;

  /// The lengths that the object must have been built for, in the order of `bpf/maps.h`.
  private static final int[] LAYOUT = {
    FlowKey.IPV4_LENGTH,
    FlowKey.IPV6_LENGTH,
    FlowRecord.LENGTH,
    NextHopTable.ENTRY_LENGTH,
    PeerTable.ENTRY_LENGTH,
    TenantTable.ENTRY_LENGTH,
    MeterTable.ENTRY_LENGTH,
    PortEntry.LENGTH,
    ExitEntry.LENGTH,
    PortCounters.LENGTH,
    KernelExecutor.NODE_LENGTH,
    PortTable.OWN_PLACES,
    MissLimits.LIMIT_LENGTH,
    MissLimits.OWNER_LENGTH,
    TunnelEndpoints.KEY_LENGTH,
    KernelEndpoints.VALUE_LENGTH,
    PortTable.DEVICE_LENGTH
  };

  private FlowPrograms() {}

  /// What two processes must agree upon for one to go on with the other's maps.
  public static String format() {
    return MEANING + " " + Arrays.toString(LAYOUT);
  }

  /// The object, after its layouts were compared with Java's.
  public static ProgramObject object() {
    ProgramObject object = ProgramObject.ofResource(KernelExecutor.class, OBJECT);
    ByteBuffer octets = ByteBuffer.wrap(object.octets("hnv.layout")).order(ByteOrder.LITTLE_ENDIAN);
    int[] found = new int[octets.remaining() / 4];
    octets.asIntBuffer().get(found);
    if (!Arrays.equals(LAYOUT, found)) {
      throw new IllegalStateException(
          OBJECT
              + " was built for the lengths "
              + Arrays.toString(found)
              + ", not "
              + Arrays.toString(LAYOUT)
              + ": run src/main/bpf/build");
    }
    return object;
  }
}
