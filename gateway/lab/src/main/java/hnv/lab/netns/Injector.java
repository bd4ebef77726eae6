// SPDX-License-Identifier: Apache-2.0
package hnv.lab.netns;

import static hnv.lab.netns.Processes.words;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Puts frames on a device as they are, forged ones too: a capture file, sent by tcpreplay.
public final class Injector {
  private static final int MAGIC = 0xA1B2C3D4;
  private static final int SNAP_LENGTH = 65_535;
  private static final int ETHERNET = 1;

  /// Slow enough for no queue to overflow, so that each frame that is missing was dropped for a
  /// reason.
  private static final int FRAMES_PER_SECOND = 2000;

  private Injector() {}

  /// Sends frames from a device, in this order; returns when all have been sent.
  ///
  /// @param label names the capture file that holds them
  public static void send(Namespace namespace, String device, String label, List<byte[]> frames) {
    Path file = namespace.processes().logs().resolve(label + ".sent.pcap");
    write(file, frames);
    namespace
        .run(
            words(
                "tcpreplay -q --pps=%d -i %s %s"
                    .formatted(FRAMES_PER_SECOND / Patience.factor(), device, file)))
        .require();
  }

  private static void write(Path file, List<byte[]> frames) {
    int octets = 24 + frames.stream().mapToInt(frame -> 16 + frame.length).sum();
    ByteBuffer pcap = ByteBuffer.allocate(octets).order(ByteOrder.LITTLE_ENDIAN);
    pcap.putInt(MAGIC).putShort((short) 2).putShort((short) 4).putLong(0);
    pcap.putInt(SNAP_LENGTH).putInt(ETHERNET);
    for (byte[] frame : frames) {
      pcap.putLong(0).putInt(frame.length).putInt(frame.length).put(frame);
    }
    try {
      Files.write(file, pcap.array());
    } catch (IOException e) {
      throw new LabException("cannot write " + file, e);
    }
  }
}
