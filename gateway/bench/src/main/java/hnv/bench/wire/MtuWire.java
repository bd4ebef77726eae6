// SPDX-License-Identifier: Apache-2.0
package hnv.bench.wire;

import hnv.bench.line.Line;
import hnv.lab.netns.LabException;
import hnv.lab.netns.Namespace;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The link between the hosts as if it were a wire: the other host's device cuts tunnel
/// super-frames to packets of MTU size, and the host's device may merge what it receives (GRO). A
/// veth merges only what comes from one that cannot send super-frames of TCP.
final class MtuWire {
  /// Octets of a packet at most, on the mean, where they are of MTU size.
  static final double LARGEST = 1_514;

  private static final Pattern TX =
      Pattern.compile("\"tx\":\\s*\\{\\s*\"bytes\":\\s*(\\d+),\\s*\"packets\":\\s*(\\d+)");

  private MtuWire() {}

  /// What a device has sent.
  record Sent(long octets, long packets) {
    Sent since(Sent before) {
      return new Sent(octets - before.octets, packets - before.packets);
    }

    double octetsPerPacket() {
      return packets == 0 ? 0 : (double) octets / packets;
    }
  }

  static void begin(Line line) {
    set(line, "off", "on");
  }

  static void end(Line line) {
    set(line, "on", "off");
  }

  private static void set(Line line, String cut, String merge) {
    line.other()
        .run(
            "ethtool",
            "-K",
            Line.DEVICE,
            "tx-udp_tnl-segmentation",
            cut,
            "tx-udp_tnl-csum-segmentation",
            cut,
            "tso",
            cut)
        .require();
    line.host().run("ethtool", "-K", Line.DEVICE, "gro", merge).require();
  }

  /// What a host's device has sent until now.
  static Sent sent(Namespace host, String device) {
    String text =
        host.processes()
            .run("ip", "-n", host.name(), "-s", "-j", "link", "show", "dev", device)
            .require();
    Matcher tx = TX.matcher(text);
    if (!tx.find()) {
      throw new LabException("ip -s link shows no counters: " + text);
    }
    return new Sent(Long.parseLong(tx.group(1)), Long.parseLong(tx.group(2)));
  }
}
