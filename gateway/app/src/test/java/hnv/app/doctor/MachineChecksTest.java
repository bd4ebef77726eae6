// SPDX-License-Identifier: Apache-2.0
package hnv.app.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.app.doctor.Finding.Grade;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MachineChecksTest {
  @ParameterizedTest
  @ValueSource(strings = {"6.1.0-56-amd64", "6.18.44"})
  void saysNothingMoreOfKernelsThatWereTried(String release) {
    assertEquals(new Finding(Grade.OK, "kernel", release), MachineChecks.kernelRelease(release));
  }

  @ParameterizedTest
  @ValueSource(strings = {"5.10.0-30-amd64", "6.12.1", "6.17", "7.0-rc1", "", "custom"})
  void saysThatOthersAreUntested(String release) {
    Finding finding = MachineChecks.kernelRelease(release);
    assertEquals(Grade.NOTE, finding.grade());
    assertTrue(finding.says().startsWith(release + ": untested;"), finding.says());
  }
}
