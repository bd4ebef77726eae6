// SPDX-License-Identifier: Apache-2.0
package hnv.linux.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Each thing that the flow offload needs is tried, and what is missing is named.
@Tag("netns")
final class OffloadProbeTest {
  @Test
  void triesEveryFeature() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to load programs");
    List<OffloadProbe.Finding> findings = OffloadProbe.run();
    assertEquals(
        Arrays.asList(OffloadFeature.values()),
        findings.stream().map(OffloadProbe.Finding::feature).toList());
    for (OffloadProbe.Finding finding : findings) {
      if (finding.feature().isRequired()) {
        assertTrue(finding.present(), finding.toString());
      }
      assertFalse(finding.detail().isEmpty());
    }
  }

  @Test
  void saysWhatIsMissingAndWhatThatCosts() {
    for (OffloadFeature feature : OffloadFeature.values()) {
      assertFalse(feature.text().isEmpty());
      assertFalse(feature.cost().isEmpty());
    }
    assertFalse(OffloadFeature.FAMILY_CHANGE.isRequired());
  }
}
