// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hnv.linux.Lab;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Open vSwitch with its datapath in user space, in one namespace, with a database and sockets of
/// its own. Ends with the test.
final class OpenVswitch {
  private static final String SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema";

  private final Lab lab;
  private final String namespace;
  private final Path folder;

  private OpenVswitch(Lab lab, String namespace, Path folder) {
    this.lab = lab;
    this.namespace = namespace;
    this.folder = folder;
  }

  /// The test is skipped, saying why, where it is not installed.
  static OpenVswitch start(Lab lab, String namespace) throws Exception {
    for (String program : List.of("/usr/sbin/ovs-vswitchd", "/usr/sbin/ovsdb-server", SCHEMA)) {
      assumeTrue(Files.exists(Path.of(program)), "needs Open vSwitch: " + program);
    }
    OpenVswitch ovs =
        new OpenVswitch(lab, namespace, Files.createTempDirectory("hnv-ovs-" + namespace));
    ovs.sh("ovsdb-tool create $D/conf.db " + SCHEMA);
    ovs.sh(
        "ovsdb-server $D/conf.db --remote=punix:$D/db.sock --pidfile=$D/ovsdb.pid"
            + " --unixctl=$D/ovsdb.ctl --log-file=$D/ovsdb.log --detach --no-chdir 2>$D/err");
    ovs.sh("ovs-vsctl --db=unix:$D/db.sock --no-wait init");
    ovs.sh(
        "ovs-vswitchd unix:$D/db.sock --pidfile=$D/vswitchd.pid --unixctl=$D/vswitchd.ctl"
            + " --log-file=$D/vswitchd.log --detach --no-chdir 2>$D/err");
    return ovs;
  }

  /// A command in the namespace, with the folder as `$D`.
  String sh(String command) throws Exception {
    return lab.run(
        namespace, "D=" + folder + "; OVS_RUNDIR=" + folder + "; export OVS_RUNDIR; " + command);
  }

  /// `ovs-vsctl ARGUMENTS`.
  void configure(String arguments) throws Exception {
    sh("ovs-vsctl --timeout=10 --db=unix:$D/db.sock " + arguments);
  }

  /// `ovs-appctl ARGUMENTS`.
  String control(String arguments) throws Exception {
    return sh("ovs-appctl -t $D/vswitchd.ctl " + arguments);
  }

  /// Adds a flow of OpenFlow.
  void flow(String bridge, String flow) throws Exception {
    sh("ovs-ofctl add-flow " + bridge + " '" + flow + "'");
  }

  /// Ends it and removes all that it wrote.
  void stop() throws Exception {
    sh("for p in vswitchd ovsdb; do [ -f $D/$p.pid ] && kill $(cat $D/$p.pid); done; true");
    sh("for i in 1 2 3 4 5 6 7 8 9; do [ -f $D/ovsdb.pid ] && sleep 0.2; done; true");
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
