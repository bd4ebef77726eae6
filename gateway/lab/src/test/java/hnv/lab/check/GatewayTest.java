// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.lab.LabRun;
import hnv.lab.topology.FlowsBy;
import hnv.lab.topology.Scenario;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/// The demo's checks of the gateway with every packet passing the nodes' processes; with the
/// kernel's help the demo itself runs them, and the scans run here, too.
@Tag("netns")
final class GatewayTest {
  private @Nullable LabRun run;

  @AfterEach
  void remove() {
    if (run != null) {
      run.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> byJavaAlone() throws IOException {
    return prove(FlowsBy.JAVA, Checks.ofGateway());
  }

  /// Also with flows in the kernel, which the scans must not get into.
  @TestFactory
  Stream<DynamicTest> scansWithTheKernel() throws IOException {
    return prove(FlowsBy.KERNEL, Checks.only(List.of("gre", "gateway-scan")));
  }

  private Stream<DynamicTest> prove(FlowsBy flowsBy, List<Check> checks) throws IOException {
    run =
        LabRun.begin(
            "tshark", "tcpdump", "tcpreplay", "ping", "busybox", "ethtool", "ovs-vswitchd");
    Lab lab = Lab.lay(run.processes(), Scenario.gateway(), flowsBy);
    return checks.stream()
        .map(check -> DynamicTest.dynamicTest(check.name(), () -> prove(lab, check)));
  }

  private static void prove(Lab lab, Check check) {
    Evidence evidence = new Evidence();
    check.proof().prove(lab, evidence);
    assertTrue(evidence.holds(), () -> check.claim() + ": " + evidence.failures());
  }
}
