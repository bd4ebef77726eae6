// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import hnv.linux.LinuxException;

/// Makes each map anew.
final class NewMaps implements MapSource {
  @Override
  public BpfMap hash(String name, int keyLength, int valueLength, int entries)
      throws LinuxException {
    return BpfMap.hash(name, keyLength, valueLength, entries);
  }

  @Override
  public BpfMap leastRecentlyUsed(String name, int keyLength, int valueLength, int entries)
      throws LinuxException {
    return BpfMap.leastRecentlyUsed(name, keyLength, valueLength, entries);
  }

  @Override
  public BpfMap array(String name, int valueLength, int entries) throws LinuxException {
    return BpfMap.array(name, valueLength, entries);
  }

  @Override
  public BpfMap mappableArray(String name, int valueLength, int entries) throws LinuxException {
    return BpfMap.mappableArray(name, valueLength, entries);
  }

  @Override
  public BpfMap perCpuArray(String name, int valueLength, int entries) throws LinuxException {
    return BpfMap.perCpuArray(name, valueLength, entries);
  }
}
