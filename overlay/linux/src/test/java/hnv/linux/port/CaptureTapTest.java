// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hnv.linux.Lab;
import hnv.linux.traffic.FrameSender;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What comes to the capture's device is read, and what was too much is counted.
@Tag("netns")
final class CaptureTapTest {
  private static final int FRAMES = 4_096;

  @Test
  void holdsSomeFramesAndCountsTheRest() throws Exception {
    try (Lab lab = Lab.lay("here")) {
      long read =
          lab.in(
              "here",
              () -> {
                try (CaptureTap tap = CaptureTap.open("cap", "a test")) {
                  return holdsAndCounts(tap);
                }
              });
      System.out.println("held " + read + " of " + FRAMES);
    }
  }

  private static long holdsAndCounts(CaptureTap tap) throws Exception {
    assertNull(tap.read());
    byte[] octets = new byte[100];
    octets[0] = 2;
    octets[99] = 42;
    try (FrameSender sender =
        new FrameSender(tap.index(), Collections.nCopies(FrameSender.BATCH, octets))) {
      int sent = 0;
      for (int i = 0; i < FRAMES / FrameSender.BATCH; i++) {
        sent += sender.send();
      }
      assertTrue(sent > 0);
    }
    MemorySegment first = Objects.requireNonNull(tap.read());
    assertArrayEquals(octets, first.toArray(ValueLayout.JAVA_BYTE));
    long read = 1;
    while (tap.read() != null) {
      read++;
    }
    assertTrue(read >= 256, "held: " + read);
    assertTrue(read < FRAMES, "no bound: " + read);
    assertTrue(tap.lost() > 0);
    return read;
  }
}
