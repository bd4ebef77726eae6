// SPDX-License-Identifier: Apache-2.0
package hnv.linux.offload;

import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.dataplane.FlowArrays;
import hnv.linux.LinuxException;
import java.util.function.Consumer;

/// A policy change of a test, on one thread.
public final class Publish {
  /// What the kernel refuses fails the test.
  public static final Consumer<LinuxException> REFUSED =
      refused -> {
        throw new AssertionError("the kernel refused", refused);
      };

  private Publish() {}

  /// Puts the next hops and peers in force in the kernel.
  public static void all(KernelExecutor offload, FlowArrays arrays) throws LinuxException {
    if (offload.withdrawChanged(arrays)) {
      offload.awaitPrograms();
    }
    assertTrue(offload.publishChanged(arrays));
  }
}
