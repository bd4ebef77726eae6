// SPDX-License-Identifier: Apache-2.0
package hnv.lab.netns;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What the network stack of a namespace has counted: `/proc/net/snmp` and `/proc/net/snmp6`.
///
/// @param values by name, for example `Ip.InReceives` and `Ip6InReceives`
public record ProtocolCounters(Map<String, Long> values) {
  /// Reads all.
  public static ProtocolCounters read(Namespace namespace) {
    Map<String, Long> values = new HashMap<>();
    String text = namespace.run("cat", "/proc/net/snmp", "/proc/net/snmp6").require();
    String[] names = {};
    for (String line : text.lines().toList()) {
      String[] words = line.strip().split("\\s+", -1);
      if (!words[0].endsWith(":")) {
        // snmp6: name and value.
        values.put(words[0], Long.parseLong(words[1]));
      } else if (names.length == words.length && names[0].equals(words[0])) {
        // snmp: a line of names, then a line of values, both after "Ip:".
        String group = words[0].replace(':', '.');
        for (int i = 1; i < words.length; i++) {
          values.put(group + names[i], Long.parseLong(words[i]));
        }
        names = new String[0];
      } else {
        names = words;
      }
    }
    return new ProtocolCounters(Map.copyOf(values));
  }

  /// How much the counters have grown in sum since `before`.
  ///
  /// @throws LabException when the kernel has no such counter
  public long growth(ProtocolCounters before, List<String> names) {
    long growth = 0;
    for (String name : names) {
      growth += value(name) - before.value(name);
    }
    return growth;
  }

  /// How much a counter has grown since `before`.
  public long growth(ProtocolCounters before, String name) {
    return growth(before, List.of(name));
  }

  private long value(String name) {
    Long value = values.get(name);
    if (value == null) {
      throw new LabException("the kernel does not count " + name);
    }
    return value;
  }
}
