// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.model.GatewayLimits;
import hnv.model.PolicyLimits;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Every list of gateways and of the outside has a bound, at which it is still accepted.
class GatewayLimitsTest {
  /// What the sample has of each, in the order of {@link GatewayLimits}.
  private static final int[] SAMPLE = {3, 3, 2, 1, 3, 2, 2, 2, 3, 2, 1, 1, 1, 2, 1, 2, 1, 3, 2};

  private static List<String> within(int... most) {
    GatewayLimits gateway =
        new GatewayLimits(
            most[0], most[1], most[2], most[3], most[4], most[5], most[6], most[7], most[8],
            most[9], most[10], most[11], most[12], most[13], most[14], most[15], most[16], most[17],
            most[18]);
    PolicyLimits policy = new PolicyLimits(9, 9, 9, 9, 9, 9, 9, 9, 9, 100, gateway);
    DocumentLimits limits = new DocumentLimits(1 << 20, 32, 256, 1_000, policy);
    return SampleDocument.problems(
        PolicyDocuments.parse(SampleDocument.octets(SampleGateway.TEXT), limits));
  }

  @Test
  void acceptsWhatIsAtItsBounds() {
    assertEquals(List.of(), within(SAMPLE));
  }

  @Test
  void refusesOneMoreOfAnything() {
    assertEquals(SAMPLE.length, GatewayLimits.class.getRecordComponents().length);
    for (int i = 0; i < SAMPLE.length; i++) {
      int[] less = SAMPLE.clone();
      less[i]--;
      List<String> problems = within(less);
      assertTrue(
          problems.stream().anyMatch(problem -> problem.endsWith(" CountLimitReached")),
          "limit " + i + ": " + problems);
    }
  }
}
