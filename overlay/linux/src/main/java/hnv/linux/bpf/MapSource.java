// SPDX-License-Identifier: Apache-2.0
package hnv.linux.bpf;

import hnv.linux.LinuxException;

/// Where maps come from: they are made ({@link BpfMap#NEW}), or those that an earlier process left
/// are taken over ({@link BpfFolder}). Arguments as in {@link BpfMap}.
public sealed interface MapSource permits NewMaps, BpfFolder {
  BpfMap hash(String name, int keyLength, int valueLength, int entries) throws LinuxException;

  BpfMap leastRecentlyUsed(String name, int keyLength, int valueLength, int entries)
      throws LinuxException;

  BpfMap array(String name, int valueLength, int entries) throws LinuxException;

  BpfMap mappableArray(String name, int valueLength, int entries) throws LinuxException;

  BpfMap perCpuArray(String name, int valueLength, int entries) throws LinuxException;
}
