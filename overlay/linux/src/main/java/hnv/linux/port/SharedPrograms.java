// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.linux.LinuxException;
import hnv.linux.bpf.BpfMap;
import hnv.linux.bpf.SharedFilter;
import hnv.linux.bpf.TcProgram;
import hnv.linux.offload.FlowPrograms;
import java.util.HashMap;
import java.util.Map;

/// The programs of a device that the host has, too, which know no flows. The caller ends its hold.
final class SharedPrograms {
  private SharedPrograms() {}

  /// Drops what is ours and leaves all else alone.
  static TcProgram guard(SharedFilter filter) throws LinuxException {
    return load(PortGuard.NAME, "tc/shared_guard", filter);
  }

  /// Sends what is ours to the TAP that the filter names, and leaves all else alone.
  static TcProgram forJavaAlone(SharedFilter filter) throws LinuxException {
    return load("hnv_miss", "tc/shared_java", filter);
  }

  private static TcProgram load(String name, String section, SharedFilter filter)
      throws LinuxException {
    Map<String, BpfMap> maps = new HashMap<>();
    filter.addTo(maps);
    return TcProgram.load(name, FlowPrograms.object(), section, maps);
  }
}
