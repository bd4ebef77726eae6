// SPDX-License-Identifier: Apache-2.0
package hnv.lab.topology;

import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import hnv.lab.netns.RunningProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Stands in for the hypervisor of one machine: a process of its own that holds the TAP on the
/// host, as QEMU would, and passes frames to the machine's adapter. When the machine moves to
/// another host it takes a TAP there, and the machine's adapter notices nothing.
final class Hypervisor {
  private final VirtualMachine machine;
  private final Namespace namespace;
  private final OutputStream commands;
  private final BufferedReader answers;

  private Hypervisor(VirtualMachine machine, Namespace namespace, RunningProcess process) {
    this.machine = machine;
    this.namespace = namespace;
    commands = process.process().getOutputStream();
    answers = process.process().inputReader(StandardCharsets.UTF_8);
  }

  /// Starts the process in the machine's namespace; [#plugInto] waits until it is ready.
  static Hypervisor start(VirtualMachine machine, Namespace namespace) {
    List<String> command =
        Java.command("hnv.lab", AdapterMain.class.getName(), List.of("-XX:TieredStopAtLevel=1"));
    command.add(Topology.DEVICE);
    return new Hypervisor(
        machine, namespace, namespace.startPiped("hypervisor-" + machine.name(), command));
  }

  /// Takes a TAP on a host, and gives up the one on the host before.
  void plugInto(Namespace host) {
    try {
      commands.write((machine.name() + "\n").getBytes(StandardCharsets.UTF_8));
      commands.flush();
      if (!AdapterMain.PLUGGED.equals(answers.readLine())) {
        throw new LabException("the hypervisor of " + machine.name() + " ended; see its log");
      }
    } catch (IOException e) {
      throw new LabException("the hypervisor of " + machine.name() + " does not listen", e);
    }
    namespace.ip(
        "link set %s mtu %d netns %s".formatted(machine.name(), Topology.MACHINE_MTU, host.name()));
  }
}
