// SPDX-License-Identifier: Apache-2.0
package hnv.lab.topology;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Another process of this program.
public final class Java {
  private Java() {}

  /// The command line that runs a main class as this program was run: from modules by `./hnv`, from
  /// the class path in tests.
  ///
  /// @param options for the virtual machine
  public static List<String> command(String module, String mainClass, List<String> options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-Xshare:auto"));
    command.addAll(options);
    String modules = System.getProperty("jdk.module.path");
    if (modules == null || modules.isEmpty()) {
      String classes = System.getProperty("java.class.path");
      command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", classes, mainClass));
    } else {
      command.addAll(
          List.of(
              "--enable-native-access=hnv.linux",
              "--illegal-native-access=deny",
              "-p",
              modules,
              "-m",
              module + "/" + mainClass));
    }
    return command;
  }
}
