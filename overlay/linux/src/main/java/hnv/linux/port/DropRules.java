// SPDX-License-Identifier: Apache-2.0
package hnv.linux.port;

import hnv.linux.Errno;
import hnv.linux.LinuxException;
import hnv.linux.netlink.Link;
import hnv.wire.IpAddress;
import hnv.wire.Ipv4Address;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/// The guard of a packet socket port: nftables rules at the device's ingress, behind packet sockets
/// and before the host's stack, made by the `nft` command. They stay when the process ends.
///
///     VM port     drop all that comes in, and what leaves without the socket's mark
///     underlay    drop tunnel packets to a provider address; their later fragments are not known
final class DropRules {
  private static final String TABLE_PREFIX = "hnv_";

  private DropRules() {}

  /// Closes a VM's device to the host's stack.
  ///
  /// @throws LinuxException where there is no `nft`, or it refuses
  static void closeVirtualMachinePort(Link link) throws LinuxException {
    String hook = "device \"" + link.name() + "\" priority -500; policy drop;";
    String ours = "meta mark 0x%x accept".formatted(PacketSocket.MARK);
    apply(
        link,
        (" chain in { type filter hook ingress " + hook + " }\n")
            + (" chain out { type filter hook egress " + hook + "\n  " + ours + "\n }\n"));
  }

  /// Keeps tunnel packets on the underlay's device from the host's stack.
  static void closeUnderlay(
      Link link, Collection<? extends IpAddress> addresses, List<Integer> ports)
      throws LinuxException {
    String udp =
        "udp dport { "
            + ports.stream().map(String::valueOf).collect(Collectors.joining(", "))
            + " } drop\n";
    String gre = "meta l4proto gre @th,16,16 0x6558 drop\n";
    StringBuilder rules = new StringBuilder();
    for (IpAddress address : addresses) {
      String to = (address instanceof Ipv4Address ? "  ip daddr " : "  ip6 daddr ") + address + " ";
      rules.append(to).append(udp).append(to).append(gre);
    }
    apply(
        link,
        " chain in { type filter hook ingress device \""
            + link.name()
            + "\" priority -500; policy accept;\n"
            + rules
            + " }\n");
  }

  /// Replaces the device's table in one transaction.
  private static void apply(Link link, String chains) throws LinuxException {
    String table = "table netdev " + TABLE_PREFIX + link.index();
    run(link, table + "\ndelete " + table + "\n" + table + " {\n" + chains + "}\n");
  }

  /// Gives the device back to the host.
  static void release(Link link) throws LinuxException {
    String table = "table netdev " + TABLE_PREFIX + link.index();
    run(link, table + "\ndelete " + table + "\n");
  }

  /// Whether rules of ours lie on the device; no where there is no `nft`.
  static boolean areOn(Link link) throws LinuxException {
    try {
      return new ProcessBuilder("nft", "list", "table", "netdev", TABLE_PREFIX + link.index())
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false; // Without the command no rules were made.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LinuxException("list the rules on " + link.name(), Errno.EINTR);
    }
  }

  private static void run(Link link, String script) throws LinuxException {
    String attempted =
        "drop with nft what belongs to a packet socket port on "
            + link.name()
            + ", without which the host's stack would handle its frames too";
    try {
      Process nft = new ProcessBuilder("nft", "-f", "-").redirectErrorStream(true).start();
      try (OutputStream input = nft.getOutputStream()) {
        input.write(script.getBytes(StandardCharsets.UTF_8));
      }
      String output = new String(nft.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (nft.waitFor() != 0) {
        throw new LinuxException(attempted, Errno.EOPNOTSUPP, output.strip());
      }
    } catch (IOException e) {
      throw new LinuxException(attempted, Errno.ENOENT, String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LinuxException(attempted, Errno.EINTR);
    }
  }
}
