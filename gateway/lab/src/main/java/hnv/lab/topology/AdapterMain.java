// SPDX-License-Identifier: Apache-2.0
package hnv.lab.topology;

import hnv.linux.LinuxException;
import hnv.linux.port.TapCable;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/// The process that [Hypervisor] starts: holds the TAP of a machine's adapter and the TAP on the
/// host. Its argument names the adapter. Each line that it reads names a TAP to plug the adapter
/// into; it answers [#PLUGGED]. Ends with its input.
public final class AdapterMain {
  static final String PLUGGED = "plugged";

  private AdapterMain() {}

  /// Holds the adapter until the input ends.
  ///
  /// @param args the device that becomes the adapter
  public static void main(String[] args) throws IOException, LinuxException {
    try (TapCable cable = TapCable.open(args[0]);
        BufferedReader commands =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      Thread.ofPlatform().daemon().name("cable").start(cable::carry);
      for (String device = commands.readLine(); device != null; device = commands.readLine()) {
        cable.plug(device);
        System.out.println(PLUGGED);
      }
    }
  }
}
