// SPDX-License-Identifier: Apache-2.0
package hnv.dataplane;

/// Monotonic time, injected so that tests and replay decide what time it is.
@FunctionalInterface
public interface NanoClock {
  /// Nanoseconds since an arbitrary point, never going back.
  long nanoTime();
}
