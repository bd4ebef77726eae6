// SPDX-License-Identifier: Apache-2.0
package hnv.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;

/// Any octets are a policy or a list of problems, and a policy survives being written. The
/// committed inputs are replayed by every build; `JAZZER_FUZZ=1` looks for new ones.
@Tag("jazzer")
class PolicyDocumentFuzzTest {
  @FuzzTest
  void parse(byte[] octets) {
    switch (PolicyDocuments.parse(octets)) {
      case Parsed.Accepted accepted -> {
        String text = PolicyDocuments.write(accepted.policy());
        Parsed again = PolicyDocuments.parse(text.getBytes(StandardCharsets.UTF_8));
        assertEquals(accepted.policy(), SampleDocument.accepted(again));
      }
      case Parsed.Refused refused -> assertFalse(refused.problems().isEmpty());
    }
  }
}
