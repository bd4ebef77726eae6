// SPDX-License-Identifier: Apache-2.0
package hnv.bench.result;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;

/// What figures were taken on.
///
/// @param facts by name, in the order in which to show them
public record Machine(Map<String, String> facts) {
  /// Asks this machine.
  public static Machine here() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(
        "date",
        ZonedDateTime.now(ZoneOffset.UTC)
            .format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm'Z'")));
    facts.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    facts.put("cpu", processor());
    facts.put("cpus", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
    facts.put("iproute2", firstLine("ip", "-V"));
    facts.put("iperf3", firstLine("iperf3", "--version"));
    facts.put("load average", read("/proc/loadavg").replaceFirst(" \\d+/\\d+.*", ""));
    return new Machine(facts);
  }

  /// The load average over the last minute; 0 where the machine does not say.
  public static double loadAverage() {
    String text = read("/proc/loadavg");
    int end = text.indexOf(' ');
    return end < 0 ? 0 : Double.parseDouble(text.substring(0, end));
  }

  private static String processor() {
    return read("/proc/cpuinfo")
        .lines()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse(System.getProperty("os.arch"));
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file)).strip();
    } catch (IOException e) {
      return "";
    }
  }

  private static String firstLine(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String text =
          new String(
              process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
      return text.lines().findFirst().orElse("").strip();
    } catch (IOException e) {
      return "not installed";
    }
  }
}
