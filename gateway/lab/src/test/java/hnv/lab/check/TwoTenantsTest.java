// SPDX-License-Identifier: Apache-2.0
package hnv.lab.check;

import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.lab.LabRun;
import hnv.lab.topology.FlowsBy;
import hnv.lab.topology.Scenario;
import hnv.model.Encapsulation;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/// The demo's checks as tests, but for the rate of bulk TCP, which is a measurement: all of them in
/// VXLAN, and in NVGRE and without offload those that see the encapsulation.
@Tag("netns")
final class TwoTenantsTest {
  private static final List<String> SEE_THE_ENCAPSULATION =
      List.of("banners", "encapsulation", "routing", "broadcast", "forged-vni", "migration");

  private @Nullable LabRun run;

  @AfterEach
  void remove() {
    if (run != null) {
      run.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> overVxlan() throws IOException {
    return tests(
        Encapsulation.VXLAN,
        FlowsBy.KERNEL,
        Checks.ofHosts().stream().filter(check -> !check.name().equals("bulk")).toList());
  }

  @TestFactory
  Stream<DynamicTest> overNvgre() throws IOException {
    return tests(Encapsulation.NVGRE, FlowsBy.KERNEL, Checks.only(SEE_THE_ENCAPSULATION));
  }

  @TestFactory
  Stream<DynamicTest> byJavaAlone() throws IOException {
    return tests(Encapsulation.VXLAN, FlowsBy.JAVA, Checks.only(SEE_THE_ENCAPSULATION));
  }

  private Stream<DynamicTest> tests(
      Encapsulation encapsulation, FlowsBy flowsBy, List<Check> checks) throws IOException {
    run = LabRun.begin("tshark", "tcpdump", "tcpreplay", "ping", "busybox");
    Lab lab = Lab.lay(run.processes(), Scenario.twoTenants(encapsulation), flowsBy);
    return checks.stream()
        .map(check -> DynamicTest.dynamicTest(check.name(), () -> prove(lab, check)));
  }

  private static void prove(Lab lab, Check check) {
    Evidence evidence = new Evidence();
    check.proof().prove(lab, evidence);
    assertTrue(evidence.holds(), () -> check.claim() + ": " + evidence.failures());
  }
}
